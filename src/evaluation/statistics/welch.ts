/** Welch's t test of two means whose groups need not spread alike (Welch, Biometrika 34, 1947). */
import { mean, sampleVariance } from "simple-statistics";
import { studentQuantile, studentTail } from "./student.ts";

export interface WelchTest {
  /** Mean of the first − mean of the second, with its interval. */
  difference: number;
  low: number;
  high: number;
  level: number;
  t: number;
  /** Degrees of freedom by Welch and Satterthwaite. */
  freedom: number;
  /** Two-sided. */
  p: number;
}

/** @returns a reason in words when the test does not exist */
export function welchTest(first: readonly number[], second: readonly number[], level = 0.95): WelchTest | string {
  if (first.length < 2 || second.length < 2)
    return `a test of means needs two runs of each, there are ${first.length} and ${second.length}`;
  const difference = mean([...first]) - mean([...second]);
  const [a, b] = [first, second].map((values) => sampleVariance([...values]) / values.length);
  if (isNothing(a + b, first, second)) return "neither group has any spread";
  const freedom = (a + b) ** 2 / (a ** 2 / (first.length - 1) + b ** 2 / (second.length - 1));
  const error = Math.sqrt(a + b);
  const margin = studentQuantile(0.5 + level / 2, freedom) * error;
  const t = difference / error;
  const p = 2 * studentTail(Math.abs(t), freedom);
  return { difference, low: difference - margin, high: difference + margin, level, t, freedom, p };
}

/** Whether a variance is but what rounding leaves of values that are all alike. */
export function isNothing(variance: number, ...groups: (readonly number[])[]): boolean {
  const scale = Math.max(...groups.flat().map(Math.abs));
  return variance <= (1e-14 * scale) ** 2;
}
