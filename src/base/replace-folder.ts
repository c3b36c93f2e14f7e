/** Folders of results that are either the old ones or all of the new ones. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { explainSystemError, InputError } from "./errors.ts";

/** Marks a folder that may be thrown away when its content is made again. */
const marker = ".made-by-oversight";

/**
 * Fills a new folder beside `path` and puts it into its place once `build` has succeeded; until then, and when it fails,
 * what was there stays. What an interrupted run left beside it is removed. One process at a time: lock what is around it.
 * @param build fills the folder that it is given; what it throws comes through
 * @throws InputError when `path` holds what this function has not made, or cannot be written
 */
export async function replaceFolder<T>(path: string, build: (folder: string) => Promise<T>): Promise<T> {
  const [fresh, old] = [`${path}.new`, `${path}.old`];
  requireReplaceable(path);
  const during = <R>(step: () => R): R => {
    try {
      return step();
    } catch (error) {
      throw explainSystemError(error, "write the folder", path);
    }
  };
  during(() => {
    for (const left of [fresh, old]) rmSync(left, { recursive: true, force: true });
    mkdirSync(fresh, { recursive: true });
    writeFileSync(join(fresh, marker), "Made by oversight, which replaces the whole folder when it is made again.\n");
  });
  try {
    const result = await build(fresh);
    during(() => {
      if (existsSync(path)) renameSync(path, old);
      renameSync(fresh, path);
      rmSync(old, { recursive: true, force: true });
    });
    return result;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** @throws InputError when there is a folder with content at `path` that `replaceFolder` has not made, or a file */
export function requireReplaceable(path: string): void {
  try {
    if (!existsSync(path)) return;
    const content = readdirSync(path);
    if (content.length === 0 || content.includes(marker)) return;
  } catch (error) {
    throw explainSystemError(error, "replace the folder", path);
  }
  throw new InputError(`${path}: the folder exists and was not made by oversight; choose another place or remove it`);
}
