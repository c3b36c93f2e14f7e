/**
 * The area under the ROC curve as what it is: the probability that a positive image scores higher than a negative one,
 * a tie counting one half (Mann–Whitney; Bamber 1975). Exact, in O(n log n).
 */

/** The scores of one set of images, apart by class. Higher means more positive. Infinite scores are allowed, NaN is not. */
export interface SplitScores {
  positives: Float64Array;
  negatives: Float64Array;
}

/** AUC in 0 … 1. @throws RangeError when a class is empty or a score is NaN */
export function auc({ positives, negatives }: SplitScores): number {
  // The placements are multiples of ½ and their sum is far below 2⁵², so it is exact.
  return sum(placements(ascending(positives), negatives)) / (positives.length * negatives.length);
}

/**
 * For every value, in the order given, how many of `others` lie below it, ties counting ½ (0 … others.length).
 * Divided by the number of others these are the placement values of DeLong et al.
 * @throws RangeError when `others` is empty or a score is NaN
 */
export function placements(values: Float64Array, others: Float64Array): Float64Array {
  const sorted = ascending(others);
  const placed = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const below = countBelow(sorted, values[i], false);
    // Ties are rare, and looked for only where there are some.
    placed[i] = sorted[below] === values[i] ? (below + countBelow(sorted, values[i], true)) / 2 : below;
  }
  return placed;
}

/** A sorted copy. @throws RangeError when there is no score, or one is NaN */
export function ascending(scores: Float64Array): Float64Array {
  const sorted = scores.slice().sort();
  if (sorted.length === 0) throw new RangeError("a ranking needs scores of both classes");
  // Typed arrays sort NaN last.
  if (Number.isNaN(sorted[sorted.length - 1])) throw new RangeError("a ranking needs scores that are numbers, not NaN");
  return sorted;
}

export function sum(values: Float64Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i];
  return total;
}

/** How many of the ascending values are less than `value`, or, with `orEqual`, no greater. */
function countBelow(sorted: Float64Array, value: number, orEqual: boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] < value || (orEqual && sorted[middle] === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}
