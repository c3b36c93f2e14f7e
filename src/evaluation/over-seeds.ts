/** What several training seeds say together: the spread between runs, and the difference between two ways to train. */
import { mean, sampleStandardDeviation } from "simple-statistics";
import { studentQuantile } from "./statistics/student.ts";

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
