/**
 * Trials given out and taken back. Everything here runs under the study's lock, takes participants' rows before anything
 * else, and leaves the counts as the sum of what is assigned.
 */
import { sql, type Transaction } from "kysely";
import { randomStream } from "../../base/random.ts";
import { assignTrials, chooseCondition, type PlannedTrial } from "../assignment.ts";
import type { Condition, SessionState } from "../contract/api.ts";
import type { ParticipantChange } from "./participants.ts";
import type { StudyDatabase } from "./study-database.ts";
import type { Participant, StudyTables } from "./tables.ts";

type Locked = Transaction<StudyTables>;

/** States in which somebody may stay away for too long. Who has done all trials keeps their place. */
export const underWay: SessionState[] = ["consent", "before", "trials"];

/**
 * The step from `from` on to the trials, together with `change`: drop-outs' trials go back into the pool, then the
 * participant gets theirs and the state `trials`, or `full` where no image needs another judgement.
 * @returns false when the participant was not in the state `from` any more; nothing is changed then
 */
export function beginTrials(
  database: StudyDatabase,
  participant: number,
  from: SessionState,
  change: ParticipantChange,
  now: Date,
): Promise<boolean> {
  return database.locked(async (transaction) => {
    const { study } = database;
    await expireDropOuts(transaction, database, now);
    const own = transaction.updateTable("participants").where("id", "=", participant);
    const { numUpdatedRows } = await own
      .set({ ...change, last_seen_at: now })
      .where("state", "=", from)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return false;

    const random = randomStream(study.protocol.seed, "assignment", participant);
    const participants = await participantsByCondition(transaction);
    let conditions: readonly Condition[] = study.protocol.conditions;
    while (conditions.length > 0) {
      const condition = chooseCondition(participants, conditions, random);
      const counts = await assignedInCondition(transaction, condition);
      const images = study.images.map((image) => ({ ...image, assigned: counts.get(image.id) ?? 0 }));
      const plan = assignTrials({ protocol: study.protocol, images, random });
      if (plan !== undefined) {
        await insertTrials(transaction, database, participant, condition, plan);
        await own.set({ state: "trials", condition, begun_at: now, total: plan.length }).execute();
        return true;
      }
      conditions = conditions.filter((other) => other !== condition);
    }
    await own.set({ state: "full", finished_at: now }).execute();
    return true;
  });
}

/** Takes the place of whoever stayed away for longer than the protocol allows. */
export async function expire(database: StudyDatabase, now: Date): Promise<void> {
  await database.locked((transaction) => expireDropOuts(transaction, database, now));
}

/**
 * The participant takes part no longer. Trials that are not committed go back into the pool; by the consent's rule the
 * committed ones do, too, and are deleted with the answers and the platform's names.
 */
export async function withdraw(database: StudyDatabase, participant: number, now: Date): Promise<void> {
  const deletes = database.study.protocol.consent.withdrawal === "delete";
  await database.locked(async (transaction) => {
    const deleted = { recruitment: null, answers_before: null, answers_after: null, begun_at: null, total: 0, done: 0 };
    const { numUpdatedRows } = await transaction
      .updateTable("participants")
      .set({ state: "withdrawn", finished_at: now, last_seen_at: now, ...(deletes ? deleted : {}) })
      .where("id", "=", participant)
      .where("state", "!=", "withdrawn")
      .executeTakeFirst();
    if (numUpdatedRows > 0n) await takeBack(transaction, database, [participant], deletes ? "all" : "open");
  });
}

async function expireDropOuts(transaction: Locked, database: StudyDatabase, now: Date): Promise<void> {
  const gone = await transaction
    .updateTable("participants")
    .set({ state: "expired", finished_at: now })
    .where("state", "in", underWay)
    .where("last_seen_at", "<", lastChance(database, now))
    .returning("id")
    .execute();
  const ids = gone.map(({ id }) => id);
  if (ids.length > 0) await takeBack(transaction, database, ids, "open");
}

/** Whether somebody has stayed away for too long, but has not been noticed yet. */
export function hasDroppedOut(
  database: StudyDatabase,
  { state, last_seen_at }: Pick<Participant, "state" | "last_seen_at">,
  now: Date,
): boolean {
  return underWay.includes(state) && last_seen_at < lastChance(database, now);
}

/** Whoever was last seen before this has dropped out. */
export function lastChance({ study }: StudyDatabase, now: Date): Date {
  return new Date(now.getTime() - study.protocol.resumeWithinHours * 3_600_000);
}

/** How many take part or have taken part in each condition, drop-outs left out. */
async function participantsByCondition(transaction: Locked): Promise<Map<Condition, number>> {
  const rows = await transaction
    .selectFrom("participants")
    .where("state", "in", ["trials", "after", "complete"])
    .where("condition", "is not", null)
    .groupBy("condition")
    .select(["condition", sql<number>`count(*)::integer`.as("count")])
    .execute();
  return new Map(rows.map(({ condition, count }) => [condition!, count]));
}

async function assignedInCondition(transaction: Locked, condition: Condition): Promise<Map<number, number>> {
  const rows = await transaction
    .selectFrom("image_counts")
    .where("condition", "=", condition)
    .select(["image", "assigned"])
    .execute();
  return new Map(rows.map(({ image, assigned }) => [image, assigned]));
}

/** One statement for any number of trials. */
async function insertTrials(
  transaction: Locked,
  database: StudyDatabase,
  participant: number,
  condition: Condition,
  plan: readonly PlannedTrial[],
): Promise<void> {
  const rows = JSON.stringify(plan.map((trial, position) => ({ ...trial, position })));
  await sql`
    with planned as (
      insert into ${database.table("trials")} (participant, position, kind, pair, left_image, right_image, answer, rest)
      select ${participant}::integer, position, kind, pair, "left", "right", answer, rest
      from json_to_recordset(${rows}::json) as plan
        (position integer, kind text, pair text, "left" integer, "right" integer, answer text, rest boolean)
      returning id, left_image, right_image
    ), shown as (
      insert into ${database.table("trial_images")} (trial, participant, image)
      select id, ${participant}::integer, image from planned, unnest(array[left_image, right_image]) as image
      returning image
    )
    insert into ${database.table("image_counts")} as counts (image, condition, assigned)
    select image, ${condition}::text, 1 from shown
    on conflict (condition, image) do update set assigned = counts.assigned + 1`.execute(transaction);
}

/** Deletes trials and gives their judgements back. One statement. */
async function takeBack(
  transaction: Locked,
  database: StudyDatabase,
  participants: readonly number[],
  which: "open" | "all",
): Promise<void> {
  await sql`
    with gone as (
      delete from ${database.table("trials")}
      where participant in (${sql.join(participants)}) and (${which === "all"}::boolean or committed_at is null)
      returning participant, left_image, right_image
    ), given_back as (
      select image, condition, count(*) as judgements
      from gone join ${database.table("participants")} as participants on participants.id = gone.participant,
        unnest(array[left_image, right_image]) as image
      group by image, condition
    )
    update ${database.table("image_counts")} as counts set assigned = assigned - judgements
    from given_back where counts.image = given_back.image and counts.condition = given_back.condition`.execute(
    transaction,
  );
}
