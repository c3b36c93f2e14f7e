/** What several training seeds say together: the spread between runs, and the difference between two ways to train. */
import { mean, sampleStandardDeviation } from "simple-statistics";

export interface Spread {
  mean: number;
  /** The sample standard deviation; null of a single run. */
  sd: number | null;
  count: number;
}

export function spread(values: readonly number[]): Spread {
  return {
    mean: mean([...values]),
    sd: values.length > 1 ? sampleStandardDeviation([...values]) : null,
    count: values.length,
  };
}

export interface PairedDifference {
  /** Mean of second − first over the pairs. */
  mean: number;
  /** Student's interval of the mean difference; null of fewer than two pairs. */
  low: number | null;
  high: number | null;
  level: number;
}

/**
 * How much the second way is above the first, pair by pair (one pair a seed). The interval treats the seeds as a sample
 * of all seeds; it says nothing of other test images.
 * @throws RangeError when the lists are of different lengths or empty
 */
export function pairedDifference(first: readonly number[], second: readonly number[], level = 0.95): PairedDifference {
  if (first.length !== second.length || first.length === 0) {
    throw new RangeError(`pairs of ${first.length} and ${second.length} values`);
  }
  const { mean: difference, sd, count } = spread(second.map((value, index) => value - first[index]));
  if (sd === null) return { mean: difference, low: null, high: null, level };
  const margin = (studentQuantile(0.5 + level / 2, count - 1) * sd) / Math.sqrt(count);
  return { mean: difference, low: difference - margin, high: difference + margin, level };
}

/**
 * The t of which a share `probability` of Student's distribution with `freedom` degrees (a whole number) lies below.
 * The distribution function is Abramowitz & Stegun 26.7.3 and 26.7.4; its inverse by bisection.
 */
export function studentQuantile(probability: number, freedom: number): number {
  if (probability < 0.5) return -studentQuantile(1 - probability, freedom);
  let [low, high] = [0, 1];
  while (studentCdf(high, freedom) < probability) high *= 2;
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (studentCdf(middle, freedom) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(T < t) for t ≥ 0. */
function studentCdf(t: number, freedom: number): number {
  const angle = Math.atan(t / Math.sqrt(freedom));
  const cos2 = Math.cos(angle) ** 2;
  const odd = freedom % 2 === 1;
  let term = odd ? Math.cos(angle) : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let k = odd ? 3 : 2; k < freedom; k += 2) {
    term *= (cos2 * (k - 1)) / k;
    sum += term;
  }
  const within = odd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
  return 0.5 + within / 2;
}
