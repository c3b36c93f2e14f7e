/**
 * Large files over HTTP that survive interruptions: what has arrived waits in `<file>.part` with the server's entity tag
 * beside it, and the next attempt, or the next run, asks for the rest (RFC 9110, sections 13.1.5 and 14.2). The file
 * gets its name when its checksum is right.
 */
import { createHash } from "node:crypto";
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { explainSystemError, InputError, systemErrorCode } from "./errors.ts";

export interface DownloadProgress {
  /** Bytes of the file that are on the disk, earlier attempts' included. */
  received: number;
  /** Bytes of the whole file, where the server says. */
  total: number | undefined;
  /** Over this attempt. */
  bytesPerSecond: number;
}

export interface DownloadOptions {
  /** The first hexadecimal digits of the file's SHA-256. */
  sha256: string;
  /** Called a few times a second, and at the end. */
  onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Milliseconds to wait before another attempt when nothing came since the last; with the list, patience ends. */
  retryDelays?: readonly number[];
}

const progressInterval = 200;
const longestSilence = 60_000;

/**
 * Downloads `url` to `path`, whose folder is made if need be.
 * @throws InputError in one line: no network, refused by the server, wrong checksum, full disk. Only a wrong checksum
 * discards what has arrived; after anything else the same call continues.
 */
export async function download(url: string, path: string, options: DownloadOptions): Promise<void> {
  const { sha256, onProgress, retryDelays = [1000, 3000, 9000] } = options;
  const part = `${path}.part`;
  let longest = 0;
  let fruitless = -1;
  explained("write", path, () => mkdirSync(dirname(path), { recursive: true }));
  for (;;) {
    const before = sizeOf(part);
    try {
      await fetchRest(url, part, onProgress);
    } catch (error) {
      if (!(error instanceof Interruption)) throw error;
      const arrived = sizeOf(part);
      fruitless = arrived > longest ? 0 : fruitless + 1;
      longest = Math.max(longest, arrived);
      if (fruitless >= retryDelays.length) {
        const advice = "run the same command to go on, or put the file there yourself";
        throw new InputError(`cannot download ${url} to ${path}: ${error.message}; ${advice}`);
      }
      await delay(retryDelays[fruitless]);
      continue;
    }
    const digest = await sha256Of(part);
    rmSync(tagFile(part), { force: true });
    if (digest.startsWith(sha256)) return explained("write", path, () => renameSync(part, path));
    rmSync(part, { force: true });
    // Parts of two attempts need not fit together: a file that came in one piece is the server's own.
    if (before === 0) throw new InputError(`cannot use ${url}: ${checksumFault(digest, sha256)}`);
  }
}

/**
 * Checks a file that is there already.
 * @throws InputError naming the file when its SHA-256 does not begin with these digits
 */
export async function checkSha256(path: string, sha256: string): Promise<void> {
  const digest = await sha256Of(path);
  if (!digest.startsWith(sha256))
    throw new InputError(`cannot use ${path}: ${checksumFault(digest, sha256)}; remove it`);
}

function checksumFault(digest: string, expected: string): string {
  return `its SHA-256 begins with ${digest.slice(0, expected.length)}, expected ${expected}`;
}

/** What another attempt may mend. */
class Interruption extends Error {}

/** Brings `part` from its present length to the file's end. */
async function fetchRest(url: string, part: string, onProgress: DownloadOptions["onProgress"]): Promise<void> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new Error("nothing came for a minute")), longestSilence);
  try {
    const tag = existsSync(tagFile(part)) ? readFileSync(tagFile(part), "utf8") : undefined;
    const start = tag === undefined ? 0 : sizeOf(part);
    const headers: Record<string, string> = { "accept-encoding": "identity" };
    if (tag !== undefined && start > 0) Object.assign(headers, { range: `bytes=${start}-`, "if-range": tag });
    const response = await interruptible(fetch(url, { headers, signal: silence.signal }));
    if (response.status === 416) return; // Nothing is left to fetch; the checksum tells whether that is so.
    checkStatus(url, response);
    const resumed = response.status === 206;
    if (resumed && !response.headers.get("content-range")?.startsWith(`bytes ${start}-`)) {
      rmSync(tagFile(part), { force: true }); // So that the next attempt asks for the whole.
      throw new Interruption("the server sent another part than was asked for");
    }
    const file = await explainedLater("write", part, open(part, resumed ? "a" : "w"));
    try {
      if (!resumed) rememberTag(part, response.headers.get("etag"));
      await writeBody(response, file, part, { start: resumed ? start : 0, onProgress, onChunk: () => timer.refresh() });
    } finally {
      await file.close();
    }
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

function checkStatus(url: string, { status, statusText }: Response): void {
  if (status === 200 || status === 206) return;
  const answer = `the server answered ${status} ${statusText}`.trimEnd();
  if (status >= 500 || status === 408 || status === 429) throw new Interruption(answer);
  throw new InputError(`cannot download ${url}: ${answer}`);
}

async function writeBody(
  response: Response,
  file: FileHandle,
  part: string,
  { start, onProgress, onChunk }: { start: number; onProgress: DownloadOptions["onProgress"]; onChunk: () => void },
): Promise<void> {
  const length = response.headers.get("content-length");
  const total = length === null ? undefined : start + Number(length);
  const begun = performance.now();
  let received = start;
  let reported = begun;
  const report = (now: number) => {
    onProgress?.({ received, total, bytesPerSecond: (received - start) / Math.max((now - begun) / 1000, 1e-3) });
    reported = now;
  };
  const chunks = response.body![Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await interruptible(chunks.next());
    if (done) break;
    onChunk();
    for (let written = 0; written < value.length; ) {
      written += (await explainedLater("write", part, file.write(value, written))).bytesWritten;
    }
    received += value.length;
    const now = performance.now();
    if (now - reported >= progressInterval) report(now);
  }
  await explainedLater("write", part, file.sync());
  report(performance.now());
}

/** A failure of the network, in a few words. */
async function interruptible<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const code = systemErrorCode(cause) ?? "";
    const reasons: Record<string, string> = {
      ENOTFOUND: "the host is not known; is there a network?",
      EAI_AGAIN: "the host's name cannot be looked up; is there a network?",
      ECONNREFUSED: "the connection was refused",
      ECONNRESET: "the connection broke",
      UND_ERR_SOCKET: "the connection broke",
      ENETUNREACH: "there is no network",
    };
    throw new Interruption(reasons[code] ?? (cause instanceof Error ? cause.message : String(cause)));
  }
}

function tagFile(part: string): string {
  return `${part}.etag`;
}

/** Only a strong tag promises that two parts fit together byte for byte. */
function rememberTag(part: string, tag: string | null): void {
  if (tag?.startsWith('"')) explained("write", tagFile(part), () => writeFileSync(tagFile(part), tag));
  else rmSync(tagFile(part), { force: true });
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  await explainedLater("read", path, pipeline(createReadStream(path), hash));
  return hash.digest("hex");
}

function explained<T>(action: string, path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw explainSystemError(error, action, path);
  }
}

function explainedLater<T>(action: string, path: string, promise: Promise<T>): Promise<T> {
  return promise.catch((error) => {
    throw explainSystemError(error, action, path);
  });
}
