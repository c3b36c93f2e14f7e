/** Wilson's score interval of a share (Wilson 1927; method 3 of Newcombe, Statistics in Medicine 17, 1998). */
import { normalQuantile } from "../normal.ts";

export interface Bounds {
  low: number;
  high: number;
}

/**
 * The shares 0 … 1 that a count of `successes` in `trials` independent trials does not contradict; never empty, never
 * beyond 0 and 1, without continuity correction.
 * @throws RangeError when there is no trial, or more successes than trials
 */
export function wilsonInterval(successes: number, trials: number, level = 0.95): Bounds {
  if (!(trials > 0 && successes >= 0 && successes <= trials))
    throw new RangeError(`${successes} successes in ${trials} trials have no interval`);
  const z = normalQuantile(0.5 + level / 2);
  const share = successes / trials;
  const denominator = 1 + z ** 2 / trials;
  const middle = (share + z ** 2 / (2 * trials)) / denominator;
  const margin = (z * Math.sqrt((share * (1 - share)) / trials + (z / (2 * trials)) ** 2)) / denominator;
  // At the ends the formula gives exactly 0 and 1 but for rounding.
  return {
    low: successes === 0 ? 0 : middle - margin,
    high: successes === trials ? 1 : middle + margin,
  };
}
