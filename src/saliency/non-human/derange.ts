/**
 * Who gets whose map when human maps are given to other images: a control that keeps everything about the maps but what
 * they are maps of. Pure but for the random stream.
 */
import type { RandomStream } from "../../base/random.ts";

/** More shuffles than this fail only where images share maps: with maps that all differ, one in e succeeds. */
const attempts = 1000;

/**
 * A derangement, each equally probable: shuffles until nobody has their own.
 * @param items what is told apart by `===`; the same item may be there more than once, and nobody gets an equal one
 * @returns what each item's place gets; undefined where there is none, or none was found because too many are the same
 */
export function derange<T>(items: readonly T[], random: RandomStream): T[] | undefined {
  if (items.length < 2) return undefined;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const shuffled = random.shuffle(items);
    if (shuffled.every((item, i) => item !== items[i])) return shuffled;
  }
  return undefined;
}
