/**
 * Many tiny runs through the queue: how many an hour, which share of the time the queue takes, and whether each was run
 * exactly once. On PostgreSQL enqueue and workers are the real commands, each worker a process; PGlite's folder belongs
 * to one process, so there the same worker has as many places in this one. Runs train in processes of their own on both.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { sql } from "kysely";
import { stringify } from "yaml";
import { InputError } from "../base/errors.ts";
import { makeDemoData } from "../demo/index.ts";
import { openCheckpoints } from "../experiment/checkpoints/checkpoint-store.ts";
import { type ExperimentPlan, readPlan } from "../experiment/plan.ts";
import { collect } from "../experiment/queue/collect.ts";
import type { RunQueue } from "../experiment/queue/run-queue.ts";
import { bossSchema } from "../experiment/queue/tables.ts";
import type { Activity } from "../experiment/queue/time-shares.ts";
import { withRunQueue } from "../experiment/queue/with-queue.ts";
import { work } from "../experiment/queue/worker.ts";
import { isDone, readRunStatus } from "../experiment/run-status.ts";
import type { Store, StorePlace } from "../store/index.ts";
import { readMetrics } from "../training/metrics.ts";

export interface QueueBenchOptions {
  runs: number;
  workers: number;
}

interface Figures {
  store: Store["kind"];
  runs: number;
  workers: number;
  seconds: number;
  runsPerMinute: number;
  /** Percent of the workers' time. */
  shares: Record<Activity, number>;
}

const command = fileURLToPath(new URL("../../bin/oversight.mjs", import.meta.url));
const heartbeat = 60;

/** On PostgreSQL where DATABASE_URL names one, then on PGlite; prints a line for each and one JSON object at the end. */
export async function benchQueue(options: QueueBenchOptions): Promise<void> {
  const url = process.env.DATABASE_URL;
  if (url === undefined) process.stderr.write("DATABASE_URL names no PostgreSQL: PGlite only\n");
  const stores: Figures[] = [];
  for (const kind of url === undefined ? (["pglite"] as const) : (["postgres", "pglite"] as const)) {
    const figures = await measure(kind, options);
    const { runs, workers, seconds, runsPerMinute, shares } = figures;
    process.stderr.write(
      `${kind}: ${runs} runs, each once, by ${workers} workers in ${seconds} s: ${runsPerMinute} a minute; of the workers' ` +
        `time ${shares.runs} % in runs, ${shares.queue} % in the queue, ${shares.checkpoints} % in checkpoints\n`,
    );
    stores.push(figures);
  }
  console.log(JSON.stringify({ bench: "queue", cpu: cpus()[0].model, cpus: cpus().length, stores }));
}

