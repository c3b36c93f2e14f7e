/** Links to folders: how a manifest reaches images elsewhere, since its paths may not leave its own folder. */
import { lstatSync, mkdirSync, realpathSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { dirname, relative } from "node:path";
import { explainSystemError, InputError } from "./errors.ts";

/**
 * Before work begins: that a link can be made here.
 * @param what the link leads to, in words
 * @throws InputError when something else than a link is in its place
 */
export function requireLink(path: string, what: string): void {
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status === undefined || status.isSymbolicLink()) return;
  throw new InputError(`${path}: it is in the place of the link to ${what}; choose another folder or remove it`);
}

/**
 * Makes the link, or leads the one that is there to `target`. It is relative, so that both can be moved together.
 * @throws InputError when it cannot be made
 */
export function linkToFolder(target: string, path: string): void {
  const fresh = `${path}.new`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    rmSync(fresh, { force: true });
    // Folders behind other links would lead a relative one astray. A junction is what Windows allows everybody.
    symlinkSync(relative(realpathSync(dirname(path)), realpathSync(target)) || ".", fresh, "junction");
    renameSync(fresh, path);
  } catch (error) {
    throw explainSystemError(error, "make the link", path);
  }
}
