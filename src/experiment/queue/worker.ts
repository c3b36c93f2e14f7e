/**
 * A worker: takes runs from the queue, works on each in a folder of its own, and hands in checkpoints on the way. It loses
 * at most what was done since the last one; its successor, on whatever machine, goes on from there.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { FullDiskError } from "../../base/errors.ts";
import type { CheckpointStore } from "../checkpoints/checkpoint-store.ts";
import { CommandProcess } from "../command-line.ts";
import type { Slot } from "../machine.ts";
import { type RunOptions, runToEnd } from "../one-run.ts";
import type { RunStatus } from "../run-status.ts";
import type { ExperimentRun } from "../runs.ts";
import { Outage } from "./outage.ts";
import type { Claim, RunQueue } from "./run-queue.ts";
import { type Activity, TimeShares } from "./time-shares.ts";

export interface WorkerOptions {
  queue: RunQueue;
  checkpoints: CheckpointStore;
  /** Folder of this worker's runs while they are under way; its own. */
  work: string;
  slots: readonly Slot[];
  /** Seconds after which the queue takes a silent worker for dead. */
  heartbeat: number;
  /** Seconds between two checkpoints of a run that are handed in. */
  checkpointEvery: number;
  /** End when nothing is left to claim, rather than wait for more. */
  untilEmpty: boolean;
  /** Aborted: hand in where the runs are, and give them back. */
  signal: AbortSignal;
  onChange?: (run: ExperimentRun, status: RunStatus, detail: string) => void;
  say: (line: string) => void;
}

/** Between two looks at an empty queue, and after a fault of this place (s). */
const pauses = { empty: 1, fault: 30 };

export interface WorkerOutcome {
  /** The last status of every run that it had. */
  ended: RunStatus[];
  /** Seconds, of all places together. */
  spent: Readonly<Record<Activity, number>>;
}

export async function work(given: WorkerOptions): Promise<WorkerOutcome> {
  const shares = new TimeShares();
  const outage = new Outage(given.say);
  const options: Equipped = {
    ...given,
    ...{ shares, outage },
    ask: (question) => outage.during(() => shares.of("queue", question)),
  };
  const ended: RunStatus[] = [];
  const place = async (slot: Slot) => {
    const commands = new CommandProcess(slot.threads);
    while (!options.signal.aborted) {
      const claim = await claimNext(options);
      if (claim === "end") break;
      if (claim !== undefined) ended.push(await workOn(claim, { slot, commands }, options));
      else await delay(pauses.empty * 1000, undefined, { signal: options.signal }).catch(() => {});
    }
    commands.close();
  };
  await Promise.all(options.slots.map(place));
  return { ended, spent: shares.seconds };
}

interface Equipped extends WorkerOptions {
  shares: TimeShares;
  outage: Outage;
  /** Does what needs the database. */
  ask<T>(question: () => Promise<T>): Promise<T>;
}

/** While the database does not answer there is nothing to claim. */
async function claimNext({ queue, untilEmpty, ask }: Equipped): Promise<Claim | "end" | undefined> {
  try {
    return await ask(async () => {
      if (await queue.isDraining()) return "end";
      return (await queue.claim()) ?? (untilEmpty && (await queue.isEmpty()) ? "end" : undefined);
    });
  } catch {
    return undefined;
  }
}

type Place = Pick<RunOptions, "slot" | "commands">;

