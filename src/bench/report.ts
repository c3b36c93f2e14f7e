/**
 * The report of a large experiment, made by the real command from the files that its runs leave: seconds, processor time,
 * peak memory. The runs' scores are drawn from normal distributions, no image is needed. Reading the files is part of the
 * time; they come from the disk's cache where they fit into the memory.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { InputError } from "../base/errors.ts";
import { startProgress } from "../base/progress.ts";
import { type RandomStream, randomStream } from "../base/random.ts";
import {
  type EvaluationResults,
  type ScoreRow,
  scoresPath,
  summarise,
  writeAttention,
  writeEvaluation,
} from "../evaluation/index.ts";
import { scoreColumns } from "../evaluation/scores-file.ts";
import { writePlan } from "../experiment/plan.ts";
import { evaluationFingerprint, writeRunStatus } from "../experiment/run-status.ts";
import type { ExperimentRun, UnplacedRun } from "../experiment/runs.ts";
import { parseConfig } from "../training/config.ts";
import type { EpochMetrics } from "../training/metrics.ts";
import type { NetworkName } from "../vision/networks/index.ts";

export interface ReportBenchOptions {
  /** A multiple of 16: four strategies on four networks. */
  runs: number;
  testSets: number;
  /** Of each test set, half of them positive. */
  images: number;
}

const networks: readonly NetworkName[] = ["densenet121", "resnet50", "inception_v3", "xception"];
/** How far the scores of positives lie above those of negatives, in standard deviations. */
const strategies = { classical: 0.9, "classical 7×": 1.1, masks: 1, cyborg: 1.3 } as const;
const labels = ["Real", "Synthetic"] as const;
const epochs = 50;
const camSide = 7;

const command = fileURLToPath(new URL("../../bin/oversight.mjs", import.meta.url));

