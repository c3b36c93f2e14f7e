/** Errors that a person can act on. Everything else that is thrown is a fault of the program. */

/**
 * What was given cannot be used: a file, a row, a field, a flag. The message is one line that names the place,
 * says what was found there and what is allowed. The command line prints it without a stack and exits with 2.
 */
export class InputError extends Error {
  override readonly name = "InputError";
}

/** A disk takes no more: the same may succeed later, or on another machine. The command line exits with `exitFullDisk`. */
export class FullDiskError extends InputError {}

/** An input or output error, as in sysexits.h. */
export const exitFullDisk = 74;

/** The `code` of a Node.js system error (`ENOENT`, `ENOSPC`, …), or undefined for anything else. */
export function systemErrorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/**
 * A system error as a person's line: `cannot <action> <path>: no such file`.
 * Errors that are not system errors come back as they are.
 */
export function explainSystemError(error: unknown, action: string, path: string): unknown {
  const code = systemErrorCode(error);
  if (code === undefined || error instanceof InputError) return error;
  const reasons: Record<string, string> = {
    ENOENT: "no such file or folder",
    EISDIR: "it is a folder, not a file",
    ENOTDIR: "a part of the path is not a folder",
    EACCES: "permission denied",
    EPERM: "permission denied",
    EROFS: "the file system is read-only",
    ENOSPC: "no space left on the disk",
    EDQUOT: "the disk quota is used up",
    EMFILE: "too many open files",
    EEXIST: "it exists already",
  };
  const UsersError = code === "ENOSPC" || code === "EDQUOT" ? FullDiskError : InputError;
  return new UsersError(`cannot ${action} ${path}: ${reasons[code] ?? code}`);
}

/** For texts from outside that a line of words is to name: line breaks and tabs become spaces. */
export function inOneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}
