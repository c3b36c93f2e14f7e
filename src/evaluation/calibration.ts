/**
 * Whether probabilities mean what they say: temperature scaling with a bias (Guo et al., On Calibration of Modern Neural
 * Networks, ICML 2017; the bias as in Alexandari et al., ICML 2020), which for the probability of one class is Platt's
 * scaling, and the expected calibration error.
 */
import type { SplitScores } from "./ranking.ts";

/** How log-odds become a probability. The order of scores stays as it is, and the AUC with it. */
export interface Calibration {
  /** Log-odds are divided by it: above 1 it makes them more careful. */
  temperature: number;
  /** Added to what the division leaves: below 0 it makes the positive class rarer. */
  bias: number;
}

export const uncalibrated: Calibration = { temperature: 1, bias: 0 };

/** The probability that a log-odds score stands for. */
export function probabilityOf(score: number, { temperature, bias }: Calibration = uncalibrated): number {
  return 1 / (1 + Math.exp(-(score / temperature + bias)));
}

/** Mean of −log p(the true side), without overflow. */
export function negativeLogLikelihood({ positives, negatives }: SplitScores, calibration: Calibration): number {
  const { temperature, bias } = calibration;
  const cost = (logOdds: number) => Math.max(0, -logOdds) + Math.log1p(Math.exp(-Math.abs(logOdds)));
  let total = 0;
  for (const score of positives) total += cost(score / temperature + bias);
  for (const score of negatives) total += cost(-(score / temperature + bias));
  return total / (positives.length + negatives.length);
}

/** Temperatures that are looked at: scores a hundred times too sure, or too unsure, are beyond repair. */
const range = { least: 0.01, greatest: 100 };

/**
 * The temperature, in 0.01 … 100, and the bias under which the scores are most likely. The likelihood has one maximum:
 * along 1/T, each with the best bias for it, it is found by golden section along log T.
 * @param scores log-odds
 * @throws RangeError when a class has no score
 */
export function fitCalibration(scores: SplitScores): Calibration {
  if (scores.positives.length === 0 || scores.negatives.length === 0)
    throw new RangeError("a calibration needs scores of both classes");
  const at = (logTemperature: number): Calibration => {
    const temperature = Math.exp(logTemperature);
    return { temperature, bias: bestBias(scores, temperature) };
  };
  const cost = (logTemperature: number) => negativeLogLikelihood(scores, at(logTemperature));
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
  return at((low + high) / 2);
}

/** Where the likelihood's slope is 0: the probabilities' sum is the count of positives. It grows with the bias. */
function bestBias({ positives, negatives }: SplitScores, temperature: number): number {
  const scores = [...positives, ...negatives];
  const expected = (bias: number) =>
    scores.reduce((sum, score) => sum + probabilityOf(score, { temperature, bias }), 0);
  let low = -scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY) / temperature - 50;
  let high = -scores.reduce((least, score) => Math.min(least, score), Number.POSITIVE_INFINITY) / temperature + 50;
  while (high - low > 1e-9 * Math.max(1, Math.abs(low), Math.abs(high))) {
    const middle = (low + high) / 2;
    if (expected(middle) < positives.length) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

export interface ReliabilityBin {
  /** Of the probabilities in it. */
  mean: number;
  /** Share of the images that are positive. */
  frequency: number;
  count: number;
}

/** Images by their probability in `bins` steps of equal width; only those that hold an image. */
export function reliability(scores: SplitScores, calibration: Calibration, bins = 15): ReliabilityBin[] {
  const tally = Array.from({ length: bins }, () => ({ sum: 0, positives: 0, count: 0 }));
  const add = (values: Float64Array, positive: number) => {
    for (const score of values) {
      const probability = probabilityOf(score, calibration);
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
