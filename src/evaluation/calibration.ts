/**
 * Whether probabilities mean what they say: temperature scaling and the expected calibration error (Guo et al., On
 * Calibration of Modern Neural Networks, ICML 2017), for the probability of the positive class.
 */
import type { SplitScores } from "./ranking.ts";

/** The probability that a log-odds score stands for. @param temperature above 1 makes it more careful */
export function probabilityOf(score: number, temperature = 1): number {
  return 1 / (1 + Math.exp(-score / temperature));
}

/** Mean of −log p(the true side), without overflow. */
function negativeLogLikelihood({ positives, negatives }: SplitScores, inverse: number): number {
  const cost = (logOdds: number) => Math.max(0, -logOdds) + Math.log1p(Math.exp(-Math.abs(logOdds)));
  let total = 0;
  for (const score of positives) total += cost(score * inverse);
  for (const score of negatives) total += cost(-score * inverse);
  return total / (positives.length + negatives.length);
}

/** Temperatures that are looked at: scores a hundred times too sure, or too unsure, are beyond repair. */
const range = { least: 0.01, greatest: 100 };

/**
 * The temperature under which the scores are most likely, in 0.01 … 100. The likelihood has one maximum along 1/T, so it
 * is found by golden section along log T.
 * @param scores log-odds
 * @throws RangeError when there is no score
 */
export function fitTemperature(scores: SplitScores): number {
  if (scores.positives.length + scores.negatives.length === 0) throw new RangeError("no scores to calibrate on");
  const cost = (logTemperature: number) => negativeLogLikelihood(scores, Math.exp(-logTemperature));
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [Math.log(range.least), Math.log(range.greatest)];
  let [left, right] = [high - golden * (high - low), low + golden * (high - low)];
  let [costLeft, costRight] = [cost(left), cost(right)];
  while (high - low > 1e-6) {
    if (costLeft <= costRight) {
      [high, right, costRight] = [right, left, costLeft];
      left = high - golden * (high - low);
      costLeft = cost(left);
    } else {
      [low, left, costLeft] = [left, right, costRight];
      right = low + golden * (high - low);
      costRight = cost(right);
    }
  }
  return Math.exp((low + high) / 2);
}

export interface ReliabilityBin {
  /** Of the probabilities in it. */
  mean: number;
  /** Share of the images that are positive. */
  frequency: number;
  count: number;
}

/** Images by their probability in `bins` steps of equal width; only those that hold an image. */
export function reliability(scores: SplitScores, temperature: number, bins = 15): ReliabilityBin[] {
  const tally = Array.from({ length: bins }, () => ({ sum: 0, positives: 0, count: 0 }));
  const add = (values: Float64Array, positive: number) => {
    for (const score of values) {
      const probability = probabilityOf(score, temperature);
      const bin = tally[Math.min(bins - 1, Math.floor(probability * bins))];
      bin.sum += probability;
      bin.positives += positive;
      bin.count += 1;
    }
  };
  add(scores.positives, 1);
  add(scores.negatives, 0);
  return tally
    .filter(({ count }) => count > 0)
    .map(({ sum, positives, count }) => ({ mean: sum / count, frequency: positives / count, count }));
}

/** Mean distance between probability and frequency over the bins, weighted by their images; 0 … 1. */
export function expectedCalibrationError(bins: readonly ReliabilityBin[]): number {
  const total = bins.reduce((sum, { count }) => sum + count, 0);
  return bins.reduce((sum, { mean, frequency, count }) => sum + (count / total) * Math.abs(mean - frequency), 0);
}
