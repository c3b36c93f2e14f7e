/**
 * The queue of runs: pg-boss hands each to one worker at a time and takes it back when its heartbeats cease, by the
 * database's clock. Beside it stands one row a run, with the attempt that owns it. Only the owner's word changes the row,
 * and a claim changes the owner first, so a worker that was taken for dead cannot overwrite its successor's work.
 */
import { randomUUID } from "node:crypto";
import { type Kysely, sql } from "kysely";
import { type JobWithMetadata, PgBoss } from "pg-boss";
import { z } from "zod";
import { jsonb, migrate, type Store } from "../../store/index.ts";
import type { ExperimentPlan } from "../plan.ts";
import type { RunStatus } from "../run-status.ts";
import type { UnplacedRun } from "../runs.ts";
import { bossSchema, type ExperimentTables, migrations, schema } from "./tables.ts";

export interface QueuedRun {
  run: UnplacedRun;
  plan: Pick<ExperimentPlan, "name" | "tests" | "threshold">;
}

/** A run in a worker's hands. */
export interface Claim extends QueuedRun {
  job: { id: string; retryCount: number };
  owner: string;
  /** Where to go on from. */
  checkpoint: string | null;
  /** A checkpoint that an owner before did not come to finish, or to remove. */
  abandoned: string | null;
  status: RunStatus | null;
}

export interface RunRow {
  run: string;
  checkpoint: string | null;
  status: RunStatus | null;
}

const queue = "runs";
const unbegun = { owner: null, checkpoint: null, spare: null, status: null };
/** Workers die; a run that cannot succeed is not tried again, see `finish`. */
const attempts = 1000;

/** pg-boss says how many jobs a command changed, though its types do not. */
const affected = (response: unknown) => z.object({ affected: z.int() }).parse(response).affected;

export class RunQueue {
  private readonly db: Kysely<ExperimentTables>;
  private readonly boss: PgBoss;

  private constructor(db: Kysely<ExperimentTables>, boss: PgBoss) {
    this.db = db;
    this.boss = boss;
  }

  /**
   * @param heartbeat seconds without a word after which a worker counts as dead; at least 10
   * @param onError what goes wrong in the background, as while the database restarts
   */
  static async open(store: Store, { heartbeat, onError }: { heartbeat: number; onError: (error: Error) => void }) {
    await migrate(store, { schema, migrations });
    const boss = new PgBoss({
      db: { executeSql: store.execute },
      ...(store.kind === "pglite" ? { backend: "pglite" as const } : {}),
      ...{ schema: bossSchema, schedule: false, supervise: false, monitorIntervalSeconds: 1 },
    });
    boss.on("error", onError);
    await boss.start();
    const options = { heartbeatSeconds: heartbeat, retryLimit: attempts, retryDelay: 0, expireInSeconds: 86_000 };
    await boss.createQueue(queue, { policy: "exclusive", ...options });
    await boss.updateQueue(queue, options);
    return new RunQueue((store as Store<ExperimentTables>).db.withSchema(schema), boss);
  }

  /** Adds a run that is not queued or running already. @returns whether it was added */
  async add({ run, plan }: QueuedRun, priority: number): Promise<boolean> {
    const singletonKey = `${plan.name}/${run.id}`;
    const job = await this.boss.send(queue, { run, plan }, { singletonKey, priority });
    if (job === null) return false;
    await this.db
      .insertInto("runs")
      .values({ ...unbegun, experiment: plan.name, run: run.id, job })
      .onConflict((conflict) => conflict.columns(["experiment", "run"]).doUpdateSet({ job }))
      .execute();
    return true;
  }

  /** The run of highest priority that waits, if any; the caller owns it from now on. */
  async claim(): Promise<Claim | undefined> {
    await this.boss.supervise(queue);
    const [job] = await this.boss.fetch<QueuedRun>(queue, { batchSize: 1, includeMetadata: true });
    return job === undefined ? undefined : this.own(job);
  }

