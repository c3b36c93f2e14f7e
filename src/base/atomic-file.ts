/** Files that are too long for the memory, written piece by piece, and either wholly there or not. */
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { explainSystemError } from "./errors.ts";

export interface AtomicFile {
  write(text: string): Promise<void>;
  /** Flushes to the disk and puts the file into its place. */
  commit(): Promise<void>;
  /** Leaves what was in its place; after `commit` it does nothing. */
  abandon(): Promise<void>;
}

/** Characters that are gathered before they are written. */
const bufferLength = 65_536;

/**
 * Begins `<path>.new`, over what a killed process left there. One process at a time: lock what is around it. All methods
 * throw an InputError naming `path` when it cannot be written, as when the disk is full.
 */
export async function openAtomicFile(path: string): Promise<AtomicFile> {
  const fresh = `${path}.new`;
  const during = async <T>(step: () => Promise<T>): Promise<T> => {
    try {
      return await step();
    } catch (error) {
      throw explainSystemError(error, "write", path);
    }
  };
  let file: FileHandle | undefined = await during(async () => {
    await mkdir(dirname(path), { recursive: true });
    return open(fresh, "w");
  });
  let waiting: string[] = [];
  let length = 0;
  const flush = async () => {
    const text = waiting.join("");
    waiting = [];
    length = 0;
    await file!.writeFile(text);
  };
  return {
    async write(text) {
      waiting.push(text);
      length += text.length;
      if (length >= bufferLength) await during(flush);
    },
    async commit() {
      await during(async () => {
        await flush();
        await file!.sync();
        await file!.close();
        file = undefined;
        await rename(fresh, path);
      });
    },
    async abandon() {
      if (file === undefined) return;
      const open = file;
      file = undefined;
      await open.close();
      await rm(fresh, { force: true });
    },
  };
}
