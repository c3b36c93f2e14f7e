/**
 * `secret.json` in the study's folder: made once, readable by its owner alone. It holds the key of the images' names, a
 * salt for what must be recognised but not read (a platform's participants), and the hash of the researcher's password
 * once one is set.
 */
import { type BinaryLike, randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { explainSystemError, InputError, systemErrorCode } from "../base/errors.ts";
import { readJsonFile } from "../base/schema.ts";
import { studyPaths } from "./study-folder.ts";

const bytes = (count: number) =>
  z.string().refine((text) => /^[\w-]*$/.test(text) && Buffer.from(text, "base64url").byteLength === count, {
    message: `expected ${count} bytes in base64url`,
  });

const secretSchema = z.strictObject({
  imageKey: bytes(16),
  salt: bytes(32),
  /** As `hashPassword` writes it. */
  password: z.string().optional(),
});

export interface StudySecret {
  /** 16 bytes, for `ImageNames` alone. */
  imageKey: Uint8Array;
  /** 32 bytes. */
  salt: Uint8Array;
  /** For `verifyPassword`; undefined as long as none is set. */
  password: string | undefined;
}

/**
 * Reads the study's secret; makes it first where there is none. Two processes that open a new study at once get the same.
 * @throws InputError when the file cannot be read or written, is damaged, or can be read by others than its owner
 */
export function openSecret(folder: string): StudySecret {
  const { secret: file } = studyPaths(folder);
  try {
    return readSecret(file);
  } catch (error) {
    if (statSync(file, { throwIfNoEntry: false }) !== undefined) throw error;
  }
  const fresh = { imageKey: randomBytes(16).toString("base64url"), salt: randomBytes(32).toString("base64url") };
  // A link fails where the name is taken: whoever comes second reads the first one's.
  write(file, fresh, (temporary) => {
    try {
      linkSync(temporary, file);
    } catch (error) {
      if (systemErrorCode(error) !== "EEXIST") throw error;
    }
  });
  return readSecret(file);
}

/** Sets the researcher's password, or takes it away. Throws as `openSecret` and `hashPassword` do. */
export async function setPassword(folder: string, password: string | undefined): Promise<void> {
  const { secret: file } = studyPaths(folder);
  openSecret(folder);
  const hash = password === undefined ? {} : { password: await hashPassword(password) };
  const { imageKey, salt } = readJsonFile(secretSchema, file);
  write(file, { imageKey, salt, ...hash }, (temporary) => renameSync(temporary, file));
}

function readSecret(file: string): StudySecret {
  const { imageKey, salt, password } = readJsonFile(secretSchema, file);
  const mode = statSync(file).mode & 0o777;
  // Windows has no such modes.
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    throw new InputError(
      `${file}: others than its owner may read it (mode ${mode.toString(8)}); it holds keys: chmod 600 it`,
    );
  }
  return { imageKey: Buffer.from(imageKey, "base64url"), salt: Buffer.from(salt, "base64url"), password };
}

/** Writes beside the file, flushes, and lets `place` bring it to its name. */
function write(file: string, secret: z.input<typeof secretSchema>, place: (temporary: string) => void): void {
  const temporary = `${file}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    const handle = openSync(temporary, "wx", 0o600);
    try {
      writeSync(handle, `${JSON.stringify(secret, undefined, 2)}\n`);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    place(temporary);
  } catch (error) {
    throw explainSystemError(error, "write", file);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** 32 MB and about a tenth of a second for every guess. */
const cost = { N: 2 ** 15, r: 8, p: 1 } as const;
const hashBytes = 32;
const hashForm = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([\w-]{22})\$([\w-]{43})$/;
export const leastPasswordLength = 8;
const greatestPasswordLength = 1_000;

const derive = promisify<BinaryLike, BinaryLike, number, ScryptOptions, Buffer>(scrypt);

/**
 * `scrypt$N$r$p$salt$hash`, another one each time.
 * @throws InputError for fewer than 8 or more than 1,000 characters
 */
export async function hashPassword(password: string): Promise<string> {
  const { length } = password;
  if (length < leastPasswordLength || length > greatestPasswordLength) {
    throw new InputError(
      `password: ${length} characters; from ${leastPasswordLength} to ${greatestPasswordLength} are allowed`,
    );
  }
  const salt = randomBytes(16);
  const hash = await scryptOf(password, salt, cost);
  return `scrypt$${cost.N}$${cost.r}$${cost.p}$${salt.toString("base64url")}$${hash.toString("base64url")}`;
}

/**
 * Whether it is the password of that hash. Takes as long for a wrong one as for the right one.
 * @throws InputError when the hash is none that `hashPassword` wrote
 */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const parts = hashForm.exec(hash);
  if (parts === null) throw new InputError("the password's hash in secret.json is damaged; set the password anew");
  const [N, r, p] = parts.slice(1, 4).map(Number);
  if (password.length > greatestPasswordLength) return false;
  const expected = Buffer.from(parts[5], "base64url");
  return timingSafeEqual(await scryptOf(password, Buffer.from(parts[4], "base64url"), { N, r, p }), expected);
}

/** The same characters are the same password however they were typed in. */
function scryptOf(password: string, salt: Uint8Array, parameters: { N: number; r: number; p: number }) {
  const { N, r } = parameters;
  return derive(password.normalize("NFKC"), salt, hashBytes, { ...parameters, maxmem: 256 * N * r });
}