/** Prints a line and one JSON object. @throws InputError when the number of runs makes no whole grid */
export async function benchReport(options: ReportBenchOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "oversight-bench-"));
  try {
    makeExperiment(folder, options);
    const { seconds, cpuSeconds, peakMegabytes } = await makeReport(folder);
    const { runs, testSets, images } = options;
    process.stderr.write(
      `${runs} runs × ${testSets} test sets × ${images} scores: ${seconds.toFixed(1)} s, ` +
        `${cpuSeconds.toFixed(1)} s of the processor, ${peakMegabytes} MB at most\n`,
    );
    const about = { bench: "report", cpu: cpus()[0].model, cpus: cpus().length, ...options };
    console.log(JSON.stringify({ ...about, seconds, cpuSeconds, peakMegabytes }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function makeReport(folder: string) {
  const begun = performance.now();
  const child = spawn(process.execPath, [command, "experiment", "report", folder], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const used = { cpuSeconds: 0, peakMegabytes: 0 };
  const watch = setInterval(() => Object.assign(used, usageOf(child.pid!)), 50);
  const [code] = await once(child, "exit").finally(() => clearInterval(watch));
  if (code !== 0) throw new InputError(`oversight experiment report ended with ${code}`);
  return { seconds: (performance.now() - begun) / 1000, ...used };
}

/** Of a process that runs, by Linux's /proc. */
function usageOf(pid: number): Partial<{ cpuSeconds: number; peakMegabytes: number }> {
  if (!existsSync(`/proc/${pid}/stat`)) return {};
  // Behind the name, which is in brackets; the times are in hundredths of a second.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  // One that is about to go has no memory any more.
  if (peak === undefined) return {};
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100,
    peakMegabytes: Math.round(Number(peak) / 1024),
  };
}

/** Fills the folder as the runs' own commands would; the same numbers each time. */
export function makeExperiment(folder: string, { runs, testSets, images }: ReportBenchOptions): void {
  const seeds = runs / (networks.length * Object.keys(strategies).length);
  if (!Number.isInteger(seeds) || seeds < 1) throw new InputError(`--runs: expected a multiple of 16, found ${runs}`);
  const sets = Array.from({ length: testSets }, (_, i) => makeSet(`generator ${i + 1}`, images));
  const tests = sets.map(({ name }) => ({ name, manifest: `/data/${name}.csv`, fingerprint: name, images }));
  const plan = writePlan(folder, { name: "large", threshold: { rule: "eer" } }, tests, planRuns(seeds));
  const progress = startProgress();
  for (const [done, run] of plan.runs.entries()) {
    mkdirSync(join(run.folder, "scores"), { recursive: true });
    writeRun(run, sets);
    writeRunStatus(run, {
      ...{ id: run.id, state: "done", epoch: epochs, epochs, bestAuc: 0.99, worker: "host:1" },
      ...{ startedAt: "2026-01-01T00:00:00.000Z", finishedAt: "2026-01-01T01:00:00.000Z" },
      evaluated: evaluationFingerprint(plan),
    });
    progress.update("making run folders", done + 1, runs, "runs");
  }
  progress.end();
}

function planRuns(seeds: number): UnplacedRun[] {
  const data = { manifest: "/data/train.csv", classes: [...labels], positive: labels[1] };
  const cells = Array.from({ length: seeds }, (_, seed) =>
    Object.keys(strategies).flatMap((strategy) => networks.map((network) => ({ strategy, network, seed: seed + 1 }))),
  ).flat();
  return cells.map(({ strategy, network, seed }, i) => {
    const guided = strategy === "masks" || strategy === "cyborg";
    const guidance = guided ? { name: "cyborg", alpha: 0.5 } : { name: "cross-entropy" };
    return {
      ...{ id: i.toString(16).padStart(16, "0"), name: `${strategy}/${network}/seed=${seed}` },
      ...{ strategy, network, seed, alpha: guided ? 0.5 : null },
      config: parseConfig({ data, network, seed, epochs, guidance }, "bench"),
    };
  });
}

interface TestSet {
  name: string;
  /** What each row begins with: path, label and source. */
  rows: { label: (typeof labels)[number]; path: string; source: string }[];
}

function makeSet(name: string, images: number): TestSet {
  const rows = Array.from({ length: images }, (_, i) => {
    const label = labels[i % 2];
    const source = label === "Real" ? "real" : name;
    return { label, source, path: `images/${name.replace(" ", "-")}/${source}-${String(i).padStart(5, "0")}.png` };
  });
  return { name, rows };
}

function writeRun(run: ExperimentRun, sets: readonly TestSet[]): void {
  const random = randomStream(run.seed, run.strategy, run.network);
  const separation = strategies[run.strategy as keyof typeof strategies] + 0.1 * random.normal();
  for (const { name, rows } of sets) {
    const lines = rows.map(({ path, label, source }) => {
      const { score, probability, predicted } = drawScore(label, separation, random);
      return `${path},${label},${source},${score},${probability},${predicted}\n`;
    });
    writeFileSync(scoresPath(run.folder, name), `${scoreColumns.join(",")}\n${lines.join("")}`);
  }
  writeEvaluation(run.folder, likeEvaluation(sets));
  const metrics = Array.from({ length: epochs }, (_, i) => `${JSON.stringify(epochMetrics(i + 1))}\n`);
  writeFileSync(join(run.folder, "metrics.jsonl"), metrics.join(""));
  const where = () => Array.from({ length: camSide * camSide }, () => random.uniform());
  writeAttention(
    run.folder,
    ["validation", ...sets.map(({ name }) => name)].flatMap((testSet) =>
      labels.map((label) => ({
        ...{ testSet, label, images: 100, entropy: 0.8, alignment: null },
        mean: { width: camSide, height: camSide, values: where() },
      })),
    ),
  );
}

function drawScore(label: string, separation: number, random: RandomStream) {
  const score = random.normal() + (label === "Synthetic" ? separation : 0);
  return { score, probability: 1 / (1 + Math.exp(-score)), predicted: labels[score > 0 ? 1 : 0] };
}

let evaluated: EvaluationResults | undefined;

/** As large as any run's, with the numbers of one: the report takes the threshold from it, and all else from the scores. */
function likeEvaluation(sets: readonly TestSet[]): EvaluationResults {
  const random = randomStream(1, "evaluation");
  const positiveClass = labels[1];
  evaluated ??= {
    ...{ positiveClass, classes: [...labels] },
    threshold: { value: 0.5, rule: { rule: "eer" }, from: { split: "val", manifest: "/data/train.csv" } },
    testSets: sets.map(({ name, rows }) => {
      const scored = rows.map((row): ScoreRow => ({ ...row, ...drawScore(row.label, 1, random) }));
      return summarise({ name, manifest: `/data/${name}.csv` }, scored, { positiveClass, threshold: 0.5 });
    }),
  };
  return evaluated;
}

function epochMetrics(epoch: number): EpochMetrics {
  return {
    ...{ kind: "epoch", epoch, epochs, learningRate: 0.005, best: false },
    train: { loss: 1 / epoch, crossEntropy: 1 / epoch, guidance: null, accuracy: 0.8 },
    validation: { auc: 0.9, accuracy: 0.9, crossEntropy: 0.3 },
    ...{ images: 1000, guided: 0, imagesPerSecond: 10, seconds: 100, time: 1_700_000_000 + epoch },
  };
}
