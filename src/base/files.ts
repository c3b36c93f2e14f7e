/** Files that are either wholly written or not there, and folders that are checked before work begins. */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { explainSystemError } from "./errors.ts";

/**
 * Writes `chunks` to `path` so that a reader sees the old file or the whole new one, even across a crash:
 * written beside it, flushed to the disk, then renamed over it.
 * @throws InputError when the disk is full or the place cannot be written; the old file is then untouched
 */
export function writeFileAtomic(path: string, ...chunks: (string | Uint8Array)[]): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(temporary, "w");
    try {
      for (const chunk of chunks) {
        const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
        for (let written = 0; written < bytes.byteLength; ) written += writeSync(file, bytes, written);
      }
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    const explained = explainSystemError(error, "write", path);
    try {
      rmSync(temporary, { force: true });
    } catch {
      // Where the file could not be made, it cannot be removed either; the first error is the one to tell.
    }
    throw explained;
  }
}

/** @throws InputError naming the file when it is missing, a folder, or unreadable */
export function readTextFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw explainSystemError(error, "read", path);
  }
}

/**
 * Makes the folder and proves that it can be written to, before hours of work end in an error.
 * @throws InputError naming the folder
 */
export function ensureWritableFolder(path: string): void {
  const probe = join(path, `.write-test-${process.pid}`);
  try {
    mkdirSync(path, { recursive: true });
    closeSync(openSync(probe, "w"));
    rmSync(probe);
  } catch (error) {
    throw explainSystemError(error, "write to the folder", path);
  }
}
