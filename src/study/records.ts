/** What a study has recorded, as analysis, maps, exports and pages read it. Plain data: no database, no clock. */
import type { Condition, SessionState, Side, TrialResult } from "./contract/api.ts";

export interface ImageRecord {
  id: number;
  /** As the manifest has it. */
  name: string;
  /** Absolute path of the original. */
  file: string;
  label: string;
  /** Where it comes from, mostly the generator; null where the manifest says nothing. */
  source: string | null;
  /** The manifest's map, absolute: where the evidence is known to lie. For simulated participants only. */
  saliency: string | null;
  role: "main" | "practice" | "catch";
  /** Pixels of the original, upright. */
  width: number;
  height: number;
}

export interface ParticipantRecord {
  id: number;
  /** Null until trials are assigned. */
  condition: Condition | null;
  state: SessionState;
  /** ISO 8601, UTC. */
  joinedAt: string;
  begunAt: string | null;
  finishedAt: string | null;
  lastSeenAt: string;
  answersBefore: Record<string, unknown> | null;
  answersAfter: Record<string, unknown> | null;
  consentVersion: string | null;
  /** Trials assigned, practice and catch trials included. */
  trials: number;
}

export type TrialKind = "practice" | "catch" | "main";
export type PairType = "target-other" | "target-target" | "other-other";

/** A committed trial. */
export interface TrialRecord extends TrialResult {
  id: number;
  participant: number;
  condition: Condition;
  /** In the participant's order, 0 first. */
  position: number;
  kind: TrialKind;
  pair: PairType;
  /** Ids of images. */
  left: number;
  right: number;
  /** The side of the image with the target label; null in pairs that have no right answer. */
  answer: Side | null;
  correct: boolean | null;
  /** ISO 8601, UTC. */
  committedAt: string;
}

export interface StudyRecords {
  images: ImageRecord[];
  participants: ParticipantRecord[];
  /** By participant and position. */
  trials: TrialRecord[];
}
