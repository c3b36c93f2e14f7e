/**
 * What the researcher's pages ask of the database. Sums are made there, over all participants or all images at once, and
 * never touch a stroke; strokes are read for one trial or one image at a time.
 */
import { type ExpressionBuilder, sql } from "kysely";
import type { Condition, SessionState, Side } from "../contract/api.ts";
import type { ImageJudgement, Quantiles } from "../contract/researcher-api.ts";
import type { Stroke } from "../contract/strokes.ts";
import type { ParticipantRecord, TrialRecord } from "../records.ts";
import { lastChance, underWay } from "./assignment.ts";
import type { StudyDatabase } from "./study-database.ts";
import type { StudyTables } from "./tables.ts";

/** A participant with the sums of their committed trials. */
export interface ParticipantSums extends Omit<ParticipantRecord, "answersBefore" | "answersAfter"> {
  done: number;
  /** Main trials with a right answer, and those answered rightly. */
  graded: number;
  correct: number;
  catches: number;
  catchesFailed: number;
  /** Of the main trials. */
  medianResponseMs: number | null;
  blurred: number;
}

/** By id. Whoever stayed away for too long is `expired`, though their trials may not have gone back yet. */
export async function sumsByParticipant(database: StudyDatabase, now: Date): Promise<ParticipantSums[]> {
  const rows = await database.db
    .selectFrom("participants")
    .leftJoin("trials", (join) =>
      join.onRef("trials.participant", "=", "participants.id").on("trials.committed_at", "is not", null),
    )
    .groupBy("participants.id")
    .select((select) => [
      "participants.id",
      "participants.condition",
      stateAt(select, database, now).as("state"),
      "participants.joined_at",
      "participants.begun_at",
      "participants.finished_at",
      "participants.last_seen_at",
      "participants.consent_version",
      "participants.total",
      "participants.done",
      sql<number>`count(*) filter (where trials.kind = 'main' and trials.correct is not null)`.as("graded"),
      sql<number>`count(*) filter (where trials.kind = 'main' and trials.correct)`.as("correct"),
      sql<number>`count(*) filter (where trials.kind = 'catch')`.as("catches"),
      sql<number>`count(*) filter (where trials.kind = 'catch' and not trials.correct)`.as("catches_failed"),
      sql<number | null>`percentile_cont(0.5) within group (order by trials.response_ms)
        filter (where trials.kind = 'main')`.as("median_response_ms"),
      sql<number>`coalesce(sum(trials.blurred), 0)`.as("blurred"),
    ])
    .orderBy("participants.id")
    .execute();
  return rows.map((row) => ({
    id: row.id,
    condition: row.condition,
    state: row.state,
    joinedAt: row.joined_at.toISOString(),
    begunAt: row.begun_at?.toISOString() ?? null,
    finishedAt: row.finished_at?.toISOString() ?? null,
    lastSeenAt: row.last_seen_at.toISOString(),
    consentVersion: row.consent_version,
    trials: row.total,
    done: row.done,
    graded: row.graded,
    correct: row.correct,
    catches: row.catches,
    catchesFailed: row.catches_failed,
    medianResponseMs: row.median_response_ms,
    blurred: row.blurred,
  }));
}

function stateAt(select: ExpressionBuilder<StudyTables, "participants">, database: StudyDatabase, now: Date) {
  return select
    .case()
    .when(
      select.and([
        select("participants.state", "in", underWay),
        select("participants.last_seen_at", "<", lastChance(database, now)),
      ]),
    )
    .then(sql<SessionState>`'expired'`)
    .else(select.ref("participants.state"))
    .end();
}

/** The committed trials that showed an image, in one condition. */
export interface ImageSums {
  image: number;
  condition: Condition;
  judgements: number;
  /** How often it was the chosen one. */
  chosen: number;
  /** Trials with a right answer, and those answered rightly. */
  graded: number;
  correct: number;
}

/** Images that no committed trial showed are absent. */
export async function sumsByImage({ db }: StudyDatabase): Promise<ImageSums[]> {
  const shown = (side: Side) =>
    db
      .selectFrom("trials")
      .where("committed_at", "is not", null)
      .select([`${side}_image as image`, "participant", "correct", sql<boolean>`choice = ${side}`.as("chosen")]);
  return db
    .selectFrom(shown("left").unionAll(shown("right")).as("shown"))
    .innerJoin("participants", "participants.id", "shown.participant")
    .groupBy(["shown.image", "participants.condition"])
    .select([
      "shown.image",
      sql<Condition>`participants.condition`.as("condition"),
      sql<number>`count(*)`.as("judgements"),
      sql<number>`count(*) filter (where shown.chosen)`.as("chosen"),
      sql<number>`count(shown.correct)`.as("graded"),
      sql<number>`count(*) filter (where shown.correct)`.as("correct"),
    ])
    .execute();
}

