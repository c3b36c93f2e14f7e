/** One test set's score rows → its entry in `evaluation.json`. */
import { InputError } from "../base/errors.ts";
import { aucWithInterval } from "./delong.ts";
import { errorRatesAt } from "./error-rates.ts";
import type { TestSetResults } from "./results.ts";
import { equalErrorRate, rocCurve, thinRoc, truePositiveRateAt } from "./roc.ts";
import { requireFiniteScores, type ScoreRow, splitScores } from "./scores.ts";

/** The false positive rates at which a detector in use is judged. */
const judgedRates = [0.001, 0.01, 0.05];

export interface TestSet {
  name: string;
  /** Path of the manifest as it was given. */
  manifest: string;
}

export interface SummaryOptions {
  positiveClass: string;
  /** Chosen on validation scores; see `chooseThreshold`. */
  threshold: number;
  /** Confidence level of the AUC's interval. */
  level?: number;
}

/**
 * Everything that is reported of one test set. A set in which one class is absent has counts and error rates; for what
 * cannot be had without both classes the reason stands in its place.
 * @throws InputError when there is no row, or naming the row whose score is not finite
 */
export function summarise(testSet: TestSet, rows: readonly ScoreRow[], options: SummaryOptions): TestSetResults {
  const { positiveClass, threshold, level = 0.95 } = options;
  if (rows.length === 0) throw new InputError(`test set ${testSet.name} (${testSet.manifest}): it has no images`);
  requireFiniteScores(rows, `test set ${testSet.name}`);
  const scores = splitScores(rows, positiveClass);
  const [positives, negatives] = [scores.positives.length, scores.negatives.length];
  const common = {
    name: testSet.name,
    manifest: testSet.manifest,
    counts: { images: rows.length, positives, negatives, ...countRows(rows) },
    atThreshold: errorRatesAt(rows, positiveClass, threshold),
    classAccuracy: rows.filter((row) => row.predicted === row.label).length / rows.length,
  };
  if (positives === 0 || negatives === 0) {
    const absent = { value: null, reason: `there is no ${positives === 0 ? "positive" : "negative"} image` };
    const tprAtFpr = judgedRates.map((fpr) => ({ fpr, ...absent }));
    return { ...common, auc: absent, tprAtFpr, eer: absent, roc: [] };
  }
  const curve = rocCurve(scores);
  return {
    ...common,
    auc: aucWithInterval(scores, level),
    tprAtFpr: judgedRates.map((fpr) => {
      const value = truePositiveRateAt(curve, fpr);
      if (value !== null) return { fpr, value };
      const reason = `needs at least ${Math.ceil(1 / fpr)} negative images, there are ${negatives}`;
      return { fpr, value, reason };
    }),
    eer: { value: equalErrorRate(curve) },
    roc: thinRoc(curve),
  };
}

/** Labels and sources in the order of their first image. */
function countRows(rows: readonly ScoreRow[]): Pick<TestSetResults["counts"], "byLabel" | "bySource"> {
  const byLabel = new Map<string, { label: string; count: number }>();
  const bySource = new Map<string, { label: string; source: string; count: number }>();
  for (const { label, source } of rows) {
    const key = JSON.stringify([label, source]);
    const ofLabel = byLabel.get(label) ?? { label, count: 0 };
    const ofSource = bySource.get(key) ?? { label, source, count: 0 };
    ofLabel.count++;
    ofSource.count++;
    byLabel.set(label, ofLabel);
    bySource.set(key, ofSource);
  }
  return { byLabel: [...byLabel.values()], bySource: [...bySource.values()] };
}
