/** The nearest known name, for words that are not known. */
import { closest, distance } from "fastest-levenshtein";

/** ` — did you mean "train"?`, or nothing where no name is near: to be put behind the complaint. */
export function nearest(given: string, known: readonly string[]): string {
  if (known.length === 0) return "";
  const lower = given.toLowerCase();
  const found = closest(
    lower,
    known.map((name) => name.toLowerCase()),
  );
  const near = distance(lower, found) <= Math.max(2, Math.floor(given.length / 3));
  return near ? ` — did you mean "${known.find((name) => name.toLowerCase() === found)}"?` : "";
}