/** Times of the main trials. Conditions without a committed one are absent. */
export async function timesByCondition({
  db,
}: StudyDatabase): Promise<{ condition: Condition; response: Quantiles; marking: Quantiles }[]> {
  const shares = sql`array[0.1, 0.25, 0.5, 0.75, 0.9]::float8[]`;
  const rows = await db
    .selectFrom("trials")
    .innerJoin("participants", "participants.id", "trials.participant")
    .where("trials.committed_at", "is not", null)
    .where("trials.kind", "=", "main")
    .groupBy("participants.condition")
    .select([
      sql<Condition>`participants.condition`.as("condition"),
      sql<number>`count(*)`.as("count"),
      sql<number[]>`percentile_cont(${shares}) within group (order by response_ms)`.as("response"),
      sql<number[]>`percentile_cont(${shares}) within group (order by marking_ms)`.as("marking"),
    ])
    .execute();
  const quantiles = (count: number, [p10, p25, p50, p75, p90]: number[]) => ({ count, p10, p25, p50, p75, p90 });
  return rows.map(({ condition, count, response, marking }) => ({
    condition,
    response: quantiles(count, response),
    marking: quantiles(count, marking),
  }));
}

/** The last `most` committed trials that showed the image, the latest first. */
export async function judgementsOfImage({ db }: StudyDatabase, image: number, most: number): Promise<ImageJudgement[]> {
  const rows = await db
    .selectFrom("trial_images")
    .innerJoin("trials", "trials.id", "trial_images.trial")
    .innerJoin("participants", "participants.id", "trials.participant")
    .where("trial_images.image", "=", image)
    .where("trials.committed_at", "is not", null)
    .orderBy("trials.committed_at", "desc")
    .orderBy("trials.id", "desc")
    .limit(most)
    .select([
      "trials.id",
      "trials.participant",
      sql<Condition>`participants.condition`.as("condition"),
      "trials.kind",
      "trials.pair",
      "trials.left_image",
      "trials.choice",
      "trials.correct",
      "trials.response_ms",
      sql<Stroke[]>`case when trials.left_image = ${image} then trials.strokes -> 'left'
        else trials.strokes -> 'right' end`.as("strokes"),
    ])
    .execute();
  return rows.map((row) => ({
    trial: row.id,
    participant: row.participant,
    condition: row.condition,
    kind: row.kind,
    pair: row.pair,
    chosen: row.choice === (row.left_image === image ? "left" : "right"),
    correct: row.correct,
    responseMs: row.response_ms!,
    strokes: row.strokes,
  }));
}

export interface ParticipantsTrials {
  answersBefore: Record<string, unknown> | null;
  answersAfter: Record<string, unknown> | null;
  /** Committed, by position. */
  trials: (Omit<TrialRecord, "strokes"> & { strokeCount: number })[];
}

export async function recordOfParticipant({ db }: StudyDatabase, id: number): Promise<ParticipantsTrials | undefined> {
  const participant = await db
    .selectFrom("participants")
    .where("id", "=", id)
    .select(["condition", "answers_before", "answers_after"])
    .executeTakeFirst();
  if (participant === undefined) return undefined;
  const rows = await db
    .selectFrom("trials")
    .where("participant", "=", id)
    .where("committed_at", "is not", null)
    .orderBy("position")
    .select(["id", "position", "kind", "pair", "left_image", "right_image", "answer", "committed_at"])
    .select(["choice", "correct", "response_ms", "marking_ms", "chosen_by", "undone", "display", "blurred"])
    .select(
      sql<number>`json_array_length(strokes -> 'left') + json_array_length(strokes -> 'right')`.as("stroke_count"),
    )
    .execute();
  return {
    answersBefore: participant.answers_before,
    answersAfter: participant.answers_after,
    trials: rows.map((row) => ({
      id: row.id,
      participant: id,
      condition: participant.condition!,
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
      undone: row.undone!,
      display: row.display!,
      blurred: row.blurred!,
      strokeCount: row.stroke_count,
    })),
  };
}

/** Undefined where there is no such committed trial. */
export async function strokesOfTrial({ db }: StudyDatabase, id: number): Promise<Record<Side, Stroke[]> | undefined> {
  const row = await db
    .selectFrom("trials")
    .where("id", "=", id)
    .where("committed_at", "is not", null)
    .select("strokes")
    .executeTakeFirst();
  return row?.strokes ?? undefined;
}
