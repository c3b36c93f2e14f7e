/** The tables of one study, as Kysely knows them. Each study has a schema of its own: several may share a database. */
import { createHash } from "node:crypto";
import type { Generated, Insertable, JSONColumnType, Selectable } from "kysely";
import type { Condition, SessionState, Side, TrialResult } from "../contract/api.ts";
import type { PairType, TrialKind } from "../records.ts";

/** The images as they were when the study began: an id must not come to mean another image. */
export interface ImagesTable {
  id: number;
  name: string;
  /** Of its content, role and label. */
  fingerprint: string;
}

/** Changed only by those who hold the assignment lock. */
export interface ImageCountsTable {
  image: number;
  condition: Condition;
  /** Judgements committed, and those that participants under way are assigned to give. */
  assigned: number;
}

type Json<T extends object> = JSONColumnType<T, string, string>;

export interface ParticipantsTable {
  id: Generated<number>;
  /** SHA-256; the token itself is the participant's alone. */
  token_hash: string;
  /** As the platform names participant, study and session; taken out when records are deleted. */
  recruitment: Json<object> | null;
  /** A keyed hash of the platform's participant, which stays: nobody takes part twice. */
  recruitment_key: string | null;
  condition: Condition | null;
  state: SessionState;
  joined_at: Date;
  begun_at: Date | null;
  finished_at: Date | null;
  last_seen_at: Date;
  consent_version: string | null;
  answers_before: Json<Record<string, unknown>> | null;
  answers_after: Json<Record<string, unknown>> | null;
  /** Trials assigned. */
  total: Generated<number>;
  /** Trials committed; the position of the next. */
  done: Generated<number>;
  /** The completion code, from the moment the study is complete. */
  code: string | null;
}

export interface TrialsTable {
  id: Generated<number>;
  participant: number;
  position: number;
  kind: TrialKind;
  pair: PairType;
  left_image: number;
  right_image: number;
  answer: Side | null;
  rest: boolean;
  /** From here on null until the trial is committed. */
  committed_at: Date | null;
  /** SHA-256 of what was committed: the same again is no second trial. */
  body_hash: string | null;
  choice: Side | null;
  correct: boolean | null;
  response_ms: number | null;
  marking_ms: number | null;
  chosen_by: TrialResult["chosenBy"] | null;
  strokes: Json<TrialResult["strokes"]> | null;
  undone: number | null;
  display: Json<TrialResult["display"]> | null;
  blurred: number | null;
}

/** Which images a participant sees in which trial, so that the database itself refuses to show one twice. */
export interface TrialImagesTable {
  trial: number;
  participant: number;
  image: number;
}

export interface StudyTables {
  images: ImagesTable;
  image_counts: ImageCountsTable;
  participants: ParticipantsTable;
  trials: TrialsTable;
  trial_images: TrialImagesTable;
}

export type Participant = Selectable<ParticipantsTable>;
export type NewTrial = Insertable<TrialsTable>;

/** The study's schema in the database. */
export function schemaOf(studyName: string): string {
  return `study_${studyName.replaceAll("-", "_")}`;
}

/** SHA-256 as base64url. */
export function sha256(content: string): string {
  return createHash("sha256").update(content).digest("base64url");
}
