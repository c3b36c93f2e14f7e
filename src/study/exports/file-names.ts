/** Names of exported files, safe on every file system, from names of images that anyone may have chosen. Pure. */
import type { ImageRecord } from "../records.ts";

/** Bytes of UTF-8: file systems take 255 for the whole name. */
const longest = 150;

/**
 * The image's base name without its extension: letters, digits, `.`, `-` and single `_` (two part the fields of a file's
 * name), the rest as `-`; never hidden, never empty. Images that would share it are told apart by their ids.
 * @returns by image id
 */
export function imageStems(images: readonly ImageRecord[]): Map<number, string> {
  const stems = images.map(({ name }) => safeStem(name));
  const counts = new Map<string, number>();
  for (const stem of stems) counts.set(stem.toLowerCase(), (counts.get(stem.toLowerCase()) ?? 0) + 1);
  // An id behind "-" could be the end of another image's name; behind "~", which no name holds, it cannot.
  return new Map(
    images.map(({ id }, i) => [id, counts.get(stems[i].toLowerCase()) === 1 ? stems[i] : `${stems[i]}~${id}`]),
  );
}

function safeStem(name: string): string {
  const base = name.split(/[/\\]/).at(-1)!;
  const stem = base
    .replace(/\.[^.]*$/, "")
    .normalize("NFC")
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, "-")
    .replaceAll(/_+/g, "_")
    .replace(/^[._]+/, "");
  // Cut bytes may leave the beginning of a character behind.
  const short = Buffer.from(stem)
    .subarray(0, longest)
    .toString()
    .replace(/\ufffd$/, "");
  return short.replace(/[._]+$/, "") || "image";
}

/** `image__participant__trial.png` */
export function maskFile(stem: string, participant: number, trial: number): string {
  return `${stem}__${participant}__${trial}.png`;
}
