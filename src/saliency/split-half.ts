/**
 * The ceiling of human agreement: how well the mean map of half of the people predicts that of the other half, and what
 * the mean map of all of them would reach (Spearman–Brown). No model can be expected to agree better with people than
 * people with one another.
 */
import { randomStream } from "../base/random.ts";
import { isConstant, requireSameLength } from "./values.ts";

export interface SplitHalfOptions {
  seed: number;
  /** Random halves that are averaged over. */
  splits?: number;
}

export interface SplitHalf {
  /** Pearson's correlation of the two halves' mean maps, averaged over the splits, −1..1. */
  half: number;
  /** What it would be for means over all people instead of half of them, −1..1. */
  full: number;
}

/**
 * @param maps one a person, of one length; with an odd number of people one half has one more
 * @returns undefined with fewer than two maps, or when in no split both halves have a mean map with more than one value
 * @throws RangeError when the maps differ in length
 */
export function splitHalf(
  maps: readonly ArrayLike<number>[],
  { seed, splits = 200 }: SplitHalfOptions,
): SplitHalf | undefined {
  if (maps.length < 2) return undefined;
  // Sums of maps have sums of covariances, so pixels are looked at once, not once a split.
  const covariances = covarianceMatrix(maps);
  const between = (some: readonly number[], others: readonly number[]) =>
    some.reduce((sum, i) => sum + others.reduce((inner, j) => inner + covariances[i][j], 0), 0);
  const spread = covariances.reduce((sum, row, i) => sum + row[i], 0);
  const random = randomStream(seed, "split-half");
  let sum = 0;
  let defined = 0;
  for (let split = 0; split < splits; split++) {
    const order = random.shuffle(maps.keys());
    const [one, other] = [order.slice(0, order.length >> 1), order.slice(order.length >> 1)];
    const variances = between(one, one) * between(other, other);
    // Maps may add up to one value everywhere; what rounding leaves of that is no variance either.
    if (variances <= negligible * spread ** 2) continue;
    sum += Math.max(-1, Math.min(1, between(one, other) / Math.sqrt(variances)));
    defined++;
  }
  if (defined === 0) return undefined;
  const half = sum / defined;
  return { half, full: spearmanBrown(half) };
}

const negligible = 1e-20;

/**
 * The Spearman–Brown prophecy for a test of twice the length, `2r / (1 + |r|)`: the absolute value keeps the result in
 * −1..1 where halves disagree (as in R's package splithalf); for r ≥ 0 it is the classical formula.
 */
export function spearmanBrown(correlation: number): number {
  return (2 * correlation) / (1 + Math.abs(correlation));
}

/** Over pixels, not divided by their number. */
function covarianceMatrix(maps: readonly ArrayLike<number>[]): number[][] {
  const centred = maps.map((map) => {
    requireSameLength(map, maps[0]);
    const deviations = new Float64Array(map.length);
    // Exactly no variance, not what rounding leaves of it.
    if (isConstant(map)) return deviations;
    let sum = 0;
    for (let i = 0; i < map.length; i++) sum += map[i];
    for (let i = 0; i < map.length; i++) deviations[i] = map[i] - sum / map.length;
    return deviations;
  });
  const matrix = maps.map(() => new Array<number>(maps.length).fill(0));
  for (let i = 0; i < maps.length; i++) {
    for (let j = i; j < maps.length; j++) {
      let sum = 0;
      for (let pixel = 0; pixel < centred[i].length; pixel++) sum += centred[i][pixel] * centred[j][pixel];
      matrix[i][j] = matrix[j][i] = sum;
    }
  }
  return matrix;
}
