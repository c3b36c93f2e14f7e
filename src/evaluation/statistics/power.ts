/** How probable it is that a difference of a given size shows itself, and how many runs it takes for that. */
import { noncentralStudentCdf } from "./noncentral-student.ts";
import { studentQuantile } from "./student.ts";

export interface PowerOptions {
  /** Of the two-sided test. */
  alpha?: number;
  /** Wanted probability that the test is significant. */
  power?: number;
}

/**
 * The probability that the two-sided t test of two groups of `count` each is significant when their means lie `effect`
 * standard deviations apart.
 * @throws RangeError when a group has fewer than 2
 */
export function powerOf(effect: number, count: number, alpha = 0.05): number {
  if (!(count >= 2)) throw new RangeError(`groups of ${count}: 2 at least`);
  const freedom = 2 * count - 2;
  const critical = studentQuantile(1 - alpha / 2, freedom);
  const delta = Math.abs(effect) * Math.sqrt(count / 2);
  return 1 - noncentralStudentCdf(critical, freedom, delta) + noncentralStudentCdf(-critical, freedom, delta);
}

/** More runs than this are not asked of anybody. */
export const mostRuns = 10_000;

/** The least number of runs of each group with the wanted power; null when it is more than `mostRuns`. */
export function runsNeeded(effect: number, { alpha = 0.05, power = 0.8 }: PowerOptions = {}): number | null {
  const enough = (count: number) => powerOf(effect, count, alpha) >= power;
  if (!enough(mostRuns)) return null;
  let [tooFew, sufficient] = [1, 2];
  while (!enough(sufficient)) [tooFew, sufficient] = [sufficient, Math.min(2 * sufficient, mostRuns)];
  while (sufficient - tooFew > 1) {
    const middle = (tooFew + sufficient) >> 1;
    if (enough(middle)) sufficient = middle;
    else tooFew = middle;
  }
  return sufficient;
}