async function measure(kind: Store["kind"], { runs, workers }: QueueBenchOptions): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), "oversight-bench-"));
  const place: StorePlace =
    kind === "postgres" ? { url: process.env.DATABASE_URL! } : { folder: join(folder, "store") };
  process.env.OVERSIGHT_CACHE = join(folder, "cache");
  try {
    const out = join(folder, "experiment");
    const file = await makeGrid(folder, runs);
    const flags = kind === "postgres" ? [] : ["--store", join(folder, "store")];
    await oversight("enqueue", file, "--out", out, ...flags);
    const plan = readPlan(out);

    const begun = performance.now();
    const spent = await (kind === "postgres" ? asProcesses(folder, workers) : inThisProcess(folder, place, workers));
    const seconds = (performance.now() - begun) / 1000;
    await requireOnce(plan, place, folder, spent.ended);

    const percent = (activity: Activity) => round((100 * spent[activity]) / (seconds * workers));
    return {
      ...{ store: kind, runs, workers, seconds: round(seconds), runsPerMinute: round((60 * runs) / seconds) },
      shares: { runs: percent("runs"), queue: percent("queue"), checkpoints: percent("checkpoints") },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** An experiment of its own, also in a database that holds others. */
async function makeGrid(folder: string, seeds: number): Promise<string> {
  const data = join(folder, "data");
  await makeDemoData(data, { seed: 3, train: 16, validation: 8, testPerGenerator: 4, size: 32 });
  const file = join(folder, "grid.yaml");
  const grid = {
    name: `bench-queue-${process.pid}-${Date.now()}`,
    data: { demo: { manifest: join(data, "train.csv") } },
    tests: [{ name: "unseen", manifest: join(data, "test-cedar.csv") }],
    networks: ["resnet-small"],
    strategies: [{ name: "classical", data: "demo", guidance: "cross-entropy" }],
    ...{ seeds, settings: { epochs: 1, batch: 16, inputSize: 32 } },
  };
  writeFileSync(file, stringify(grid));
  return file;
}

type Spent = Record<Activity, number> & { ended: number };

async function asProcesses(folder: string, workers: number): Promise<Spent> {
  const flags = ["--checkpoints", join(folder, "checkpoints"), "--device", "cpu", "--threads", "1", "--until-empty"];
  const said = await Promise.all(
    Array.from({ length: workers }, async (_, index) => {
      const words = await oversight("worker", ...flags, "--work", join(folder, `work-${index}`));
      const found = /^(\d+) runs in (\d+) s: ([\d.]+) s in runs, ([\d.]+) s in the queue, ([\d.]+) s in/m.exec(words);
      if (found === null) throw new Error(`a worker did not say what it had done: ${words.slice(-1000)}`);
      const [ended, , runs, queue, checkpoints] = found.slice(1).map(Number);
      return { ended, runs, queue, checkpoints };
    }),
  );
  const sum = (key: keyof Spent) => said.reduce((total, worker) => total + worker[key], 0);
  return { ended: sum("ended"), runs: sum("runs"), queue: sum("queue"), checkpoints: sum("checkpoints") };
}

async function inThisProcess(folder: string, place: StorePlace, workers: number): Promise<Spent> {
  return withQueue(place, async (queue) => {
    const { ended, spent } = await work({
      ...{ queue, checkpoints: openCheckpoints(join(folder, "checkpoints")), work: join(folder, "work") },
      slots: Array.from({ length: workers }, () => ({ threads: 1, device: "cpu" })),
      ...{ heartbeat, checkpointEvery: 120, untilEmpty: true, signal: new AbortController().signal },
      say: (line) => process.stderr.write(`${line}\n`),
    });
    return { ...spent, ended: ended.length };
  });
}

/** @throws Error when a run is not done, or anything of it was done twice */
async function requireOnce(plan: ExperimentPlan, place: StorePlace, folder: string, attempts: number): Promise<void> {
  const wrong: string[] = [];
  await withQueue(place, async (queue, store) => {
    await collect(plan, queue, openCheckpoints(join(folder, "checkpoints")));
    const { rows } = await sql<{ state: string; retry_count: number; jobs: number }>`
      select state::text, retry_count, count(*) as jobs from ${sql.table(`${bossSchema}.job`)}
      where data->'plan'->>'name' = ${plan.name} group by 1, 2`.execute(store.db);
    const [{ state, retry_count, jobs }] = rows;
    if (rows.length !== 1 || state !== "completed" || retry_count !== 0 || Number(jobs) !== plan.runs.length)
      wrong.push(`the queue's jobs: ${JSON.stringify(rows)}`);
  });
  if (attempts !== plan.runs.length) wrong.push(`workers had ${attempts} runs, not ${plan.runs.length}`);
  for (const run of plan.runs) {
    const status = readRunStatus(run);
    const epochs = readMetrics(join(run.folder, "metrics.jsonl")).length;
    if (!isDone(status, plan) || epochs !== 1) wrong.push(`${run.name}: ${status.state}, ${epochs} epochs written`);
  }
  if (wrong.length > 0) throw new Error(`not every run once: ${wrong.slice(0, 5).join("; ")}`);
}

const withQueue = <T>(place: StorePlace, use: (queue: RunQueue, store: Store) => Promise<T>): Promise<T> =>
  withRunQueue(
    place,
    { heartbeat, onError: ({ message }) => process.stderr.write(`the queue's database: ${message}\n`) },
    use,
  );

/** @returns what it said on stderr */
async function oversight(...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [command, "experiment", ...args], { stdio: ["ignore", "ignore", "pipe"] });
  const [words, [code]] = await Promise.all([text(child.stderr), once(child, "close")]);
  if (code !== 0)
    throw new InputError(`oversight experiment ${args[0]} ended with ${code}: ${words.trim().slice(-1000)}`);
  return words;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
