/** How far two sets of marked pixels cover one another. */
import { requireSameLength } from "./values.ts";

/** Pixels, 0 where nothing is marked. */
export type Mask = ArrayLike<number>;

/**
 * Intersection over union (Jaccard's index), 0..1; 1 only when both mark the same.
 * @returns undefined when neither marks anything
 * @throws RangeError when the masks differ in length
 */
export function iou(a: Mask, b: Mask): number | undefined {
  const { both, either } = count(a, b);
  return either === 0 ? undefined : both / either;
}

/**
 * Dice's coefficient, twice the intersection over the sum of both areas, 0..1: `2 · iou / (1 + iou)`.
 * @returns undefined when neither marks anything
 * @throws RangeError when the masks differ in length
 */
export function dice(a: Mask, b: Mask): number | undefined {
  const { both, either } = count(a, b);
  return either === 0 ? undefined : (2 * both) / (either + both);
}

/**
 * The mean over all pairs of masks, pairs that mark nothing left out.
 * @returns undefined when no pair is left, as with a single mask
 */
export function meanOverPairs(
  masks: readonly Mask[],
  measure: (a: Mask, b: Mask) => number | undefined,
): number | undefined {
  let sum = 0;
  let pairs = 0;
  for (let i = 0; i < masks.length; i++) {
    for (let j = i + 1; j < masks.length; j++) {
      const value = measure(masks[i], masks[j]);
      if (value === undefined) continue;
      sum += value;
      pairs++;
    }
  }
  return pairs === 0 ? undefined : sum / pairs;
}

function count(a: Mask, b: Mask): { both: number; either: number } {
  requireSameLength(a, b);
  let both = 0;
  let either = 0;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== 0 && b[i] !== 0) both++;
    if (a[i] !== 0 || b[i] !== 0) either++;
  }
  return { both, either };
}
