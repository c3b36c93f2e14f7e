/**
 * The one place where a trial becomes a fact. Trials that arrive while others are being stored wait for them and are then
 * stored together: one statement, one flush to the disk, however many there are.
 */
import { sql } from "kysely";
import type { TrialResult } from "../contract/api.ts";
import type { ParticipantChange, PlannedRow } from "./participants.ts";
import type { StudyDatabase } from "./study-database.ts";
import { sha256 } from "./tables.ts";

export interface Commit {
  participant: number;
  trial: PlannedRow;
  result: TrialResult;
  now: Date;
  /** What becomes of the participant besides: with the last trial, the next state. */
  change: ParticipantChange;
}

interface Waiting extends Commit {
  resolve(stored: boolean): void;
  reject(error: unknown): void;
}

/** Equal results have equal hashes: `result` has passed the schema, which puts the fields in order. */
export function hashOf(result: TrialResult): string {
  return sha256(JSON.stringify(result));
}

const mostTogether = 100;

export class Commits {
  private readonly database: StudyDatabase;
  private waiting: Waiting[] = [];
  private storing = false;

  constructor(database: StudyDatabase) {
    this.database = database;
  }

  /**
   * Stores the trial and moves the participant on, both or neither.
   * @returns false when the participant does not stand before this trial any more; nothing is changed then
   */
  store(commit: Commit): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ ...commit, resolve, reject });
      if (this.storing) return;
      this.storing = true;
      // After everything that has arrived by now.
      setImmediate(() => this.storeAll());
    });
  }

  private async storeAll(): Promise<void> {
    while (this.waiting.length > 0) {
      const together = this.takeWaiting();
      try {
        const stored = await storeTogether(this.database, together);
        for (const { trial, resolve } of together) resolve(stored.has(trial.id));
      } catch {
        // One that cannot be stored must not take the others with it: each alone, and each with its own error.
        for (const commit of together) {
          await storeTogether(this.database, [commit]).then(
            (stored) => commit.resolve(stored.has(commit.trial.id)),
            commit.reject,
          );
        }
      }
    }
    this.storing = false;
  }

  /** One of each participant: of two, the second is to find the first one stored. */
  private takeWaiting(): Waiting[] {
    const together = new Map<number, Waiting>();
    const later: Waiting[] = [];
    for (const commit of this.waiting) {
      if (together.size < mostTogether && !together.has(commit.participant)) together.set(commit.participant, commit);
      else later.push(commit);
    }
    this.waiting = later;
    return [...together.values()];
  }
}

/**
 * The participants' rows are the gates: they are taken first, and each must stand just before its trial. So of two
 * commits at the same moment, on whatever servers, one comes to nothing.
 * @param commits of different participants
 * @returns the trials that are stored now
 */
async function storeTogether(database: StudyDatabase, commits: readonly Commit[]): Promise<Set<number>> {
  const given = commits.map(({ participant, trial, result, now, change }) => ({
    ...{ participant, trial: trial.id, position: trial.position, now },
    ...{ state: change.state, finished_at: change.finished_at, code: change.code },
    body_hash: hashOf(result),
    correct: trial.answer === null ? null : result.choice === trial.answer,
    ...result,
  }));
  const { rows } = await sql<{ id: number }>`
    with given as (
      select * from json_to_recordset(${JSON.stringify(given)}::json) as given (
        participant integer, trial integer, position integer, now timestamptz,
        state text, finished_at timestamptz, code text, body_hash text, correct boolean,
        choice text, "responseMs" double precision, "markingMs" double precision, "chosenBy" text,
        strokes json, undone integer, display json, blurred integer)
    ), moved_on as (
      update ${database.table("participants")} as participants set
        done = given.position + 1, last_seen_at = given.now, state = coalesce(given.state, participants.state),
        finished_at = given.finished_at, code = given.code
      from given
      where participants.id = given.participant and participants.state = 'trials'
        and participants.done = given.position
      returning participants.id
    )
    update ${database.table("trials")} as trials set
      committed_at = now, body_hash = given.body_hash, choice = given.choice, correct = given.correct,
      response_ms = "responseMs", marking_ms = "markingMs", chosen_by = "chosenBy",
      strokes = given.strokes, undone = given.undone, display = given.display, blurred = given.blurred
    from given join moved_on on moved_on.id = given.participant
    where trials.id = given.trial and trials.participant = given.participant
    returning trials.id`.execute(database.db);
  return new Set(rows.map(({ id }) => id));
}