async function workOn(claim: Claim, place: Place, options: Equipped): Promise<RunStatus> {
  const { checkpoints, signal, say, shares } = options;
  const folder = resolve(options.work, `${claim.run.id}-${claim.owner.slice(0, 8)}`);
  const run: ExperimentRun = { ...claim.run, folder };
  // Of this run: stopped with the worker, or when it is no longer ours.
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  const tenure = new Tenure(claim, run, options, stop);
  try {
    mkdirSync(folder, { recursive: true });
    const { checkpoint, abandoned } = claim;
    if (abandoned !== null) await shares.of("checkpoints", () => checkpoints.remove(abandoned)).catch(() => {});
    if (checkpoint !== null) await shares.of("checkpoints", () => checkpoints.load(checkpoint, folder));
    tenure.begin();
    const plan = { ...claim.plan, folder, runs: [run] };
    const onChange = (status: RunStatus, detail: string) => {
      tenure.status = status;
      options.onChange?.(run, status, detail);
    };
    const status = await shares.of("runs", () => runToEnd(run, plan, { ...place, signal: stopping.signal, onChange }));
    if (status.fullDisk) throw new FullDiskError(status.error);
    await tenure.end(status);
    return status;
  } catch (error) {
    // The run's place is no good (a full disk, a checkpoint that cannot be read): another worker may have a better one.
    await tenure.giveBack();
    rmSync(folder, { recursive: true, force: true });
    say(`${run.name}: ${(error as Error).message}; given back`);
    await delay(pauses.fault * 1000, undefined, { signal }).catch(() => {});
    return { ...tenure.status, state: "waiting" };
  } finally {
    tenure.stop();
    signal.removeEventListener("abort", stop);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The time for which a run is this worker's: heartbeats, and checkpoints handed in. */
class Tenure {
  status: RunStatus;
  private readonly claim: Claim;
  private readonly run: ExperimentRun;
  private readonly options: Equipped;
  private readonly lose: () => void;
  private readonly ending = new AbortController();
  private lost = false;
  private saved = performance.now();
  private savedEpoch = -1;
  private loop: Promise<void> = Promise.resolve();

  constructor(claim: Claim, run: ExperimentRun, options: Equipped, lose: () => void) {
    this.claim = claim;
    this.run = run;
    this.options = options;
    this.lose = lose;
    const { id, config } = claim.run;
    const unbegun = {
      epoch: 0,
      epochs: config.epochs,
      bestAuc: null,
      startedAt: null,
      finishedAt: null,
      evaluated: null,
    };
    this.status = claim.status ?? { id, state: "waiting", ...unbegun };
  }

  begin(): void {
    writeFileSync(join(this.run.folder, "status.json"), JSON.stringify(this.status));
    this.loop = this.attend();
  }

  /** Until it is stopped. What fails while the database or the store is away is tried again with the next beat. */
  private async attend(): Promise<void> {
    const { queue, heartbeat, checkpointEvery, say, ask, outage } = this.options;
    while (!this.ending.signal.aborted) {
      await delay((heartbeat * 1000) / 4, undefined, { signal: this.ending.signal }).catch(() => {});
      if (this.ending.signal.aborted) return;
      try {
        if (!(await ask(() => queue.beat(this.claim)))) return this.isLost();
        const due = performance.now() - this.saved >= checkpointEvery * 1000;
        if (due && this.status.epoch !== this.savedEpoch && !(await this.handIn(this.status))) return this.isLost();
      } catch (error) {
        if (!outage.lasts) say(`${this.run.name}: ${(error as Error).message.split("\n")[0]}; trying again`);
      }
    }
  }

  private isLost(): void {
    this.lost = true;
    this.options.say(`${this.run.name}: no longer this worker's (cancelled, or taken for dead); stopping it`);
    this.lose();
  }

  /** @returns false when the run is no longer ours */
  private async handIn(status: RunStatus): Promise<boolean> {
    const { queue, checkpoints, shares, ask } = this.options;
    const key = `${this.run.id}/${randomUUID()}`;
    if (!(await ask(() => queue.announce(this.claim, key)))) return false;
    try {
      await shares.of("checkpoints", () => checkpoints.save(key, this.run.folder));
    } catch (error) {
      await checkpoints.remove(key).catch(() => {}); // there may be half of it
      throw error;
    }
    const committed = await ask(() => queue.commit(this.claim, status));
    // One checkpoint a run is enough; one that does not count, none.
    const superfluous = committed === undefined ? key : committed.before;
    if (superfluous !== null) await shares.of("checkpoints", () => checkpoints.remove(superfluous)).catch(() => {});
    this.saved = performance.now();
    this.savedEpoch = status.epoch;
    return committed !== undefined;
  }

  /** Hands in the end, however long the database takes to come back, and settles with the queue. */
  async end(status: RunStatus): Promise<void> {
    this.ending.abort();
    await this.loop;
    if (this.lost) return;
    const { queue, say, ask, outage } = this.options;
    for (let wait = 1; ; wait = Math.min(30, wait * 2)) {
      try {
        if (!(await this.handIn(status))) return;
        const settle = () => (status.state === "waiting" ? queue.giveBack(this.claim) : queue.finish(this.claim));
        return await ask(settle);
      } catch (error) {
        if (!outage.lasts)
          say(`${this.run.name}: cannot hand in its end (${(error as Error).message.split("\n")[0]}); trying again`);
        await delay(wait * 1000);
      }
    }
  }

  async giveBack(): Promise<void> {
    this.ending.abort();
    await this.loop;
    if (!this.lost) await this.options.queue.giveBack(this.claim).catch(() => {});
  }

  stop(): void {
    this.ending.abort();
  }
}
