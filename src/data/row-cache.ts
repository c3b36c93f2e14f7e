/**
 * A cache of rows of bytes, all of one length, in one file that can be mapped into memory, with a JSON beside it that
 * is written last: without it the file counts for nothing. Whoever finds no whole cache makes one under a name of its
 * own and renames it, so that processes that make the same one at the same time all succeed.
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { ZodType } from "zod";
import { explainSystemError, InputError, systemErrorCode } from "../base/errors.ts";
import { writeFileAtomic } from "../base/files.ts";
import { readJsonFile } from "../base/schema.ts";

export interface RowCache {
  /** The file of the rows; the JSON stands beside it as `<file>.json`. */
  file: string;
  rows: number;
  /** Bytes. */
  rowLength: number;
}

/** What the JSON of a whole cache tells; undefined where there is none, or not a whole one. */
export function findRowCache<T>({ file, rows, rowLength }: RowCache, schema: ZodType<T>): T | undefined {
  try {
    if (statSync(file).size !== rows * rowLength) return undefined;
    statSync(`${file}.json`);
    return readJsonFile(schema, `${file}.json`);
  } catch (error) {
    if (error instanceof InputError || systemErrorCode(error) === "ENOENT") return undefined;
    throw explainSystemError(error, "read", file);
  }
}

/**
 * @throws InputError when the disk has not the space for all `caches` together, so that hours are not spent in vain
 */
export function requireSpace(folder: string, caches: readonly RowCache[]): void {
  const needed = caches.reduce((sum, { rows, rowLength }) => sum + rows * rowLength, 0);
  try {
    mkdirSync(folder, { recursive: true });
    removeAbandoned(folder);
    const { bavail, bsize } = statfsSync(folder);
    if (bavail * bsize >= needed) return;
    throw new InputError(
      `${folder}: the decoded images need ${megabytes(needed)} MB, and ${megabytes(bavail * bsize)} MB are free`,
    );
  } catch (error) {
    throw explainSystemError(error, "write to the folder", folder);
  }
}

/**
 * Writes the rows as they come, then the JSON that `describe` gives. On any failure nothing is left.
 * @throws InputError when the disk is full or the folder cannot be written to
 */
export async function writeRowCache(
  { file, rows, rowLength }: RowCache,
  source: AsyncIterable<Uint8Array>,
  describe: () => unknown,
): Promise<void> {
  const temporary = `${file}.${ownMark()}.tmp`;
  let descriptor: number | undefined;
  try {
    descriptor = openSync(temporary, "wx");
    let written = 0;
    for await (const row of source) {
      if (row.byteLength !== rowLength) throw new Error(`${file}: a row of ${row.byteLength} bytes, not ${rowLength}`);
      for (let start = 0; start < row.byteLength; ) start += writeSync(descriptor, row, start);
      written += 1;
    }
    if (written !== rows) throw new Error(`${file}: ${written} rows came, not ${rows}`);
    fsyncSync(descriptor);
    renameSync(temporary, file);
    writeDescription(file, describe());
  } catch (error) {
    throw explainSystemError(error, "write", file);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
    rmSync(temporary, { force: true });
  }
}

function writeDescription(file: string, description: unknown): void {
  try {
    writeFileAtomic(`${file}.json`, `${JSON.stringify(description)}\n`);
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  }
}

let made = 0;

/** Host, process and number: what tells a file in the making from every other. */
function ownMark(): string {
  made += 1;
  return `${hostname()}.${process.pid}.${made}`;
}

/** Removes what processes of this machine that are no more left behind. */
function removeAbandoned(folder: string): void {
  for (const name of readdirSync(folder)) {
    const [, host, pid] = /^[0-9a-f]{64}\.[a-z]+\.(.+)\.(\d+)\.\d+\.tmp$/.exec(name) ?? [];
    if (host === hostname() && !isAlive(Number(pid))) rmSync(join(folder, name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) !== "ESRCH";
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
