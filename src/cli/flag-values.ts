/** What is given to flags, read; or one line on what is wrong with it. */
import { InputError } from "../base/errors.ts";
import { nearest } from "../base/suggest.ts";

/** @throws InputError naming the flag unless it is an integer in least..greatest */
export function integer(flag: string, text: string, least: number, greatest = Number.MAX_SAFE_INTEGER): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isInteger(value) && value >= least && value <= greatest) return value;
  const range = greatest === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${greatest}`;
  throw new InputError(`${flag}: expected a whole number ${range}, found "${text}"`);
}

/** @throws InputError naming the flag unless it is a number in least..greatest */
export function number(flag: string, text: string, least: number, greatest: number): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (value >= least && value <= greatest) return value;
  throw new InputError(`${flag}: expected a number from ${least} to ${greatest}, found "${text}"`);
}

/** @throws InputError naming the flag unless every part is one of `known`; each part counts once */
export function listOf<T extends string>(flag: string, text: string, known: readonly T[]): T[] {
  const parts = new Set(text.split(",").map((part) => part.trim()));
  for (const part of parts) {
    if (!(known as readonly string[]).includes(part))
      throw new InputError(`${flag}: there is no "${part}"${nearest(part, known)}; there are ${known.join(", ")}`);
  }
  return [...parts] as T[];
}

/** @throws InputError naming the flag unless it is one of `known` */
export function oneOf<T extends string>(flag: string, text: string, known: readonly T[]): T {
  return listOf(flag, text, known)[0];
}

/** Gathers what a flag is given each time; for commander's `.option`. */
export const several = (value: string, before: string[] = []): string[] => [...before, value];
