/** The latest checkpoints of an experiment's runs, brought into its folder, for status, report and dashboard. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../base/files.ts";
import type { CheckpointStore } from "../checkpoints/checkpoint-store.ts";
import type { ExperimentPlan } from "../plan.ts";
import { writeRunStatus } from "../run-status.ts";
import type { RunQueue } from "./run-queue.ts";

/** Says which checkpoint a run folder is a copy of. */
const mark = "checkpoint";

/** @returns how many run folders are newer than before */
export async function collect(plan: ExperimentPlan, queue: RunQueue, checkpoints: CheckpointStore): Promise<number> {
  const rows = new Map((await queue.rows(plan.name)).map((row) => [row.run, row]));
  let news = 0;
  for (const run of plan.runs) {
    const row = rows.get(run.id);
    if (row === undefined || row.checkpoint === null || row.status === null) continue;
    const file = join(run.folder, mark);
    if (existsSync(file) && readFileSync(file, "utf8") === row.checkpoint) continue;
    await checkpoints.load(row.checkpoint, run.folder);
    writeRunStatus(run, row.status);
    writeFileAtomic(file, row.checkpoint);
    news += 1;
  }
  return news;
}
