/**
 * What the researcher's pages and the server say to each other, JSON over HTTP under `/api/researcher`. Types only: the
 * pages import them, the server answers with them. Participants are numbers here; what a recruitment platform calls them
 * is never shown.
 *
 * POST /login               { password } or { token } → 204 and the session's cookie; 401, 429 with Retry-After
 * POST /logout              → 204
 * GET  /live                → Live
 * GET  /images              ImagesQuery → Page<ImageRow>
 * GET  /images/:id          → ImageDetail
 * GET  /images/:id/picture  the image as participants see it
 * GET  /images/:id/thumbnail  the same, at most `thumbnailSide` pixels
 * GET  /participants        ParticipantsQuery → Page<ParticipantRow>
 * GET  /participants/:id    → ParticipantDetail
 * GET  /trials/:id          → TrialDetail
 *
 * Errors are `Refusal`, as participants get them.
 */

import type { ImageRecord, PairType, ParticipantRecord, TrialKind, TrialRecord } from "../records.ts";
import type { Condition, SessionState, Side } from "./api.ts";
import type { Stroke } from "./strokes.ts";

/** A share with its 95 % Wilson interval; null where nothing was counted. */
export interface Share {
  correct: number;
  of: number;
  share: number;
  low: number;
  high: number;
}

/** Milliseconds; of main trials. */
export interface Quantiles {
  count: number;
  p10: number;
  p25: number;
  p50: number;
  p75: number;
  p90: number;
}

export interface Live {
  title: string;
  question: string;
  conditions: Condition[];
  /** Judgements wanted of each image in each condition. */
  targetJudgements: number;
  /** Catch trials of each participant, and how many may fail by the study's exclusion rule; null without such a rule. */
  catchTrials: number;
  catchFailuresAllowed: number | null;
  /** ISO 8601: when these numbers were read, and when somebody last joined, answered or committed a trial. */
  readAt: string;
  lastActivityAt: string | null;
  /** For so many seconds whoever asks gets the same numbers again. */
  reusedForSeconds: number;
  participants: { state: SessionState; condition: Condition | null; count: number }[];
  /** Committed trials of all kinds. */
  trials: number;
  /** Main images by the judgements they have in a condition: `images` of them have exactly `judgements`. */
  judgements: { condition: Condition; total: number; images: { judgements: number; images: number }[] }[];
  /** Main trials that have a right answer, of every participant: exclusions belong to the analysis. */
  accuracy: { condition: Condition; participants: number; result: Share | null }[];
  times: { condition: Condition; response: Quantiles | null; marking: Quantiles | null }[];
  /** Participants by the catch trials they failed, among those who did at least one. */
  catches: { condition: Condition; failed: number; participants: number }[];
  /** Kaplan–Meier estimate of the share still taking part after so many trials; whoever is under way is censored. */
  dropOut: { condition: Condition; began: number; left: number; curve: { trials: number; staying: number }[] }[];
}

export interface Page<Row> {
  rows: Row[];
  /** Of all pages. */
  total: number;
  /** First page is 1. */
  page: number;
  pageSize: number;
}

export const imageSorts = ["id", "name", "source", "judgements", "marked", "accuracy"] as const;
export const participantSorts = ["id", "state", "condition", "done", "accuracy", "time", "lastSeen"] as const;
export const imageRoles = ["main", "practice", "catch"] as const satisfies readonly ImageRecord["role"][];
/** Pixels on the longest side of a thumbnail. */
export const thumbnailSide = 360;

export interface ImagesQuery {
  page: number;
  pageSize: number;
  sort: (typeof imageSorts)[number];
  descending: boolean;
  role: (typeof imageRoles)[number];
  /** Part of the name, label or source, in any case. */
  search?: string;
}

export interface ImageRow {
  id: number;
  name: string;
  label: string;
  source: string | null;
  role: ImageRecord["role"];
  /** Pixels of the picture as shown. */
  width: number;
  height: number;
  /** Committed trials that showed it, by condition. */
  judgements: Partial<Record<Condition, number>>;
  /** Of them, those in which it was marked. */
  marked: number;
  /** Of the trials with a right answer; null where there was none. */
  accuracy: Share | null;
}

/** One committed trial, as it concerns one image. */
export interface ImageJudgement {
  trial: number;
  participant: number;
  condition: Condition;
  kind: TrialKind;
  pair: PairType;
  /** Whether this image was chosen. */
  chosen: boolean;
  correct: boolean | null;
  responseMs: number;
  /** What was drawn on it; empty where it was not to be marked. */
  strokes: Stroke[];
}

/** So many of an image's judgements are listed, the latest; practice images are judged by everyone. */
export const mostListed = 200;

export interface ImageDetail extends ImageRow {
  /** The latest first. */
  list: ImageJudgement[];
}

export interface ParticipantsQuery {
  page: number;
  pageSize: number;
  sort: (typeof participantSorts)[number];
  descending: boolean;
  state?: SessionState;
  condition?: Condition;
}

export interface ParticipantRow extends Omit<ParticipantRecord, "answersBefore" | "answersAfter"> {
  /** Committed trials of all kinds. */
  done: number;
  /** Of the main trials with a right answer. */
  accuracy: Share | null;
  catchesFailed: number;
  /** Milliseconds, of the main trials. */
  medianResponseMs: number | null;
  /** How often the page lost focus, over all trials. */
  blurred: number;
}

export interface ShownImage {
  id: number;
  name: string;
  label: string;
  source: string | null;
  width: number;
  height: number;
}

/** A committed trial without its strokes, which TrialDetail has. */
export interface TrialRow extends Omit<TrialRecord, "strokes" | "left" | "right"> {
  left: ShownImage;
  right: ShownImage;
  strokeCount: number;
}

export interface ParticipantDetail extends ParticipantRow {
  question: string;
  /** In the order in which they are asked. */
  answers: { form: "before" | "after"; id: string; question: string; answer: unknown }[];
  list: TrialRow[];
}

export interface TrialDetail {
  id: number;
  strokes: Record<Side, Stroke[]>;
}
