/** How well a network tells the classes apart on images it never saw, and how sure that is. */
export { type AttentionEntry, readAttention, writeAttention } from "./attention-file.ts";
export { type AucEstimate, aucWithInterval, type PairedTest, pairedDelongTest } from "./delong.ts";
export { chooseThreshold, type ErrorRates, errorRatesAt, type ThresholdRule, thresholdRule } from "./error-rates.ts";
export { type MapEntry, mapEntry, readMapIndex, writeMapIndex } from "./map-index.ts";
export { auc, type SplitScores } from "./ranking.ts";
export {
  type EvaluationResults,
  evaluationResults,
  readEvaluation,
  type TestSetResults,
  testSetName,
  testSetResults,
  writeEvaluation,
} from "./results.ts";
export { equalErrorRate, falsePositiveRateAt, type RocCurve, rocCurve, thinRoc, truePositiveRateAt } from "./roc.ts";
export { type ScoreRow, scoreLogits, splitScores } from "./scores.ts";
export { readScores, scoresPath, writeScores } from "./scores-file.ts";
export { type SummaryOptions, summarise, type TestSet } from "./summarise.ts";
