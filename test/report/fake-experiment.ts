/** An experiment's folder as its runs leave it, with seeded numbers in place of networks. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomStream } from "../../src/base/random.ts";
import {
  type AttentionEntry,
  chooseThreshold,
  type ScoreRow,
  scoresPath,
  splitScores,
  summarise,
  writeAttention,
  writeEvaluation,
  writeScores,
} from "../../src/evaluation/index.ts";
import { writePlan } from "../../src/experiment/plan.ts";
import { evaluationFingerprint, writeRunStatus } from "../../src/experiment/run-status.ts";
import type { ExperimentRun } from "../../src/experiment/runs.ts";
import { parseConfig } from "../../src/training/config.ts";

export interface FakeStrategy {
  name: string;
  guidance: "cross-entropy" | "cyborg";
  alphas?: number[];
  /** How far the scores of positives lie above those of negatives, in standard deviations. */
  separation: number;
  trainingImages?: number;
  /** How far the mean CAM wanders from run to run. */
  wander?: number;
  /** Guided by maps that are not people's. */
  otherMaps?: boolean;
}

export interface FakeExperiment {
  name?: string;
  strategies: FakeStrategy[];
  networks?: ("resnet50" | "densenet121" | "inception_v3" | "xception")[];
  seeds?: number[];
  /** Generators of each test set. */
  testSets?: Record<string, string[]>;
  /** Positives of each generator, and negatives of each set. */
  images?: number;
  labels?: { real: string; fake: string };
  /** What becomes of a run; done without it. */
  state?: (run: { strategy: string; seed: number }) => "done" | "failed" | "waiting";
  humanMaps?: boolean;
}

export const threeStrategies: FakeStrategy[] = [
  { name: "classical", guidance: "cross-entropy", separation: 0.15, trainingImages: 1821, wander: 0.3 },
  { name: "classical 7×", guidance: "cross-entropy", separation: 0.3, trainingImages: 12747, wander: 0.3 },
  { name: "cyborg", guidance: "cyborg", alphas: [0.5], separation: 0.45, trainingImages: 1821, wander: 0.05 },
];

/** Fills `folder`; the same description gives the same folder. */
export function writeFakeExperiment(folder: string, fake: FakeExperiment): ExperimentRun[] {
  const { networks = ["resnet50"], seeds = [1, 2, 3], images = 60, state = () => "done" } = fake;
  const { testSets = { "StyleGAN3 set": ["StyleGAN3"], mixed: ["StarGANv2", "ProGAN"] } } = fake;
  const { labels = { real: "Real", fake: "Synthetic" } } = fake;
  const tests = Object.keys(testSets).map((name) => ({
    name,
    manifest: `/data/${name}.csv`,
    fingerprint: name,
    images: images * (testSets[name].length + 1),
  }));
  const planned = seeds.flatMap((seed) =>
    fake.strategies.flatMap((strategy) =>
      networks.flatMap((network) => (strategy.alphas ?? [null]).map((alpha) => ({ seed, strategy, network, alpha }))),
    ),
  );
  const runs = planned.map(({ seed, strategy, network, alpha }, i) => ({
    id: (i + 1).toString(16).padStart(16, "0"),
    name: [strategy.name, network, ...(alpha === null ? [] : [`alpha=${alpha}`]), `seed=${seed}`].join("/"),
    ...{ strategy: strategy.name, network, alpha, seed, otherMaps: strategy.otherMaps },
    config: parseConfig(
      {
        data: { manifest: "/data/train.csv", classes: [labels.real, labels.fake], positive: labels.fake },
        ...{ network, seed, epochs: 5 },
        guidance: alpha === null ? { name: "cross-entropy" } : { name: "cyborg", alpha },
      },
      "fake",
    ),
  }));
  const plan = writePlan(folder, { name: fake.name ?? "faces", threshold: { rule: "eer" } }, tests, runs);
  for (const [i, run] of plan.runs.entries()) {
    const became = state(run);
    mkdirSync(run.folder, { recursive: true });
    if (became === "done") writeRun(run, planned[i].strategy, { testSets, images, labels, humanMaps: fake.humanMaps });
    writeRunStatus(run, {
      ...{ id: run.id, state: became, epoch: 5, epochs: 5, bestAuc: 0.9, worker: "host:1" },
      ...{ startedAt: "2026-01-01T00:00:00.000Z", finishedAt: "2026-01-01T01:00:00.000Z" },
      evaluated: became === "done" ? evaluationFingerprint(plan) : null,
      ...(became === "failed" ? { error: "/data/train.csv: no space left on the disk" } : {}),
    });
  }
  return plan.runs;
}

