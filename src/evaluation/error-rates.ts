/**
 * The errors of a decision, at a threshold that was chosen elsewhere: on validation scores, never on the test set that is
 * judged. In the terms of ISO/IEC 30107-3, a positive image is an attack and any other is bona fide.
 */
import { z } from "zod";
import { InputError } from "../base/errors.ts";
import type { SplitScores } from "./ranking.ts";
import { lastPointWithin, type RocCurve, rocCurve } from "./roc.ts";
import type { ScoreRow } from "./scores.ts";

/**
 * How a threshold is chosen from validation scores: where both error rates are nearest to each other, or as low as a
 * stated share of the negatives allows.
 */
export const thresholdRule = z.discriminatedUnion("rule", [
  z.strictObject({ rule: z.literal("eer") }),
  z.strictObject({ rule: z.literal("fpr"), fpr: z.number().gt(0).lt(1) }),
]);
export type ThresholdRule = z.infer<typeof thresholdRule>;

/**
 * The threshold, always finite: an image is called positive when its score is at least this. It lies halfway between two
 * neighbouring scores, so that it does not lean toward either class.
 * @param validation the scores of the validation set
 * @throws InputError when a class is missing, or the negatives are too few to resolve the stated rate
 */
export function chooseThreshold(validation: SplitScores, rule: ThresholdRule = { rule: "eer" }): number {
  const { positives, negatives } = validation;
  if (positives.length === 0 || negatives.length === 0)
    throw new InputError(
      `a threshold needs both classes in validation, which has ${positives.length} positive and ${negatives.length} negative images`,
    );
  if (rule.rule === "fpr" && 1 / negatives.length > rule.fpr)
    throw new InputError(
      `a threshold at a false positive rate of ${rule.fpr} needs at least ${Math.ceil(1 / rule.fpr)} negative images in validation, which has ${negatives.length}`,
    );
  const curve = rocCurve(validation);
  const point = rule.rule === "eer" ? mostEqualPoint(curve) : lastPointWithin(curve, rule.fpr);
  return thresholdOf(curve, point);
}

/** The index of the point at which FPR and FNR differ least; of two alike, the one with the smaller sum of both. */
function mostEqualPoint({ falsePositiveRate, truePositiveRate }: RocCurve): number {
  let best = 0;
  let least = [Number.POSITIVE_INFINITY, 0];
  for (let i = 0; i < falsePositiveRate.length; i++) {
    const fnr = 1 - truePositiveRate[i];
    const [gap, total] = [Math.abs(falsePositiveRate[i] - fnr), falsePositiveRate[i] + fnr];
    if (gap < least[0] || (gap === least[0] && total < least[1])) {
      best = i;
      least = [gap, total];
    }
  }
  return best;
}

/** A finite number that calls positive what the point does, and nothing else. */
function thresholdOf({ threshold }: RocCurve, point: number): number {
  const lowestAccepted = threshold[point];
  const highestRefused = threshold[point + 1] ?? Number.NEGATIVE_INFINITY;
  if (point === 0) return highestRefused + Math.max(Math.abs(highestRefused) * Number.EPSILON, Number.MIN_VALUE);
  if (highestRefused === Number.NEGATIVE_INFINITY) return lowestAccepted;
  const halfway = highestRefused / 2 + lowestAccepted / 2;
  // Between two neighbouring floating-point numbers there is none.
  return halfway > highestRefused ? halfway : lowestAccepted;
}

/** Rates are null where the class that they are a share of is absent. */
export const errorRates = z.strictObject({
  /** Share of images on the right side of the threshold. */
  accuracy: z.number(),
  confusion: z.strictObject({
    truePositives: z.int(),
    falseNegatives: z.int(),
    falsePositives: z.int(),
    trueNegatives: z.int(),
  }),
  /** Attack presentation classification error rate by source: the share of its positive images that are missed. */
  apcerBySource: z.array(z.strictObject({ source: z.string(), count: z.int(), apcer: z.number() })),
  /** The APCER of the worst source, which is the APCER of the standard. */
  apcer: z.number().nullable(),
  /** Bona fide presentation classification error rate: the share of negative images that are called positive. */
  bpcer: z.number().nullable(),
  /** (APCER + BPCER) / 2 */
  acer: z.number().nullable(),
});
export type ErrorRates = z.infer<typeof errorRates>;

/** The errors on `rows`, one or more; sources in the order of their first image. */
export function errorRatesAt(rows: readonly ScoreRow[], positiveClass: string, threshold: number): ErrorRates {
  const missedBySource = new Map<string, { count: number; missed: number }>();
  let falsePositives = 0;
  let negatives = 0;
  for (const { label, source, score } of rows) {
    if (label === positiveClass) {
      const tally = missedBySource.get(source) ?? { count: 0, missed: 0 };
      missedBySource.set(source, tally);
      tally.count++;
      if (score < threshold) tally.missed++;
    } else {
      negatives++;
      if (score >= threshold) falsePositives++;
    }
  }
  const apcerBySource = [...missedBySource].map(([source, { count, missed }]) => ({
    source,
    count,
    apcer: missed / count,
  }));
  const falseNegatives = [...missedBySource.values()].reduce((total, { missed }) => total + missed, 0);
  const apcer = apcerBySource.length > 0 ? Math.max(...apcerBySource.map((entry) => entry.apcer)) : null;
  const bpcer = negatives > 0 ? falsePositives / negatives : null;
  return {
    accuracy: 1 - (falseNegatives + falsePositives) / rows.length,
    confusion: {
      truePositives: rows.length - negatives - falseNegatives,
      falseNegatives,
      falsePositives,
      trueNegatives: negatives - falsePositives,
    },
    apcerBySource,
    apcer,
    bpcer,
    acer: apcer !== null && bpcer !== null ? (apcer + bpcer) / 2 : null,
  };
}
