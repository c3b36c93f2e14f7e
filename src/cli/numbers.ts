/** Numbers from flags. */
import { InputError } from "../base/errors.ts";

/** @throws InputError naming the flag */
export function positiveInteger(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InputError(`${flag}: expected a whole number above 0, found ${text}`);
  return value;
}

/** @throws InputError naming the flag */
export function integer(flag: string, text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(value))
    throw new InputError(`${flag}: expected a whole number, found ${text}`);
  return value;
}