type Described = Required<Pick<FakeExperiment, "testSets" | "images" | "labels">> & Pick<FakeExperiment, "humanMaps">;

function writeRun(run: ExperimentRun, strategy: FakeStrategy, { testSets, images, labels, humanMaps }: Described) {
  const random = randomStream(run.seed, run.strategy, run.network, String(run.alpha));
  const luck = 0.12 * random.normal();
  const guided = run.alpha === null ? 0 : 0.3 * (1 - Math.abs(run.alpha - 0.5));
  const row = (label: string, source: string, i: number, shift: number): ScoreRow => {
    const score = random.normal() + shift;
    const predicted = score > 0 ? labels.fake : labels.real;
    return { path: `${source}/${i}.png`, label, source, score, probability: 1 / (1 + Math.exp(-score)), predicted };
  };
  const set = (generators: string[], separation: number, from: number) => [
    ...generators.flatMap((generator, g) =>
      Array.from({ length: images }, (_, i) => row(labels.fake, generator, i, separation + 0.15 * g + luck + guided)),
    ),
    ...Array.from({ length: images }, (_, i) => row(labels.real, "FFHQ", from + i, 0)),
  ];
  const positiveClass = labels.fake;
  const threshold = chooseThreshold(splitScores(set(["StyleGAN2"], 2.5, 0), positiveClass));
  const rowsOf = Object.entries(testSets).map(([name, generators], n) => {
    const rows = set(generators, strategy.separation, 1000 * n);
    writeScores(scoresPath(run.folder, name), rows);
    return { name, rows };
  });
  writeEvaluation(run.folder, {
    ...{ positiveClass, classes: [labels.real, labels.fake] },
    threshold: { value: threshold, rule: { rule: "eer" }, from: { split: "val", manifest: "/data/train.csv" } },
    testSets: rowsOf.map(({ name, rows }) =>
      summarise({ name, manifest: `/data/${name}.csv` }, rows, { positiveClass, threshold }),
    ),
  });
  const lines = Array.from({ length: 5 }, (_, i) => ({
    ...{ kind: "epoch", epoch: i + 1, epochs: 5, learningRate: 0.005, best: i === 4 },
    train: { loss: 1 / (i + 1), crossEntropy: 1 / (i + 1), guidance: null, accuracy: 0.8 },
    validation: { auc: 0.9, accuracy: 0.95 - 0.3 * 0.5 ** (i + strategy.separation) - 0.02 * luck, crossEntropy: 0.3 },
    ...{ images: strategy.trainingImages ?? 100, guided: 0, imagesPerSecond: 10, seconds: 10, time: 1_700_000_000 + i },
  }));
  writeFileSync(join(run.folder, "metrics.jsonl"), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  writeFileSync(join(run.folder, "report.html"), "<!doctype html><title>a run</title>");

  const side = 7;
  const wander = strategy.wander ?? 0.2;
  const [x, y] = [0.5 + wander * (random.uniform() - 0.5), 0.4 + wander * (random.uniform() - 0.5)];
  const entry = (testSet: string, label: string): AttentionEntry => ({
    ...{ testSet, label, images, entropy: 0.8 + 0.1 * random.uniform() },
    mean: {
      ...{ width: side, height: side },
      values: Array.from({ length: side * side }, (_, i) => {
        const [dx, dy] = [((i % side) + 0.5) / side - x, (Math.floor(i / side) + 0.5) / side - y];
        return Math.exp(-(dx * dx + dy * dy) / 0.05);
      }),
    },
    alignment:
      humanMaps === true || testSet === "validation"
        ? { images, pearson: 0.4 + 0.1 * random.uniform(), spearman: 0.3, topIou: 0.2, kl: 1.5 }
        : null,
  });
  writeAttention(
    run.folder,
    ["validation", ...Object.keys(testSets)].flatMap((name) => [entry(name, labels.real), entry(name, labels.fake)]),
  );
}
