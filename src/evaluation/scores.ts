/** From logits to scores, and from score rows to what the statistics take. Knows no tensors: one image's logits at a time. */
import { InputError } from "../base/errors.ts";
import type { SplitScores } from "./ranking.ts";

/** One image of a test set as a network sees it. */
export interface ScoreRow {
  path: string;
  /** The true class. */
  label: string;
  /** Where the image comes from, e.g. the generator; empty when the manifest does not say. */
  source: string;
  /** Log-odds of the positive class: higher is more positive, 0 is even. */
  score: number;
  /** The softmax probability of the positive class. It saturates, so it is for reading, never for ranking. */
  probability: number;
  /** The class with the greatest logit. */
  predicted: string;
}

/**
 * The log-odds of class `positive` under the softmax, z_pos − log Σ exp(z_other): for two classes the difference of the
 * logits. A NaN logit gives NaN.
 * @param logits one image's logits, one per class, two or more
 */
export function scoreLogits(logits: Float32Array | Float64Array, positive: number) {
  let largestOther = Number.NEGATIVE_INFINITY;
  let predicted = 0;
  for (let k = 0; k < logits.length; k++) {
    if (k !== positive && !(logits[k] <= largestOther)) largestOther = logits[k];
    if (logits[k] > logits[predicted]) predicted = k;
  }
  let others = 0;
  for (let k = 0; k < logits.length; k++) if (k !== positive) others += Math.exp(logits[k] - largestOther);
  const score = logits[positive] - (largestOther + Math.log(others));
  return { score, probability: 1 / (1 + Math.exp(-score)), predicted };
}

/** The scores of the rows of class `positiveClass`, and of all others, each in the order of the rows. */
export function splitScores(rows: readonly Pick<ScoreRow, "label" | "score">[], positiveClass: string): SplitScores {
  const scoresOf = (wanted: boolean) =>
    Float64Array.from(
      rows.filter((row) => (row.label === positiveClass) === wanted),
      (row) => row.score,
    );
  return { positives: scoresOf(true), negatives: scoresOf(false) };
}

/** @throws InputError naming the first row whose score is not a finite number */
export function requireFiniteScores(rows: readonly ScoreRow[], place: string): void {
  const index = rows.findIndex((row) => !Number.isFinite(row.score));
  if (index < 0) return;
  const { path, score } = rows[index];
  throw new InputError(
    `${place}: row ${index + 1} (${path}): the score is ${score}, not a finite number; the network that made it has diverged`,
  );
}
