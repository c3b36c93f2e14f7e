/**
 * How great a difference is in standard deviations of its groups: Hedges' g, Cohen's d freed from its bias in small
 * samples (Hedges, Journal of Educational Statistics 6, 1981), with the interval of the noncentral t distribution, exact
 * for normal groups of equal spread (Steiger & Fouladi 1997; Cumming & Finch 2001).
 */
import { gammaln, mean, sampleVariance } from "simple-statistics";
import { noncentralityOf } from "./noncentral-student.ts";
import { isNothing } from "./welch.ts";

export interface EffectSize {
  /** First − second; by convention 0.2 is small, 0.5 medium, 0.8 large. */
  g: number;
  low: number;
  high: number;
  level: number;
}

/** @returns a reason in words when it does not exist */
export function hedgesG(first: readonly number[], second: readonly number[], level = 0.95): EffectSize | string {
  const [n, m] = [first.length, second.length];
  if (n < 2 || m < 2) return `an effect size needs two runs of each, there are ${n} and ${m}`;
  const freedom = n + m - 2;
  const variance = ((n - 1) * sampleVariance([...first]) + (m - 1) * sampleVariance([...second])) / freedom;
  if (isNothing(variance, first, second)) return "neither group has any spread";
  const d = (mean([...first]) - mean([...second])) / Math.sqrt(variance);
  const root = Math.sqrt((n * m) / (n + m));
  const tail = (1 - level) / 2;
  const correction = smallSampleFactor(freedom);
  const bound = (probability: number) => (correction * noncentralityOf(d * root, freedom, probability)) / root;
  return { g: correction * d, low: bound(1 - tail), high: bound(tail), level };
}

/** J(ν) = Γ(ν/2) / (√(ν/2) Γ((ν − 1)/2)), about 1 − 3 / (4ν − 1). */
function smallSampleFactor(freedom: number): number {
  return Math.exp(gammaln(freedom / 2) - gammaln((freedom - 1) / 2)) / Math.sqrt(freedom / 2);
}
