/** The demonstration's comparison: both strategies with the same data, schedule and seeds, each run in its own process. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readEvaluation } from "../evaluation/index.ts";
import type { DemoData } from "./make.ts";

const oversight = fileURLToPath(new URL("../../bin/oversight.mjs", import.meta.url));

export const strategies = [
  { name: "classical", title: "Classical", settings: ["--guidance", "cross-entropy"] },
  // λ rather than α, so that the cross-entropy term takes the same steps in both.
  { name: "cyborg", title: "CYBORG", settings: ["--guidance", "cyborg", "--lambda", "10"] },
] as const;
export type StrategyName = (typeof strategies)[number]["name"];

/**
 * One schedule for every strategy. Chosen on the data of seed 1 by validation AUC, three settings for each strategy:
 * learning rates 0.01, 0.02, 0.05 for classical, λ 2, 5, 10 for CYBORG. The demonstration runs on the data of seed 2.
 */
const schedule = [
  ...["--network", "resnet-small", "--epochs", "12", "--batch", "20", "--learning-rate", "0.01"],
  // One thread each: small convolutions gain more from runs side by side.
  ...["--threads", "1", "--device", "cpu"],
];

export interface DemoRun {
  strategy: StrategyName;
  seed: number;
  folder: string;
}

export function plannedRuns(folder: string, seeds: readonly number[]): DemoRun[] {
  return seeds.flatMap((seed) =>
    strategies.map(({ name }) => ({ strategy: name, seed, folder: join(folder, "runs", `${name}-${seed}`) })),
  );
}

/** The report is the last thing that a run is given. */
export function isFinished({ folder }: DemoRun): boolean {
  return existsSync(join(folder, "report.html"));
}

export interface CompareOptions {
  data: DemoData;
  runs: readonly DemoRun[];
  /** Runs at a time. */
  atOnce: number;
  onDone: (run: DemoRun, done: number) => void;
  /** Asked before each run begins: true ends the comparison where it can go on. */
  stopped: () => boolean;
}

/**
 * Trains and evaluates every run that is not finished yet.
 * @throws Error with the command's last words when a run fails
 */
export async function compare({ data, runs, atOnce, onDone, stopped }: CompareOptions): Promise<void> {
  const waiting = [...runs];
  let done = 0;
  const worker = async () => {
    for (let run = waiting.shift(); run !== undefined && !stopped(); run = waiting.shift()) {
      if (isFinished(run)) {
        onDone(run, ++done);
        continue;
      }
      const { settings: own } = strategies.find(({ name }) => name === run!.strategy)!;
      const settings = [...own, "--seed", String(run.seed), ...schedule];
      await command(["train", "--data", data.train, "--out", run.folder, ...settings]);
      const tests = data.tests.flatMap(({ generator, manifest }) => ["--test", `${generator}=${manifest}`]);
      await command(["evaluate", run.folder, ...tests, "--device", "cpu"]);
      await command(["report", run.folder]);
      onDone(run, ++done);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

function command(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, OMP_NUM_THREADS: "1" };
    const child = spawn(process.execPath, [oversight, ...args], { stdio: ["ignore", "ignore", "pipe"], env });
    let words = "";
    child.stderr.on("data", (chunk) => {
      words = (words + chunk).slice(-4000);
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`\`oversight ${args[0]}\` ended with ${code}: ${words.trim().split("\n").at(-1)}`));
    });
  });
}

/** AUC by strategy, then by generator (test set), one value a seed in the order of the runs. */
export type AucTable = Record<StrategyName, Map<string, number[]>>;

export function collectAucs(runs: readonly DemoRun[]): AucTable {
  const table: AucTable = { classical: new Map(), cyborg: new Map() };
  for (const { strategy, folder } of runs) {
    for (const { name, auc } of readEvaluation(folder).testSets) {
      if (auc.value === null) throw new Error(`${folder}: ${name} has no AUC: ${auc.reason}`);
      const values = table[strategy].get(name) ?? [];
      values.push(auc.value);
      table[strategy].set(name, values);
    }
  }
  return table;
}
