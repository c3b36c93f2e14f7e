/** The measures of one run on one set of images. Pure. */
import type { SplitScores } from "../../evaluation/ranking.ts";
import { equalErrorRate, falsePositiveRateAt, type RocCurve, truePositiveRateAt } from "../../evaluation/roc.ts";

const tprAtFpr = [0.001, 0.01, 0.05] as const;
const fprAtTpr = [0.9, 0.95, 0.99] as const;

type RocKey = "eer" | `tpr@${(typeof tprAtFpr)[number]}` | `fpr@${(typeof fprAtTpr)[number]}`;
/**
 * `tpr@r`: true positive rate at the false positive rate r; `fpr@r` the other way; `apcer`, `bpcer`, `acer` at the
 * threshold chosen on validation (ISO/IEC 30107-3).
 */
export type MeasureKey = "auc" | RocKey | "apcer" | "bpcer" | "acer";

export const measureKeys: readonly MeasureKey[] = [
  "auc",
  ...tprAtFpr.map((rate) => `tpr@${rate}` as const),
  ...fprAtTpr.map((rate) => `fpr@${rate}` as const),
  ...(["eer", "apcer", "bpcer", "acer"] as const),
];

/** Null where the images cannot tell it. */
export type Measures = Record<MeasureKey, number | null>;

/** What needs both classes. */
export function rankingMeasures(auc: number, curve: RocCurve): Record<"auc" | RocKey, number | null> {
  const measures: Partial<Record<MeasureKey, number | null>> = { auc, eer: equalErrorRate(curve) };
  for (const rate of tprAtFpr) measures[`tpr@${rate}`] = truePositiveRateAt(curve, rate);
  for (const rate of fprAtTpr) measures[`fpr@${rate}`] = falsePositiveRateAt(curve, rate);
  return measures as Record<"auc" | RocKey, number | null>;
}

/** APCER of one generator's scores. */
export const missedShare = (positives: Float64Array, threshold: number) =>
  (positives.length - countAtLeast(positives, threshold)) / positives.length;

/** BPCER; null without negatives. */
export const falseAlarmShare = ({ negatives }: SplitScores, threshold: number) =>
  negatives.length === 0 ? null : countAtLeast(negatives, threshold) / negatives.length;

function countAtLeast(scores: Float64Array, threshold: number): number {
  let count = 0;
  for (let i = 0; i < scores.length; i++) if (scores[i] >= threshold) count++;
  return count;
}

/** Each measure's mean over generators; null when one of them lacks it, or there is none. */
export function macroAverage(all: readonly Measures[]): Measures {
  const mean = (key: MeasureKey) => {
    const values = all.flatMap((measures) => measures[key] ?? []);
    return all.length === 0 || values.length < all.length ? null : values.reduce((a, b) => a + b) / all.length;
  };
  return Object.fromEntries(measureKeys.map((key) => [key, mean(key)])) as Measures;
}

/** Why a measure is null. */
export function whyMissing(
  key: MeasureKey,
  { positives, negatives }: { positives: number; negatives: number },
): string {
  if (positives === 0 && key !== "bpcer") return "there is no positive image";
  if (negatives === 0 && key !== "apcer") return "there is no negative image";
  const [kind, rate] = key.split("@");
  const weight = kind === "tpr" ? Number(rate) : 1 - Number(rate);
  const needed = Math.ceil(1 / weight - 1e-9);
  return `needs at least ${needed} ${kind === "tpr" ? "negative" : "positive"} images`;
}
