/** An experiment's folder for tests of the dashboard: images that are there, statuses of all kinds, weights for some runs. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { type ExperimentPlan, planFile, readPlan } from "../../src/experiment/plan.ts";
import type { RunStatus } from "../../src/experiment/run-status.ts";
import { writeRunStatus } from "../../src/experiment/run-status.ts";
import type { ExperimentRun } from "../../src/experiment/runs.ts";
import { writeSafetensors } from "../../src/torch/files/index.ts";
import { networks } from "../../src/vision/index.ts";
import { makeData } from "../cli/command.ts";
import { writeFakeExperiment } from "../report/fake-experiment.ts";

/** Two strategies × three seeds; the last seed's runs are waiting. */
export async function makeDashboardFolder(root: string): Promise<ExperimentPlan> {
  const folder = join(root, "experiment");
  const data = join(root, "data");
  await makeData(data, { train: 4, val: 4, test: 6 });
  writeFakeExperiment(folder, {
    strategies: [
      { name: "classical", guidance: "cross-entropy", separation: 1 },
      { name: "cyborg", guidance: "cyborg", alphas: [0.5], separation: 2 },
    ],
    ...{ testSets: { unseen: ["GAN"] }, labels: { real: "A", fake: "B" }, images: 20 },
    state: ({ seed }) => (seed === 3 ? "waiting" : "done"),
  });
  // Small networks that look at images that are there.
  const plan = JSON.parse(readFileSync(planFile(folder), "utf8"));
  plan.tests[0].manifest = join(data, "test.csv");
  for (const run of plan.runs) {
    run.network = run.config.network = "resnet-small";
    run.config.inputSize = 32;
    run.config.data.manifest = join(data, "train.csv");
  }
  writeFileSync(planFile(folder), JSON.stringify(plan));
  const read = readPlan(folder);
  for (const run of read.runs.filter(({ seed }) => seed === 3)) setStatus(run, { state: "waiting" });
  for (const run of read.runs.filter(({ seed }) => seed === 1)) writeWeights(run);
  return read;
}

export function setStatus(run: ExperimentRun, change: Partial<RunStatus>): void {
  mkdirSync(run.folder, { recursive: true });
  writeRunStatus(run, {
    ...{ id: run.id, state: "running", epoch: 0, epochs: 5, bestAuc: null, worker: "elsewhere:1" },
    ...{ startedAt: "2026-01-01T00:00:00.000Z", finishedAt: null, evaluated: null },
    ...change,
  });
}

/** Weights as they are before any training. */
export function writeWeights({ folder, config }: ExperimentRun): void {
  const environment = {
    ...{ oversight: "0", libtorch: "0", cpuCapability: "none", threads: 1, device: "cpu" },
    ...{ precision: "float32", data: "none" },
  };
  writeFileSync(join(folder, "config.yaml"), stringify({ ...config, environment }));
  writeSafetensors(join(folder, "best.safetensors"), networks[config.network].create(2).stateDict());
}
