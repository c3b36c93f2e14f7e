/**
 * The bootstrap over clusters (Efron & Tibshirani 1993; Field & Welsh 2007): what belongs together, such as all judgements
 * of a participant, is drawn together, with replacement, and the statistic is taken of each such sample.
 */
import { quantileSorted } from "simple-statistics";
import type { RandomStream } from "../../base/random.ts";
import type { Bounds } from "./wilson.ts";

export interface BootstrapOptions {
  random: RandomStream;
  /** How many samples are drawn. */
  resamples: number;
  level: number;
}

/** Fewer of the samples than this may be without a statistic (an empty denominator), or there is no interval. */
const tolerated = 0.05;

/**
 * The percentile interval of a statistic.
 * @param sizes clusters of each group; groups (the conditions) are resampled apart, each to its own size
 * @param statistic of the clusters drawn, whose indices stand in one array a group; NaN where it does not exist
 * @returns null when the statistic does not exist in more than 5 % of the samples
 * @throws RangeError when a group has fewer than 2 clusters
 */
export function bootstrapInterval(
  sizes: readonly number[],
  statistic: (drawn: readonly Int32Array[]) => number,
  { random, resamples, level }: BootstrapOptions,
): Bounds | null {
  if (sizes.some((size) => size < 2)) throw new RangeError(`groups of ${sizes.join(" and ")}: 2 clusters at least`);
  const drawn = sizes.map((size) => new Int32Array(size));
  const values = new Float64Array(resamples);
  let known = 0;
  for (let sample = 0; sample < resamples; sample++) {
    for (const indices of drawn)
      for (let i = 0; i < indices.length; i++) indices[i] = Math.floor(random.uniform() * indices.length);
    const value = statistic(drawn);
    if (!Number.isNaN(value)) values[known++] = value;
  }
  if (known < (1 - tolerated) * resamples) return null;
  const sorted = [...values.subarray(0, known).sort()];
  const tail = (1 - level) / 2;
  return { low: quantileSorted(sorted, tail), high: quantileSorted(sorted, 1 - tail) };
}