  private async own({ id, retryCount, data }: JobWithMetadata<QueuedRun>): Promise<Claim> {
    const owner = randomUUID();
    const key = { experiment: data.plan.name, run: data.run.id };
    const row = await this.db
      .insertInto("runs")
      .values({ ...unbegun, ...key, job: id, owner })
      .onConflict((conflict) => conflict.columns(["experiment", "run"]).doUpdateSet({ job: id, owner }))
      .returning(["checkpoint", "spare", "status"])
      .executeTakeFirstOrThrow();
    const { checkpoint, spare, status } = row;
    const job = { id, retryCount };
    return { ...data, job, owner, checkpoint, abandoned: spare, status: status as RunStatus | null };
  }

  /** Says that the owner lives. @returns false when the run is no longer the caller's: lost, or cancelled */
  async beat({ job }: Claim): Promise<boolean> {
    return affected(await this.boss.touch(queue, job)) > 0;
  }

  /** Says where the next checkpoint will be, before it is there. @returns false when the run is no longer the caller's */
  async announce(claim: Claim, key: string): Promise<boolean> {
    const { numUpdatedRows } = await this.db
      .updateTable("runs")
      .set({ spare: key })
      .where("experiment", "=", claim.plan.name)
      .where("run", "=", claim.run.id)
      .where("owner", "=", claim.owner)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /**
   * Makes the checkpoint that was announced the one that counts.
   * @returns the one before it; undefined when the run is no longer the caller's
   */
  async commit(claim: Claim, status: RunStatus): Promise<{ before: string | null } | undefined> {
    return this.db.transaction().execute(async (transaction) => {
      const row = await transaction
        .withSchema(schema)
        .selectFrom("runs")
        .select(["checkpoint", "spare"])
        .where("experiment", "=", claim.plan.name)
        .where("run", "=", claim.run.id)
        .where("owner", "=", claim.owner)
        .forUpdate()
        .executeTakeFirst();
      if (row === undefined) return undefined;
      await transaction
        .withSchema(schema)
        .updateTable("runs")
        .set({ status: jsonb(status), checkpoint: row.spare, spare: row.checkpoint })
        .where("experiment", "=", claim.plan.name)
        .where("run", "=", claim.run.id)
        .execute();
      return { before: row.checkpoint };
    });
  }

  /** Takes the run off the queue: it is done, or has failed and would fail again. */
  async finish({ job }: Claim): Promise<void> {
    await this.boss.complete(queue, job);
  }

  /** Lets another worker go on with it at once. */
  async giveBack({ job }: Claim): Promise<void> {
    await this.boss.fail(queue, job, { reason: "given back" });
  }

  /** Cancels what is not finished of an experiment. @returns how many runs */
  async cancel(experiment: string): Promise<number> {
    const rows = await this.db
      .selectFrom("runs")
      .select(["run", "job"])
      .where("experiment", "=", experiment)
      .where("job", "is not", null)
      .execute();
    if (rows.length === 0) return 0;
    const jobs = rows.map(({ job }) => job!);
    const cancelled = affected(await this.boss.cancel(queue, jobs));
    // Without an owner, nobody can say anything else of them.
    await this.db
      .updateTable("runs")
      .set({ owner: null, status: sql`jsonb_set(status, '{state}', '"cancelled"')` })
      .where("experiment", "=", experiment)
      .where(sql<boolean>`status->>'state' in ('waiting', 'running', 'evaluating')`)
      .execute();
    return cancelled;
  }

  /** Whether no run waits or is under way. */
  async isEmpty(): Promise<boolean> {
    const { rows } = await sql<{ open: number }>`
      select count(*) as open from ${sql.table(`${bossSchema}.job`)}
      where name = ${queue} and state::text in ('created', 'retry', 'active')`.execute(this.db);
    return rows[0].open === 0;
  }

  async rows(experiment: string): Promise<RunRow[]> {
    const rows = await this.db
      .selectFrom("runs")
      .select(["run", "checkpoint", "status"])
      .where("experiment", "=", experiment)
      .execute();
    return rows.map((row) => ({ ...row, status: row.status as RunStatus | null }));
  }

  async setDraining(draining: boolean): Promise<void> {
    await this.db.updateTable("workers").set({ draining }).execute();
  }

  async isDraining(): Promise<boolean> {
    return (await this.db.selectFrom("workers").select("draining").executeTakeFirstOrThrow()).draining;
  }

  async close(): Promise<void> {
    await this.boss.stop({ graceful: false, close: false });
  }
}
