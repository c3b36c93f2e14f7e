/** What the analysis of a study finds: plain data, as `analysis.json` holds it and the report reads it. */

import type { LogisticSlope } from "../../evaluation/statistics/logistic.ts";
import type { PermutationTest } from "../../evaluation/statistics/permutation.ts";
import type { Bounds } from "../../evaluation/statistics/wilson.ts";
import type { Condition, SessionState } from "../contract/api.ts";
import type { Protocol } from "../protocol.ts";
import type { PairType } from "../records.ts";

/** What can be missing says why; nothing is ever NaN. */
export type Measured<T = number> = { value: T } | { value: null; reason: string };

export interface StudyAnalysis {
  /** What was planned, as far as the results depend on it. */
  study: Pick<
    Protocol,
    | "name"
    | "title"
    | "question"
    | "pairs"
    | "conditions"
    | "targetJudgements"
    | "practiceTrials"
    | "catchTrials"
    | "minimumLookingMs"
    | "marking"
    | "exclusions"
    | "seed"
  >;
  method: Method;
  /** ISO 8601 of the first and the last committed trial; null without trials. */
  collected: { from: string; to: string } | null;
  /** Who may still come back, so that the numbers may still change. */
  underWay: number;
  flow: Flow;
  /** In the study file's order. */
  conditions: ConditionAnalysis[];
  comparison: Measured<Comparison>;
  /** Everybody to whom trials were assigned, by id. */
  participants: ParticipantAnalysis[];
}

export type { Bounds };

export interface Method {
  /** Of all intervals; tests call significant what has a p of at most one minus this. */
  level: number;
  /** Bootstrap samples of an interval, and random permutations of a test that has too many to try them all. */
  resamples: number;
  permutations: number;
}

export interface Counts {
  all: number;
  /** Null before participants are assigned to conditions. */
  byCondition: Partial<Record<Condition, number>> | null;
}

/** As a CONSORT flow diagram: each step holds those of the step before without its losses. */
export interface Flow {
  steps: {
    name: "joined" | "consented" | "eligible" | "begun" | "analysed";
    participants: Counts;
    /** Who does not come to the next step; each participant for the first reason that holds. */
    losses: { reason: string; participants: Counts }[];
  }[];
  /** Of those who began, who committed all trials. */
  completed: Counts;
}

/** How often something is so among judgements. */
export interface Proportion {
  count: number;
  judgements: number;
  participants: number;
  share: Measured;
  /** Takes all judgements as independent of one another: too narrow where participants differ. */
  wilson: Measured<Bounds>;
  /** Percentile bootstrap that draws whole participants: the one to report. */
  clustered: Measured<Bounds>;
}

/** Of the analysed participants' main trials unless it says otherwise. */
export interface ConditionAnalysis {
  condition: Condition;
  participants: number;
  /** Of pairs that have a right answer. */
  accuracy: Proportion;
  againstChance: AgainstChance;
  sensitivity: Sensitivity;
  /** Accuracy by the source of the image with the target label, and by that of the other image. */
  byTargetSource: SourceAccuracy[];
  byOtherSource: SourceAccuracy[];
  /** How often the left image was chosen, by pair type; only the first type has a right answer. */
  pairs: { pair: PairType; left: Proportion }[];
  learning: Learning;
  responseMs: Times;
  markingMs: Times;
  /** Of all who began. */
  catchTrials: CatchTrials;
  dropOut: DropOut;
  judgements: { committed: ImageJudgements; analysed: ImageJudgements };
}

export interface AgainstChance {
  /** Exact binomial test of all judgements together, as if they were independent. */
  pooled: Measured<{ p: number }>;
  /** Sign-flip test of the participants' accuracies around one half: allows for what a participant's judgements share. */
  byParticipant: Measured<PermutationTest & { meanAccuracy: number }>;
  /** Exact binomial tests of each participant. */
  individuals: {
    tested: number;
    /** Significant by themselves, and how many on either side would be if everybody guessed. */
    above: number;
    below: number;
    expectedOnEachSide: number;
    /** Significant after Holm's adjustment over the condition's participants. */
    aboveAdjusted: number;
    belowAdjusted: number;
  };
}

export interface Sensitivity {
  /** Mean over participants with clustered bootstrap interval. */
  dPrime: Measured<{ mean: number; interval: Measured<Bounds>; participants: number }>;
  /** Mean over participants of the criterion c: above 0 the right side is preferred, below 0 the left. */
  bias: Measured<{ mean: number; interval: Measured<Bounds>; participants: number }>;
  /** From all judgements together. */
  pooled: Measured<{ dPrime: number; bias: number }>;
  /** √2 z of the share right of all judgements together: the d′ of somebody who prefers no side. */
  ofShareCorrect: Measured;
}

export interface SourceAccuracy {
  /** Null for images whose source the manifest does not name. */
  source: string | null;
  accuracy: Proportion;
}

export interface Learning {
  /** Of the participant's main trials number `from` to `to`, 1 the first. */
  bins: { from: number; to: number; accuracy: Proportion }[];
  /** Logistic regression of being right, for every ten main trials. */
  slope: Measured<LogisticSlope>;
}

/** Milliseconds. */
export interface Quartiles {
  judgements: number;
  q1: number;
  median: number;
  q3: number;
}

export interface Times {
  all: Measured<Quartiles>;
  correct: Measured<Quartiles>;
  wrong: Measured<Quartiles>;
}

export interface CatchTrials {
  committed: number;
  failed: number;
  /** Participants, among those who did one at least, by how many they failed. */
  participants: { failed: number; participants: number }[];
}

export interface DropOut {
  began: number;
  left: number;
  /** Kaplan–Meier estimate of the share that does more than so many trials. */
  curve: { trials: number; staying: number }[];
}

/** Images to be judged, by how many judgements they have. */
export interface ImageJudgements {
  images: number;
  atTarget: number;
  mean: Measured;
  /** Ascending. */
  histogram: { judgements: number; images: number }[];
}

/** Choice-and-mark above choice-only. */
export interface Comparison {
  /** Of the means of the participants' accuracies, −1 … 1. */
  difference: number;
  interval: Measured<Bounds>;
  /** The difference in standard deviations of participants (Cohen's d, pooled deviation). */
  cohensD: Measured;
  test: PermutationTest;
  /** Geometric mean of the participants' median response times over that of the other condition. */
  responseTime: { ratio: number; interval: Measured<Bounds>; test: PermutationTest };
}

export interface ParticipantAnalysis {
  id: number;
  condition: Condition;
  state: SessionState;
  trials: { assigned: number; committed: number };
  /** The reason for which the participant is left out; null for who is analysed. */
  excluded: string | null;
  correct: number;
  /** Main trials that have a right answer. */
  judgements: number;
  accuracy: Measured;
  /** Exact, two-sided, against chance; adjusted over the analysed of the condition. */
  p: Measured;
  adjustedP: Measured;
  dPrime: Measured;
  bias: Measured;
  medianResponseMs: Measured;
  leftChosen: Measured;
  failedCatchTrials: number;
}
