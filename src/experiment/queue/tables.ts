/** What the database knows of runs besides pg-boss's own tables: who owns each, and which of its checkpoints counts. */
import { sql } from "kysely";
import type { Migration } from "../../store/index.ts";

export const schema = "experiments";
export const bossSchema = "experiment_queue";

export interface RunsTable {
  experiment: string;
  run: string;
  /** pg-boss's job. */
  job: string | null;
  /** The attempt that may write: set by whoever claims the job. */
  owner: string | null;
  /** Key in the checkpoint store. */
  checkpoint: string | null;
  /** One that does not count: the next one's while it is written, then the last one's until it is removed. */
  spare: string | null;
  /** As status.json has it. */
  status: unknown;
}

export interface ExperimentTables {
  runs: RunsTable;
  /** One row: whether workers are to end when they have done what they do. */
  workers: { draining: boolean };
}

export const migrations: Record<string, Migration> = {
  "2026-01-runs": async (db) => {
    await db.schema
      .createTable("runs")
      .addColumn("experiment", "text", (column) => column.notNull())
      .addColumn("run", "text", (column) => column.notNull())
      .addColumn("job", "uuid")
      .addColumn("owner", "text")
      .addColumn("checkpoint", "text")
      .addColumn("status", "jsonb")
      .addPrimaryKeyConstraint("runs_key", ["experiment", "run"])
      .execute();
    await db.schema
      .createTable("workers")
      .addColumn("draining", "boolean", (column) => column.notNull())
      .execute();
    await db.insertInto("workers").values({ draining: sql`false` }).execute();
  },
  "2026-11-spare": async (db) => {
    await db.schema.alterTable("runs").addColumn("spare", "text").execute();
  },
};
