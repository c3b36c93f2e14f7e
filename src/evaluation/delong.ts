/**
 * How sure an AUC is, and whether two detectors differ on the same images, without assuming any distribution.
 *
 * DeLong, DeLong & Clarke-Pearson, *Comparing the areas under two or more correlated receiver operating characteristic
 * curves*, Biometrics 44 (1988). The placement values come from ranks (the idea of Sun & Xu, IEEE SPL 2014), so a
 * million scores are no matter.
 */
import { normalQuantile, normalTail } from "./normal.ts";
import { placementsAmong, type Ranking, rank, type SplitScores, sum } from "./ranking.ts";

export interface AucEstimate {
  value: number;
  low: number;
  high: number;
  /** The confidence level of low … high, e.g. 0.95. */
  level: number;
}

/**
 * AUC with a confidence interval: DeLong's variance on the scale of the logit, log(A / (1 − A)), which keeps the
 * interval inside 0 … 1 and covers better than the plain one when the AUC is near its end (Pepe 2003, §5.2.4).
 *
 * Where that says nothing, the interval stays honest instead of shrinking to a point:
 * at A = 1 (or 0) DeLong's variance is zero, so the bound is exact: of k = min(positives, negatives) disjoint pairs all k
 * were ranked rightly, hence A ≥ (1 − level)/2 to the power 1/k (Clopper–Pearson); with a single image in a class the
 * spread cannot be known, and the interval is 0 … 1.
 * @throws RangeError when a class is empty or a score is NaN
 */
export function aucWithInterval(scores: SplitScores, level = 0.95): AucEstimate {
  const { value, overPositives, overNegatives } = components(scores);
  const fewest = Math.min(scores.positives.length, scores.negatives.length);
  const tail = (1 - level) / 2;
  if (value === 1) return { value, low: tail ** (1 / fewest), high: 1, level };
  if (value === 0) return { value, low: 0, high: 1 - tail ** (1 / fewest), level };
  if (fewest < 2) return { value, low: 0, high: 1, level };
  const deviation = Math.sqrt(varianceOfMean(overPositives) + varianceOfMean(overNegatives));
  const logit = Math.log(value / (1 - value));
  const reach = (normalQuantile(1 - tail) * deviation) / (value * (1 - value));
  return { value, low: logistic(logit - reach), high: logistic(logit + reach), level };
}

export interface PairedTest {
  first: number;
  second: number;
  /** first − second, with its interval. */
  difference: AucEstimate;
  /** difference / its standard error; 0 when both lists rank every pair alike; null when the test does not apply. */
  z: number | null;
  /** Two-sided probability of so great a difference if the two were equally good; null as z. */
  p: number | null;
}

/**
 * DeLong's test of two score lists for the same images: entry i of both lists belongs to one image.
 * It does not apply where the lists differ but neither has any spread (say, one ranks every pair rightly and the other
 * ties them all): then z and p are null and the interval is −1 … 1.
 * @throws RangeError when the lists differ in length, a class has fewer than two images, or a score is NaN
 */
export function pairedDelongTest(first: SplitScores, second: SplitScores, level = 0.95): PairedTest {
  return compareComponents(components(first), components(second), level);
}

/** `pairedDelongTest` of what `components` gave: for lists that are compared with many others. */
export function compareComponents(a: Components, b: Components, level = 0.95): PairedTest {
  for (const [side, key] of [
    ["positives", "overPositives"],
    ["negatives", "overNegatives"],
  ] as const) {
    const counts = [a[key].length, b[key].length];
    if (counts[0] !== counts[1] || counts[0] < 2)
      throw new RangeError(
        `a paired test needs the same two or more ${side} in both lists, not ${counts.join(" and ")}`,
      );
  }
  const value = a.value - b.value;
  const deviation = Math.sqrt(
    varianceOfMean(a.overPositives, b.overPositives) + varianceOfMean(a.overNegatives, b.overNegatives),
  );
  const values = { first: a.value, second: b.value };
  if (deviation === 0 && value !== 0)
    return { ...values, difference: { value, low: -1, high: 1, level }, z: null, p: null };
  const reach = normalQuantile(0.5 + level / 2) * deviation;
  const z = value === 0 ? 0 : value / deviation;
  return {
    ...values,
    difference: { value, low: value - reach, high: value + reach, level },
    z,
    p: 2 * normalTail(Math.abs(z)),
  };
}

/** DeLong's structural components: per image, the share of the other class that it is rightly ranked against. */
export interface Components {
  /** The AUC. */
  value: number;
  overPositives: Float64Array;
  overNegatives: Float64Array;
}

/** @throws RangeError when a class is empty or a score is NaN */
export function components({ positives, negatives }: SplitScores): Components {
  return rankedComponents({ positives: rank(positives), negatives: rank(negatives) });
}

/** `components` of scores that are ranked already. */
export function rankedComponents({ positives, negatives }: Record<keyof SplitScores, Ranking>): Components {
  const [p, n] = [positives.ascending, negatives.ascending];
  const overPositives = placementsAmong(positives, n);
  const value = sum(overPositives) / (p.length * n.length);
  for (let i = 0; i < p.length; i++) overPositives[i] /= n.length;
  const overNegatives = placementsAmong(negatives, p);
  for (let i = 0; i < n.length; i++) overNegatives[i] = 1 - overNegatives[i] / p.length;
  return { value, overPositives, overNegatives };
}

/** The unbiased variance of the values, or of their differences from others, divided by their number. */
function varianceOfMean(values: Float64Array, others: Float64Array = new Float64Array(values.length)): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] - others[i];
  const mean = total / values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i] - others[i] - mean) ** 2;
  return squares / (values.length - 1) / values.length;
}

const logistic = (x: number) => 1 / (1 + Math.exp(-x));
