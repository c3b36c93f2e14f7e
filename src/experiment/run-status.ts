/**
 * `runs/<id>/status.json`: how far a run is, written by whoever runs it (the local runner, a worker) and read by everyone
 * else. The run folder itself stays the truth: a status that is lost costs a look, never a result.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { systemErrorCode } from "../base/errors.ts";
import { writeFileAtomic } from "../base/files.ts";
import { readJsonFile } from "../base/schema.ts";
import type { ExperimentPlan } from "./plan.ts";
import type { ExperimentRun } from "./runs.ts";

export const runStates = ["waiting", "running", "evaluating", "done", "failed", "cancelled"] as const;

const statusSchema = z.object({
  id: z.string(),
  state: z.enum(runStates),
  /** Epochs finished, of how many. */
  epoch: z.int().min(0),
  epochs: z.int().min(1),
  /** The greatest validation AUC so far. */
  bestAuc: z.number().nullable(),
  /** Why it failed, in one line. */
  error: z.string().optional(),
  /** It failed for want of space on its machine's disk. */
  fullDisk: z.boolean().optional(),
  /** Who runs it, or ran it last: `<host>:<pid>` or a worker's name. */
  worker: z.string().optional(),
  /** ISO 8601; null before. A run that goes on keeps its first start. */
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  /** What a done run was evaluated on, see `evaluationFingerprint`. */
  evaluated: z.string().nullable(),
});
export type RunStatus = z.infer<typeof statusSchema>;
export type RunState = RunStatus["state"];

export const thisWorker = () => `${hostname()}:${process.pid}`;

const statusFile = (folder: string) => join(folder, "status.json");

/**
 * The status as it stands; `waiting` where nothing was begun. A run whose worker has died on this machine is waiting, too,
 * whatever the dead one wrote.
 * @throws InputError when the file is not what `writeRunStatus` writes
 */
export function readRunStatus({ id, folder, config }: ExperimentRun): RunStatus {
  const file = statusFile(folder);
  if (!existsSync(file)) return unbegun(id, config.epochs);
  const status = readJsonFile(statusSchema, file);
  const active = status.state === "running" || status.state === "evaluating";
  return active && hasDied(status.worker) ? { ...status, state: "waiting" } : status;
}

/** Writes it, wholly or not at all. */
export function writeRunStatus({ folder }: Pick<ExperimentRun, "folder">, status: RunStatus): void {
  writeFileAtomic(statusFile(folder), `${JSON.stringify(status)}\n`);
}

/** What a run's evaluation depends on besides the run: test sets and threshold. */
export function evaluationFingerprint({ tests, threshold }: Pick<ExperimentPlan, "tests" | "threshold">): string {
  const sets = tests.map(({ name, fingerprint }) => [name, fingerprint]);
  return createHash("sha256")
    .update(JSON.stringify([sets, threshold]))
    .digest("hex")
    .slice(0, 16);
}

/** Whether nothing is left to do: trained, and evaluated on the plan's test sets at its threshold. */
export function isDone(status: RunStatus, plan: Pick<ExperimentPlan, "tests" | "threshold">): boolean {
  return status.state === "done" && status.evaluated === evaluationFingerprint(plan);
}

function unbegun(id: string, epochs: number): RunStatus {
  return {
    ...{ id, state: "waiting", epoch: 0, epochs, bestAuc: null },
    ...{ startedAt: null, finishedAt: null, evaluated: null },
  };
}

/** Known only of processes of this machine. */
function hasDied(worker: string | undefined): boolean {
  const [, host, pid] = /^(.+):(\d+)$/.exec(worker ?? "") ?? [];
  if (host !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return systemErrorCode(error) === "ESRCH";
  }
}
