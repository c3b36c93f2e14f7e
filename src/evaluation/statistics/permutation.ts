/**
 * Permutation tests of means: the p-value is the share of ways to relabel the observations that give at least so great a
 * mean (difference). All ways where there are few, else random ones, the observed one counted among them so that p is never
 * 0 and the test keeps its level (Phipson & Smyth, Statistical Applications in Genetics and Molecular Biology 9, 2010).
 */
import type { RandomStream } from "../../base/random.ts";

export interface PermutationTest {
  /** Two-sided. */
  p: number;
  /** Whether all ways were tried, and how many were. */
  exact: boolean;
  permutations: number;
}

export interface PermutationOptions {
  random: RandomStream;
  /** As many random ways are tried where there are more than that. */
  permutations: number;
}

/**
 * Whether the means of two groups differ: were the values dealt to the groups by chance?
 * @throws RangeError when a group is empty
 */
export function differenceTest(
  first: readonly number[],
  second: readonly number[],
  { random, permutations }: PermutationOptions,
): PermutationTest {
  if (first.length === 0 || second.length === 0) throw new RangeError("both groups need an observation");
  // Of the smaller group, so that as little as possible is drawn; the mean's distance tells the difference of means.
  const [small, large] = first.length <= second.length ? [first, second] : [second, first];
  const pooled = centred([...small, ...large]);
  const reached = atLeast(pooled, sumOf(pooled.subarray(0, small.length)));
  const ways = binomialCoefficient(pooled.length, small.length);
  if (ways <= permutations) {
    let extreme = 0;
    for (const sum of subsetSums(pooled, small.length)) if (reached(sum)) extreme += 1;
    return { p: extreme / ways, exact: true, permutations: ways };
  }
  let extreme = 1;
  for (let draw = 0; draw < permutations; draw++) {
    let sum = 0;
    for (let i = 0; i < small.length; i++) {
      const j = i + Math.floor(random.uniform() * (pooled.length - i));
      [pooled[i], pooled[j]] = [pooled[j], pooled[i]];
      sum += pooled[i];
    }
    if (reached(sum)) extreme += 1;
  }
  return { p: extreme / (permutations + 1), exact: false, permutations };
}

/**
 * Whether the mean of the values is another than 0, for values that would lie as often as far above 0 as below it.
 * @throws RangeError when there is no value
 */
export function signFlipTest(values: readonly number[], { random, permutations }: PermutationOptions): PermutationTest {
  if (values.length === 0) throw new RangeError("a test needs an observation");
  const signed = Float64Array.from(values);
  const reached = atLeast(signed, sumOf(signed));
  const ways = 2 ** values.length;
  if (ways <= permutations) {
    let extreme = 0;
    for (let signs = 0; signs < ways; signs++) {
      let sum = 0;
      for (let i = 0; i < signed.length; i++) sum += (signs >>> i) & 1 ? -signed[i] : signed[i];
      if (reached(sum)) extreme += 1;
    }
    return { p: extreme / ways, exact: true, permutations: ways };
  }
  let extreme = 1;
  for (let draw = 0; draw < permutations; draw++) {
    let sum = 0;
    for (let i = 0; i < signed.length; i++) sum += random.uniform() < 0.5 ? -signed[i] : signed[i];
    if (reached(sum)) extreme += 1;
  }
  return { p: extreme / (permutations + 1), exact: false, permutations };
}

/** Whether a sum lies as far from 0 as the one observed; sums in another order may differ by their rounding. */
function atLeast(values: Float64Array, observed: number): (sum: number) => boolean {
  const rounding = 1e-12 * values.reduce((sum, value) => sum + Math.abs(value), 0);
  const limit = Math.abs(observed) - rounding;
  return (sum) => Math.abs(sum) >= limit;
}

function centred(values: readonly number[]): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Float64Array.from(values, (value) => value - mean);
}

const sumOf = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);

/** n over k; Infinity where it is too great for a number. */
function binomialCoefficient(n: number, k: number): number {
  let ways = 1;
  for (let i = 1; i <= k; i++) ways = (ways * (n - k + i)) / i;
  return Math.round(ways);
}

/** The sum of every choice of `size` of the values. */
function* subsetSums(values: Float64Array, size: number, from = 0, sum = 0): Generator<number> {
  if (size === 0) {
    yield sum;
    return;
  }
  for (let i = from; i <= values.length - size; i++) yield* subsetSums(values, size - 1, i + 1, sum + values[i]);
}
