/** A study's records, read for analysis, maps, exports and the researcher's pages. */
import { sql } from "kysely";
import type { JoinBody } from "../contract/api.ts";
import type { ParticipantRecord, StudyRecords, TrialRecord } from "../records.ts";
import type { StudyDatabase } from "./study-database.ts";

/** Everything at once, as it was at one moment. */
export async function readRecords(database: StudyDatabase): Promise<StudyRecords> {
  const participants = await readParticipants(database);
  const trials: TrialRecord[] = [];
  for await (const trial of streamTrials(database)) trials.push(trial);
  // Somebody may have committed a trial or joined meanwhile.
  const known = new Set(participants.map(({ id }) => id));
  return {
    images: database.study.images,
    participants,
    trials: trials.filter(({ participant }) => known.has(participant)),
  };
}

export async function readParticipants({ db }: StudyDatabase): Promise<ParticipantRecord[]> {
  const rows = await db.selectFrom("participants").selectAll().orderBy("id").execute();
  return rows.map((row) => ({
    id: row.id,
    condition: row.condition,
    state: row.state,
    joinedAt: row.joined_at.toISOString(),
    begunAt: row.begun_at?.toISOString() ?? null,
    finishedAt: row.finished_at?.toISOString() ?? null,
    lastSeenAt: row.last_seen_at.toISOString(),
    answersBefore: row.answers_before,
    answersAfter: row.answers_after,
    consentVersion: row.consent_version,
    trials: row.total,
  }));
}

/** By whom a completion code was earned: for payment only, since it tells which records are whose. */
export interface Completion {
  participant: number;
  /** Null where all get the study's code. */
  code: string | null;
  finishedAt: string;
  /** As the platform names participant, study and session. */
  recruitment: JoinBody["recruitment"] | null;
}

export async function readCompletions({ db }: StudyDatabase): Promise<Completion[]> {
  const rows = await db
    .selectFrom("participants")
    .where("state", "=", "complete")
    .select(["id", "code", "finished_at", "recruitment"])
    .orderBy("id")
    .execute();
  return rows.map(({ id, code, finished_at, recruitment }) => ({
    participant: id,
    code,
    finishedAt: finished_at!.toISOString(),
    recruitment: recruitment as Completion["recruitment"],
  }));
}

/** Committed trials. */
export async function countTrials({ db }: StudyDatabase): Promise<number> {
  const { count } = await db
    .selectFrom("trials")
    .where("committed_at", "is not", null)
    .select(sql<number>`count(*)::integer`.as("count"))
    .executeTakeFirstOrThrow();
  return count;
}

const pageSize = 500;

/** Committed trials by participant and position; a few hundred in memory at a time. */
export async function* streamTrials({ db }: StudyDatabase): AsyncGenerator<TrialRecord, void, undefined> {
  let after = { participant: 0, position: -1 };
  for (;;) {
    const rows = await db
      .selectFrom("trials")
      .innerJoin("participants", "participants.id", "trials.participant")
      .where("trials.committed_at", "is not", null)
      .where(sql<boolean>`(trials.participant, trials.position) > (${after.participant}, ${after.position})`)
      .selectAll("trials")
      .select("participants.condition")
      .orderBy("trials.participant")
      .orderBy("trials.position")
      .limit(pageSize)
      .execute();
    for (const row of rows) {
      yield {
        id: row.id,
        participant: row.participant,
        condition: row.condition!,
        position: row.position,
        kind: row.kind,
        pair: row.pair,
        left: row.left_image,
        right: row.right_image,
        answer: row.answer,
        correct: row.correct,
        committedAt: row.committed_at!.toISOString(),
        choice: row.choice!,
        responseMs: row.response_ms!,
        markingMs: row.marking_ms!,
        chosenBy: row.chosen_by!,
        strokes: row.strokes!,
        undone: row.undone!,
        display: row.display!,
        blurred: row.blurred!,
      };
    }
    if (rows.length < pageSize) return;
    after = rows[rows.length - 1];
  }
}
