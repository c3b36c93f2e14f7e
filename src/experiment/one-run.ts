/** One run from wherever it stands to its end: train, then evaluate, in a child process; the status file tells how far. */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { stringify } from "yaml";
import { exitFullDisk, FullDiskError, InputError } from "../base/errors.ts";
import { writeFileAtomic } from "../base/files.ts";
import { acquirePidLock, LockHeldError } from "../base/pid-lock.ts";
import { readMetrics } from "../training/metrics.ts";
import type { CommandOutcome, CommandProcess } from "./command-line.ts";
import type { Slot } from "./machine.ts";
import type { ExperimentPlan } from "./plan.ts";
import { evaluationFingerprint, type RunStatus, readRunStatus, thisWorker, writeRunStatus } from "./run-status.ts";
import type { ExperimentRun } from "./runs.ts";

export interface RunOptions {
  slot: Slot;
  /** The slot's, for its commands. */
  commands: CommandProcess;
  /** Aborted: stop where the run can go on later. */
  signal: AbortSignal;
  /** After every change; `detail` is what the run says of itself just now. */
  onChange?: (status: RunStatus, detail: string) => void;
}

/** How long another process that is about to stop may take to give the run folder back (s). */
const patience = 120;

/**
 * Trains (a run that is trained already is left as it is) and evaluates. Throws nothing: what went wrong is in the status.
 * @returns the last status: `done`, `failed`, or `waiting` when it was stopped
 */
export async function runToEnd(run: ExperimentRun, plan: ExperimentPlan, options: RunOptions): Promise<RunStatus> {
  const { slot, commands, signal } = options;
  const tracker = new Tracker(run, options);
  try {
    mkdirSync(run.folder, { recursive: true });
    writeFileAtomic(settingsFile(run), stringify(run.config));
    tracker.change(
      { state: "running", worker: thisWorker(), error: undefined, fullDisk: undefined, finishedAt: null },
      "starting",
    );
    await untilFree(run, signal, (words) => tracker.change({}, words));
    const child = { signal, onLine: (line: string) => tracker.heard(line) };
    const trained = await commands.run(trainArguments(run, slot), child);
    tracker.readEpochs();
    if (signal.aborted) return tracker.change({ state: "waiting" }, "stopped");
    if (trained.code !== 0) return tracker.fail(trained);

    tracker.change({ state: "evaluating" }, "");
    const evaluated = await commands.run(evaluateArguments(run, plan, slot), child);
    if (evaluated.code === 0)
      return tracker.change({ state: "done", finishedAt: tracker.now(), evaluated: evaluationFingerprint(plan) }, "");
    return signal.aborted ? tracker.change({ state: "waiting" }, "stopped") : tracker.fail(evaluated);
  } catch (error) {
    if (signal.aborted) return tracker.change({ state: "waiting" }, "stopped");
    const reason = error instanceof InputError ? error.message : String((error as Error).stack);
    return tracker.fail({ reason, code: error instanceof FullDiskError ? exitFullDisk : null });
  }
}

const settingsFile = ({ folder }: ExperimentRun) => join(folder, "settings.yaml");

function trainArguments(run: ExperimentRun, { threads, device }: Slot): string[] {
  return ["train", settingsFile(run), "--out", run.folder, "--threads", String(threads), "--device", device];
}

function evaluateArguments(run: ExperimentRun, { tests, threshold }: ExperimentPlan, slot: Slot): string[] {
  return [
    ...["evaluate", run.folder, "--threads", String(slot.threads), "--device", slot.device],
    ...["--precision", run.config.precision],
    ...tests.flatMap(({ name, manifest }) => ["--test", `${name}=${manifest}`]),
    ...tests.flatMap(({ name, imageRoot }) =>
      imageRoot === undefined ? [] : ["--image-root", `${name}=${imageRoot}`],
    ),
    ...(threshold.rule === "fpr" ? ["--fpr", String(threshold.fpr)] : []),
  ];
}

/** A run's children end when their parent dies, but first save where they are: wait for that. */
async function untilFree({ folder }: ExperimentRun, signal: AbortSignal, say: (words: string) => void): Promise<void> {
  const deadline = performance.now() + patience * 1000;
  for (const [lock, what] of [
    ["lock", "the run"],
    ["evaluation.lock", "the evaluation of this run"],
  ]) {
    for (;;) {
      try {
        acquirePidLock(join(folder, lock), what).release();
        break;
      } catch (error) {
        if (!(error instanceof LockHeldError) || performance.now() > deadline) throw error;
        say("waiting for another process to give the run back");
        await delay(500, undefined, { signal });
      }
    }
  }
}

/** The status as it changes, on the disk and told. */
class Tracker {
  private status: RunStatus;
  private detail = "";
  private written = "";
  /** When performance.now() was zero, by the clock as it was at first. */
  private readonly begun = Date.now() - performance.now();
  private readonly run: ExperimentRun;
  private readonly options: RunOptions;

  constructor(run: ExperimentRun, options: RunOptions) {
    this.run = run;
    this.options = options;
    this.status = readRunStatus(run);
    this.status.startedAt ??= this.now();
  }

  /** A clock that is set back meanwhile, or another machine's, must not make a run end before it began. */
  now(): string {
    const time = new Date(this.begun + performance.now()).toISOString();
    const { startedAt } = this.status;
    return startedAt !== null && startedAt > time ? startedAt : time;
  }

  /**
   * What cannot be written, as on a full disk, is told all the same, and written with the next change: only the run's
   * own files count. That it is done must be on the disk, though.
   * @throws InputError when that cannot be written
   */
  change(change: Partial<RunStatus>, detail: string): RunStatus {
    this.status = { ...this.status, ...change };
    const text = JSON.stringify(this.status);
    try {
      if (text !== this.written) writeRunStatus(this.run, this.status);
      this.written = text;
    } catch (error) {
      if (this.status.state === "done") throw error;
    }
    this.detail = detail;
    this.options.onChange?.(this.status, this.detail);
    return this.status;
  }

  fail({ reason, code }: Pick<CommandOutcome, "reason" | "code">): RunStatus {
    const fullDisk = code === exitFullDisk || undefined;
    return this.change({ state: "failed", error: reason, fullDisk, finishedAt: this.now() }, "");
  }

  heard(line: string): void {
    if (/^epoch \d+\/\d+: /.test(line)) this.readEpochs();
    this.change({}, line);
  }

  readEpochs(): void {
    const file = join(this.run.folder, "metrics.jsonl");
    if (!existsSync(file)) return;
    const metrics = readMetrics(file);
    const values = metrics.flatMap(({ validation }) => (validation.auc === null ? [] : [validation.auc]));
    const bestAuc = values.length === 0 ? null : Math.max(...values);
    this.change({ epoch: metrics.at(-1)?.epoch ?? 0, bestAuc }, this.detail);
  }
}
