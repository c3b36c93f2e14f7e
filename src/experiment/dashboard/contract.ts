/**
 * What the dashboard's pages and its server say to each other, JSON over HTTP under `/api`. Types only: the pages import
 * them, the server answers with them. Runs are named by their ids, sets and images by their numbers, never by paths.
 *
 * POST /login                          { token } → 204 and the session's cookie; only where the server asks for a token
 * GET  /events                         server-sent: `overview` (Overview), then `runs` (RunRow[]: those that changed)
 * GET  /overview                       → Overview
 * GET  /runs/:run                      → RunDetail
 * GET  /runs/:run/pictures/:number     a picture of RunDetail
 * GET  /curves?runs=…                  → RunCurve[]
 * GET  /comparison?runs=…              → Comparison
 * GET  /sets/:set/images               ImagesQuery → ImagesPage
 * GET  /sets/:set/images/:image        → ImageDetail
 * GET  /sets/:set/images/:image/picture?size=small|large
 * GET  /sets/:set/images/:image/map    → PlainMap
 * GET  /sets/:set/images/:image/cams/:run  → CamAnswer; asked again while it is computing
 *
 * Errors are `Refusal`, as the study's pages get them.
 */
import type { Alignment } from "../../evaluation/attention.ts";
import type { Measured, Summary } from "../results/index.ts";
import type { RunStatus } from "../run-status.ts";

export interface Overview {
  name: string;
  /** Why the plan cannot be read, in one line; what is shown beside it is what was last known. */
  trouble: string | null;
  /** Names of the ways to train: a strategy, with α where it has several. */
  arms: string[];
  networks: string[];
  seeds: number[];
  sets: { name: string; kind: "test" | "training" | "validation" }[];
  /** In the plan's order. */
  runs: RunRow[];
}

export interface RunRow extends Omit<RunStatus, "state" | "evaluated"> {
  name: string;
  arm: string;
  network: string;
  seed: number;
  /** `unreadable`: its status file is not what it should be, and `error` says why. */
  state: RunStatus["state"] | "unreadable";
  /** Done, but evaluated on other test sets or at another threshold than the plan's. */
  stale: boolean;
  /** Changes when the run has written of another epoch. */
  metrics: number;
  /** Whether there are weights that a CAM can be made with. */
  weights: boolean;
}

export interface CurvePoint {
  epoch: number;
  loss: number;
  crossEntropy: number;
  guidance: number | null;
  auc: number | null;
  accuracy: number;
}

export interface RunCurve {
  run: string;
  /** As many as can be read. */
  points: CurvePoint[];
  /** Why there are no more of them, in one line. */
  trouble: string | null;
}

/** Of an evaluation; all but AUC and EER at the threshold that was chosen on validation. */
export type MeasureName = "auc" | "eer" | "apcer" | "bpcer" | "acer" | "accuracy";
export type RunMeasures = Record<MeasureName, number | null>;

export interface Comparison {
  runs: ComparedRun[];
  /** Each way to train × network × test set of the runs that have results. */
  cells: ComparedCell[];
}

export interface ComparedRun {
  run: string;
  /** In the order of the run's evaluation. */
  sets: { testSet: string; measures: RunMeasures }[];
  /** Why it has no results. */
  trouble: string | null;
}

export interface ComparedCell {
  arm: string;
  network: string;
  testSet: string;
  runs: string[];
  measures: Record<MeasureName, Measured<Summary>>;
}

export interface RunDetail {
  run: string;
  /** Of the experiment's folder, with / between. */
  folder: string;
  /** How the run is trained, in YAML. */
  settings: string;
  results: ComparedRun;
  pictures: { kind: "mean-cam" | "overlay"; testSet: string; label: string; caption: string; score?: number }[];
}

export interface ImagesPage {
  total: number;
  page: number;
  pageSize: number;
  /** All that the set has, to choose from. */
  labels: string[];
  sources: string[];
  images: ImageRow[];
}

export interface ImageRow {
  /** Its number in the set, from 0. */
  image: number;
  name: string;
  label: string;
  source: string;
  /** Whether its manifest names a map of where people looked. */
  map: boolean;
}

export interface ImageDetail extends ImageRow {
  set: string;
  /** Images in the set. */
  of: number;
  /** Pixels. */
  width: number;
  height: number;
}

/** Rows from the top; in 0..1. */
export interface PlainMap {
  width: number;
  height: number;
  values: number[];
}

export interface Cam {
  /** The class that the network answers. */
  predicted: string;
  /** Log-odds of the positive class, and its probability. */
  score: number;
  probability: number;
  positive: string;
  /** What the network sees as evidence for each class, and how it agrees with the image's map. */
  classes: { label: string; map: PlainMap; alignment: Alignment | null }[];
}

export type CamAnswer =
  | { state: "done"; cam: Cam }
  /** `before`: how many are computed first. */
  | { state: "computing"; before: number }
  | { state: "failed"; message: string };
