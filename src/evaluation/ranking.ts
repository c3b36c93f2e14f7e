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
  return sum(placements(positives, negatives)) / (positives.length * negatives.length);
}

/** A list of scores and its order. */
export interface Ranking {
  ascending: Float64Array;
  /** Entry i: where in the list the i-th lowest stands. */
  order: Int32Array;
}

/** @throws RangeError when there is no score, or one is NaN */
export function rank(scores: Float64Array): Ranking {
  const order = ascendingOrder(scores);
  const ascending = new Float64Array(scores.length);
  for (let i = 0; i < order.length; i++) ascending[i] = scores[order[i]];
  requireNumbers(ascending);
  return { ascending, order };
}

/**
 * For every value, in the order given, how many of `others` lie below it, ties counting ½ (0 … others.length).
 * Divided by the number of others these are the placement values of DeLong et al.
 * @throws RangeError when a list is empty or a score is NaN
 */
export function placements(values: Float64Array, others: Float64Array): Float64Array {
  return placementsAmong(rank(values), ascending(others));
}

/** `placements` of what is ranked already. */
export function placementsAmong({ ascending: values, order }: Ranking, others: Float64Array): Float64Array {
  const placed = new Float64Array(values.length);
  let below = 0;
  let notAbove = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    while (below < others.length && others[below] < value) below++;
    notAbove = Math.max(notAbove, below);
    while (notAbove < others.length && others[notAbove] === value) notAbove++;
    placed[order[i]] = (below + notAbove) / 2;
  }
  return placed;
}

/** A sorted copy. @throws RangeError when there is no score, or one is NaN */
export function ascending(scores: Float64Array): Float64Array {
  const sorted = scores.slice().sort();
  requireNumbers(sorted);
  return sorted;
}

function requireNumbers(ascending: Float64Array): void {
  if (ascending.length === 0) throw new RangeError("a ranking needs scores of both classes");
  // A NaN would stand at an end.
  if (Number.isNaN(ascending[0]) || Number.isNaN(ascending[ascending.length - 1]))
    throw new RangeError("a ranking needs scores that are numbers, not NaN");
}

/**
 * By the bytes of the numbers, from the least significant on, each time in a stable order (radix sort): unlike the
 * language's sort this tells where each came from, in linear time. Equal numbers stay in the order given.
 */
function ascendingOrder(scores: Float64Array): Int32Array {
  const keys = orderedBytes(scores);
  let order = new Int32Array(scores.length);
  let next = new Int32Array(scores.length);
  for (let i = 0; i < order.length; i++) order[i] = i;
  for (let byte = 0; byte < 8; byte++) {
    const starts = new Int32Array(257);
    for (let at = byte; at < keys.length; at += 8) starts[keys[at] + 1]++;
    if (starts[keys[byte] + 1] === scores.length) continue; // all alike here
    for (let value = 1; value < 256; value++) starts[value] += starts[value - 1];
    for (let i = 0; i < order.length; i++) next[starts[keys[8 * order[i] + byte]]++] = order[i];
    [order, next] = [next, order];
  }
  return order;
}

/** Eight bytes a number, least significant first, whose order as whole numbers is that of the numbers. */
function orderedBytes(scores: Float64Array): Uint8Array {
  const numbers = new Float64Array(scores.length);
  // Adding zero makes of −0 what it is equal to.
  for (let i = 0; i < scores.length; i++) numbers[i] = scores[i] + 0;
  const words = new Int32Array(numbers.buffer);
  for (let high = 1; high < words.length; high += 2) {
    const negative = words[high] >> 31; // all bits, or none
    words[high - 1] ^= negative;
    words[high] ^= negative | 0x80000000;
  }
  return new Uint8Array(words.buffer);
}

export function sum(values: Float64Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i];
  return total;
}
