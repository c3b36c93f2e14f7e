/** `evaluation.json` of a run folder: what the schemas say is what is checked on reading, and what the types are. */
import { join } from "node:path";
import { z } from "zod";
import { writeFileAtomic } from "../base/files.ts";
import { checkSchema, readJsonFile } from "../base/schema.ts";
import { errorRates, thresholdRule } from "./error-rates.ts";

/** A test set's name is also the name of its score file. */
export const testSetName = z
  .string()
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N} ._-]*$/u,
    "a test set's name is of letters, digits, spaces and . _ - and begins with a letter or digit",
  );

/** A number that could not be computed, and why. */
const unavailable = z.strictObject({ value: z.null(), reason: z.string() });

const rate = z.number().min(0).max(1);

export const testSetResults = z.strictObject({
  name: testSetName,
  /** Path of the manifest as it was given. */
  manifest: z.string(),
  counts: z.strictObject({
    images: z.int().min(1),
    positives: z.int(),
    negatives: z.int(),
    byLabel: z.array(z.strictObject({ label: z.string(), count: z.int() })),
    /** The source is empty where the manifest names none. */
    bySource: z.array(z.strictObject({ label: z.string(), source: z.string(), count: z.int() })),
  }),
  /** With DeLong's interval; see `aucWithInterval`. */
  auc: z.union([z.strictObject({ value: rate, low: rate, high: rate, level: rate }), unavailable]),
  /** See `truePositiveRateAt`. */
  tprAtFpr: z.array(z.union([z.strictObject({ fpr: rate, value: rate }), unavailable.extend({ fpr: rate })])),
  eer: z.union([z.strictObject({ value: rate }), unavailable]),
  /** At the threshold of the whole evaluation. */
  atThreshold: errorRates,
  /** Share of images whose class with the greatest logit is the true one; needs no threshold. */
  classAccuracy: rate,
  /** Points [FPR, TPR] for a figure, see `thinRoc`; none when a class is absent. */
  roc: z.array(z.tuple([rate, rate])),
});
export type TestSetResults = z.infer<typeof testSetResults>;

export const evaluationResults = z.strictObject({
  /** The class that scores speak of; all others are the negatives. */
  positiveClass: z.string(),
  /** In the order of the network's outputs. */
  classes: z.array(z.string()).min(2),
  threshold: z.strictObject({
    /** A log-odds score: at least this is called positive. */
    value: z.number(),
    rule: thresholdRule,
    /** The images whose scores it was chosen on. */
    from: z.strictObject({ split: z.string(), manifest: z.string() }),
  }),
  testSets: z.array(testSetResults),
});
export type EvaluationResults = z.infer<typeof evaluationResults>;

const evaluationFile = (runFolder: string) => join(runFolder, "evaluation.json");

/** Writes `evaluation.json`, wholly or not at all. */
export function writeEvaluation(runFolder: string, results: EvaluationResults): void {
  const file = evaluationFile(runFolder);
  writeFileAtomic(file, `${JSON.stringify(checkSchema(evaluationResults, results, file), null, 1)}\n`);
}

/** @throws InputError naming file and field when it is missing or not what `writeEvaluation` writes */
export function readEvaluation(runFolder: string): EvaluationResults {
  return readJsonFile(evaluationResults, evaluationFile(runFolder));
}
