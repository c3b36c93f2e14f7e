/** All runs of an experiment on this machine: as many at a time as there are places, each until it is done. */
import { join } from "node:path";
import { InputError } from "../base/errors.ts";
import { ensureWritableFolder } from "../base/files.ts";
import { acquirePidLock } from "../base/pid-lock.ts";
import type { Progress } from "../base/progress.ts";
import { fillCaches } from "../training/prepare.ts";
import { CommandProcess } from "./command-line.ts";
import type { Slot } from "./machine.ts";
import { runToEnd } from "./one-run.ts";
import type { ExperimentPlan } from "./plan.ts";
import { isDone, type RunStatus, readRunStatus } from "./run-status.ts";
import type { ExperimentRun } from "./runs.ts";

export interface LocalOptions {
  slots: readonly Slot[];
  /** Aborted: stop all runs where they can go on later. */
  signal: AbortSignal;
  onPreparation?: Progress["update"];
  /** A run's status has changed, or it has said something. */
  onChange?: (run: ExperimentRun, status: RunStatus, detail: string) => void;
}

export interface LocalOutcome {
  /** Of all runs of the plan, in its order. */
  statuses: RunStatus[];
  stopped: boolean;
}

/** The runs that are left to do. */
export function unfinished(plan: ExperimentPlan): ExperimentRun[] {
  return plan.runs.filter((run) => !isDone(readRunStatus(run), plan));
}

/**
 * Runs what is not done yet. A run that fails does not stop the others.
 * @throws InputError when another process runs this experiment, or its folder cannot be written
 */
export async function runLocally(plan: ExperimentPlan, options: LocalOptions): Promise<LocalOutcome> {
  const { slots, signal, onChange } = options;
  ensureWritableFolder(plan.folder);
  const lock = acquirePidLock(join(plan.folder, "lock"), "the experiment");
  try {
    const waiting = unfinished(plan);
    await prepareData(waiting, options);
    const worker = async (slot: Slot) => {
      const commands = new CommandProcess(slot.threads);
      for (let run = waiting.shift(); run !== undefined && !signal.aborted; run = waiting.shift()) {
        const current = run;
        await runToEnd(run, plan, { slot, commands, signal, onChange: (...change) => onChange?.(current, ...change) });
      }
      commands.close();
    };
    await Promise.all(slots.map(worker));
    return { statuses: plan.runs.map(readRunStatus), stopped: signal.aborted };
  } finally {
    lock.release();
  }
}

/** Decodes once what runs that begin together would each decode. */
async function prepareData(runs: readonly ExperimentRun[], { signal, onPreparation }: LocalOptions): Promise<void> {
  const seen = new Set<string>();
  for (const { config } of runs) {
    const { data, inputSize, guidance, weights, network } = config;
    const maps = guidance.name !== "cross-entropy";
    const key = JSON.stringify([data, inputSize, maps, weights === "imagenet" ? network : ""]);
    if (seen.has(key) || signal.aborted) continue;
    seen.add(key);
    try {
      await fillCaches(config, (...progress) => {
        signal.throwIfAborted();
        onPreparation?.(...progress);
      });
    } catch (error) {
      if (signal.aborted) return;
      // The runs that need it will say so, each for itself; others need not suffer.
      if (!(error instanceof InputError)) throw error;
    }
  }
}
