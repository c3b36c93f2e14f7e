/** The one place where a trial becomes a fact. */
import type { TrialResult } from "../contract/api.ts";
import type { ParticipantChange, PlannedRow } from "./participants.ts";
import type { StudyDatabase } from "./study-database.ts";
import { type Participant, sha256 } from "./tables.ts";

/** Equal results have equal hashes: `result` has passed the schema, which puts the fields in order. */
export function hashOf(result: TrialResult): string {
  return sha256(JSON.stringify(result));
}

/**
 * Stores the trial and moves the participant on, both or neither, in one statement. The participant's row is the gate: it
 * is taken first and must stand just before this trial, so of two commits at the same moment one comes to nothing.
 * @param last what becomes of the participant with their last trial
 * @returns false when the participant does not stand before this trial any more; nothing is changed then
 */
export async function commitTrial(
  { db }: StudyDatabase,
  participant: Pick<Participant, "id" | "total">,
  trial: PlannedRow,
  result: TrialResult,
  now: Date,
  last: ParticipantChange,
): Promise<boolean> {
  const isLast = trial.position + 1 === participant.total;
  const { strokes, display } = result;
  const { numUpdatedRows } = await db
    .with("moved_on", (cte) =>
      cte
        .updateTable("participants")
        .set({ ...(isLast ? last : {}), done: trial.position + 1, last_seen_at: now })
        .where("id", "=", participant.id)
        .where("state", "=", "trials")
        .where("done", "=", trial.position)
        .returning("id"),
    )
    .updateTable("trials")
    .from("moved_on")
    .set({
      committed_at: now,
      body_hash: hashOf(result),
      choice: result.choice,
      correct: trial.answer === null ? null : result.choice === trial.answer,
      response_ms: result.responseMs,
      marking_ms: result.markingMs,
      chosen_by: result.chosenBy,
      strokes: JSON.stringify(strokes),
      undone: result.undone,
      display: JSON.stringify(display),
      blurred: result.blurred,
    })
    .where("trials.id", "=", trial.id)
    .whereRef("trials.participant", "=", "moved_on.id")
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}
