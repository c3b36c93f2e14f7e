/** A participant's own steps: joining, being recognised, and where they stand. */
import { sql } from "kysely";
import type { SessionState } from "../contract/api.ts";
import type { StudyDatabase } from "./study-database.ts";
import type { Participant } from "./tables.ts";

export interface NewParticipant {
  tokenHash: string;
  recruitment: object | null;
  recruitmentKey: string | null;
  now: Date;
}

/**
 * Takes a participant in. Whoever was taken in before by the same recruitment key and has not consented yet gets the new
 * token: the answer that held the first one may have been lost on its way.
 * @returns false when that recruitment key takes part already
 */
export async function joinParticipant({ db }: StudyDatabase, participant: NewParticipant): Promise<boolean> {
  const { tokenHash, recruitment, recruitmentKey, now } = participant;
  const values = {
    token_hash: tokenHash,
    recruitment: recruitment === null ? null : JSON.stringify(recruitment),
    joined_at: now,
    last_seen_at: now,
  };
  const joined = await db
    .insertInto("participants")
    .values({ ...values, recruitment_key: recruitmentKey, state: "consent" })
    .onConflict((conflict) =>
      conflict.column("recruitment_key").doUpdateSet(values).where("participants.state", "=", "consent"),
    )
    .returning("id")
    .executeTakeFirst();
  return joined !== undefined;
}

/** A trial as it was planned, and whether it is committed. */
export interface PlannedRow {
  id: number;
  position: number;
  kind: "practice" | "catch" | "main";
  left_image: number;
  right_image: number;
  answer: "left" | "right" | null;
  rest: boolean;
  body_hash: string | null;
  correct: boolean | null;
}

export interface Standing {
  participant: Participant;
  /** Those to be done, and the one asked for; by position. */
  trials: PlannedRow[];
}

/** All that a request needs to know, in one query. @param trial also to be found, if it is this participant's */
export async function findStanding(
  { db }: StudyDatabase,
  tokenHash: string,
  trial: number | null = null,
): Promise<Standing | undefined> {
  const rows = await db
    .selectFrom("participants")
    .leftJoin("trials", (join) =>
      join
        .onRef("trials.participant", "=", "participants.id")
        .on((on) =>
          on.or([on("trials.id", "=", trial), on("trials.position", ">=", sql.ref<number>("participants.done"))]),
        ),
    )
    .where("participants.token_hash", "=", tokenHash)
    .selectAll("participants")
    .select([
      "trials.id as trial_id",
      "trials.position",
      "trials.kind",
      "trials.left_image",
      "trials.right_image",
      "trials.answer",
      "trials.rest",
      "trials.body_hash",
      "trials.correct",
    ])
    .orderBy("trials.position")
    .execute();
  if (rows.length === 0) return undefined;
  const trials = rows.flatMap(
    ({ trial_id, position, kind, left_image, right_image, answer, rest, body_hash, correct }) =>
      trial_id === null
        ? []
        : [{ id: trial_id, position, kind, left_image, right_image, answer, rest, body_hash, correct } as PlannedRow],
  );
  return { participant: rows[0], trials };
}

/** Whether a trial that has not been taken back shows this image on this side. */
export async function trialShows(
  { db }: StudyDatabase,
  trial: number,
  side: "left" | "right",
  image: number,
): Promise<boolean> {
  const found = await db
    .selectFrom("trials")
    .where("id", "=", trial)
    .where(side === "left" ? "left_image" : "right_image", "=", image)
    .select("id")
    .executeTakeFirst();
  return found !== undefined;
}

/** The participant is there. */
export async function markSeen({ db }: StudyDatabase, participant: number, now: Date): Promise<void> {
  await db.updateTable("participants").set({ last_seen_at: now }).where("id", "=", participant).execute();
}

/**
 * A step of the participant's own that moves no trials.
 * @returns false when they were not in the state `from` any more
 */
export async function step(
  { db }: StudyDatabase,
  participant: number,
  from: SessionState,
  change: ParticipantChange,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("participants")
    .set(change)
    .where("id", "=", participant)
    .where("state", "=", from)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export type ParticipantChange = Partial<{
  state: SessionState;
  consent_version: string;
  /** JSON. */
  answers_before: string;
  answers_after: string;
  last_seen_at: Date;
  finished_at: Date;
  code: string;
}>;
