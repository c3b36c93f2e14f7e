/** What the weight formats share: the file's bytes, and errors that name the file. */
import { readFileSync, statSync } from "node:fs";
import { explainSystemError, InputError } from "../../base/errors.ts";

/** Ends the reading of a file: throws an InputError that begins with the file's name. */
export type Fail = (why: string) => never;

export function failWith(path: string): Fail {
  return (why) => {
    throw new InputError(`${path}: ${why}`);
  };
}

/** Text out of a file as an error may show it: quoted, control characters escaped, cut after 80 characters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

/** Whether a value out of a file can be a length, an offset or a size. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** PyTorch sets no limit; no layer has more than 5. */
const mostAxes = 32;

/** Whether a value out of a file can be a shape, strides or a pair of offsets. */
export function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length <= mostAxes && value.every(isCount);
}

/** What Node.js reads into one buffer. */
const largest = 2 ** 31 - 1;

/**
 * The whole file, read once. Not a Buffer, whose `slice` shares memory where a Uint8Array's copies.
 * @throws InputError naming the file when it is missing, a folder, a device, empty, unreadable, or of 2 GiB and more
 */
export function readBytes(path: string): Uint8Array {
  const fail: Fail = failWith(path);
  const about = attempt(path, () => statSync(path));
  if (about.isDirectory()) fail("it is a folder, not a file");
  if (!about.isFile()) fail("it is not a regular file");
  if (about.size === 0) fail("the file is empty");
  if (about.size > largest) fail(`it has ${about.size} bytes; at most ${largest} are read`);
  const { buffer, byteOffset, length } = attempt(path, () => readFileSync(path));
  return new Uint8Array(buffer, byteOffset, length);
}

function attempt<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw explainSystemError(error, "read", path);
  }
}
