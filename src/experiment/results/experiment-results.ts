/** What an experiment has shown, as plain JSON: everything that tables, figures and the page are made from. */
import type { AttentionEntry } from "../../evaluation/attention-file.ts";
import type { EffectSize } from "../../evaluation/statistics/effect-size.ts";
import type { MannWhitneyTest } from "../../evaluation/statistics/mann-whitney.ts";
import type { WelchTest } from "../../evaluation/statistics/welch.ts";
import type { Condition } from "../../study/contract/api.ts";
import type { RunState } from "../run-status.ts";
import type { MeasureKey } from "./measures.ts";

/** What can be missing says why; nothing is ever NaN. */
export type Measured<T> = { value: T; reason?: never } | { value: null; reason: string };

export interface ExperimentResults {
  name: string;
  /** The class that scores speak of; null while no run is done. */
  positiveClass: string | null;
  /** The file's ways to train, a strategy once for each α. */
  arms: Arm[];
  networks: string[];
  testSets: TestSetEntry[];
  /** All that are planned. */
  runs: RunEntry[];
  /** Every arm × network × test set, with no run done as with many. */
  cells: Cell[];
  comparisons: Comparison[];
  /** Of intervals; 1 − level is what tests are judged at. */
  level: number;
  training: TrainingCurve[];
  attention: AttentionCell[];
  /** The mean CAM of each run and class over all test sets. */
  cams: RunCam[];
  /** How well people agree with one another: the correlation that no model can be expected to surpass. */
  humanCeiling: Measured<HumanCeiling>;
  humans: Measured<HumanAccuracy>;
}

export interface Arm {
  /** The strategy's name, with `α=…` where it has several. Names are distinct. */
  name: string;
  strategy: string;
  /** Null where nothing is blended by it. */
  alpha: number | null;
}

export interface TestSetEntry {
  name: string;
  /** Paths of the manifests; several for the pool of all sets. */
  manifests: string[];
  /** All sets in one, an image that is in two of them counted once. */
  pooled: boolean;
  images: Measured<{ positives: number; negatives: number }>;
}

export interface RunEntry {
  id: string;
  name: string;
  arm: string;
  network: string;
  seed: number;
  /** The run folder, relative to the experiment's. */
  folder: string;
  state: RunState;
  /** Why it has no part in the results; null for a run that has. */
  missing: string | null;
  /** An epoch's, of runs that have a part. */
  trainingImages: number | null;
}

/** Over the seeds of an arm. */
export interface Summary {
  mean: number;
  /** The sample standard deviation; null of a single run. */
  sd: number | null;
  /** Run by run, in the order of the cell's runs. */
  values: number[];
}

export type MeasureSummaries = Record<MeasureKey, Measured<Summary>>;

export interface Cell {
  arm: string;
  network: string;
  testSet: string;
  /** Ids of the runs that it is made of. */
  runs: string[];
  /** Over all images of the set. */
  pooled: MeasureSummaries;
  /** The mean over generators of what each gives, its images against all negatives of its test set. */
  macro: MeasureSummaries;
  generators: GeneratorSummary[];
  /** Vertical average of the runs' curves; null when a class is missing or no run is done. */
  roc: { fpr: number[]; mean: number[]; sd: number[] | null } | null;
}

export interface GeneratorSummary {
  /** Empty where the manifest does not say. */
  source: string;
  /** The test set that it is in, which tells the negatives. */
  testSet: string;
  images: number;
  auc: Measured<Summary>;
  /** The share of its images that are missed at the threshold. */
  apcer: Measured<Summary>;
}

/** Of AUCs: how far `first` is above `second`. */
export interface Comparison {
  network: string;
  testSet: string;
  first: string;
  second: string;
  welch: Measured<WelchTest & { adjustedP: number }>;
  mannWhitney: Measured<MannWhitneyTest & { adjustedP: number }>;
  effect: Measured<EffectSize>;
  /** For the effect found, if it were the true one, to show itself at 80 %. */
  runsNeeded: Measured<RunsNeeded>;
  /** The same seed with both, on the same images. */
  delong: Measured<SeedPair[]>;
}

export interface RunsNeeded {
  /** Of each arm. */
  each: number;
  /** More than there are. */
  moreFirst: number;
  moreSecond: number;
}

export interface SeedPair {
  seed: number;
  first: string;
  second: string;
  difference: number;
  low: number;
  high: number;
  /** Null where the test does not apply. */
  p: number | null;
  /** By Holm over all seed pairs of the experiment. */
  adjustedP: number | null;
}

export interface TrainingCurve {
  arm: string;
  network: string;
  /** Over the runs that have come so far. */
  epochs: { epoch: number; accuracy: Summary }[];
}

export interface AttentionCell {
  arm: string;
  network: string;
  /** All test sets together, or the validation images. */
  images: "test sets" | "validation";
  label: string;
  runs: string[];
  /** Pearson's correlation of the runs' mean CAMs, over all pairs of runs. */
  consistency: Measured<{ mean: number; least: number; greatest: number; pairs: number }>;
  entropy: Measured<Summary>;
  alignment: Measured<{ images: number } & Record<"pearson" | "spearman" | "topIou" | "kl", Summary>>;
  /** Mean Pearson's correlation over the ceiling. */
  ofCeiling: Measured<number>;
}

export interface RunCam {
  run: string;
  label: string;
  map: AttentionEntry["mean"];
}

export interface HumanCeiling {
  study: string;
  /** Mean split-half correlation of an image's map, for all its people by Spearman–Brown. */
  value: number;
  images: number;
}

export interface HumanAccuracy {
  title: string;
  conditions: {
    condition: Condition;
    /** In forced choice; the interval draws whole participants where it can. */
    generators: { source: string; accuracy: number; low: number; high: number; judgements: number }[];
  }[];
}
