/**
 * The SHA-256 of files' contents, with an index of what was hashed before, so that files which did not change are not
 * read again. A file counts as unchanged while its size, its time of modification and the time of the last change to
 * its inode (which a copy that keeps the former cannot forge) are the same to the nanosecond.
 */
import { createHash } from "node:crypto";
import { type BigIntStats, constants, statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { z } from "zod";
import { explainSystemError, InputError } from "../base/errors.ts";
import { writeFileAtomic } from "../base/files.ts";
import { inOrder } from "../base/in-order.ts";
import { readJsonFile } from "../base/schema.ts";

export interface ContentHash {
  /** Hexadecimal. */
  hash: string;
  /** Size and times; the same as long as the file is not written to. */
  stamp: string;
}

const indexSchema = z.record(z.string(), z.tuple([z.string(), z.string()]));
/** The index forgets what was not asked for longest: about 100 MB. */
const indexLimit = 500_000;
/** A file this young (ns) may be written to again without a change of its times, whose clock ticks in milliseconds. */
const settled = 2_000_000_000n;
const filesAtOnce = 16;

/**
 * Hashes files by their absolute paths, in their order; a path may come twice.
 * @param indexFile where the index is kept; one that is damaged is made anew
 * @param onProgress counts the files that had to be read, if any
 * @throws InputError naming the first file that cannot be read
 */
export async function contentHashes(
  paths: readonly string[],
  indexFile: string,
  onProgress?: (done: number, total: number) => void,
): Promise<ContentHash[]> {
  const index = readIndex(indexFile);
  const hashes = new Map<string, ContentHash>();
  const unknown: string[] = [];
  for (const path of new Set(paths)) {
    const stamp = fileStamp(path);
    const entry = index.get(path);
    if (entry?.[0] === stamp) {
      hashes.set(path, { stamp, hash: entry[1] });
      // To the end of the index: used last.
      index.delete(path);
      index.set(path, entry);
    } else unknown.push(path);
  }
  if (unknown.length > 0) {
    let done = 0;
    for await (const { path, settled, ...content } of inOrder(unknown, filesAtOnce, hashFile)) {
      hashes.set(path, content);
      index.delete(path);
      if (settled) index.set(path, [content.stamp, content.hash]);
      onProgress?.(++done, unknown.length);
    }
    writeFileAtomic(indexFile, JSON.stringify(Object.fromEntries([...index].slice(-indexLimit))));
  }
  return paths.map((path) => hashes.get(path)!);
}

/** @throws InputError naming the file when it is not there */
export function fileStamp(path: string): string {
  try {
    return stampOf(statSync(path, { bigint: true }));
  } catch (error) {
    throw explainSystemError(error, "read", path);
  }
}

function stampOf({ size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${size} ${mtimeNs} ${ctimeNs}`;
}

function readIndex(file: string): Map<string, [stamp: string, hash: string]> {
  try {
    return new Map(Object.entries(readJsonFile(indexSchema, file)));
  } catch {
    // None yet, or a damaged one: it only saves time, so that must not stop the work.
    return new Map();
  }
}

async function hashFile(path: string): Promise<ContentHash & { path: string; settled: boolean }> {
  let file: FileHandle | undefined;
  try {
    // Non-blocking, or a pipe without a writer would hold the process for ever.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const now = BigInt(Date.now()) * 1_000_000n;
    const status = await file.stat({ bigint: true });
    if (status.isDirectory()) throw new InputError(`cannot read ${path}: it is a folder, not a file`);
    if (!status.isFile()) throw new InputError(`cannot read ${path}: it is not a regular file`);
    const hash = createHash("sha256");
    const buffer = Buffer.allocUnsafe(Math.min(Number(status.size) + 1, 1 << 20));
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
    }
    return { path, hash: hash.digest("hex"), stamp: stampOf(status), settled: now - status.ctimeNs > settled };
  } catch (error) {
    throw explainSystemError(error, "read", path);
  } finally {
    await file?.close();
  }
}
