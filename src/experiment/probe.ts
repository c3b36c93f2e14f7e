/**
 * A short measurement of one run on its real data: a few training steps, a few batches of validation and of scoring. It
 * runs in a process of its own (`oversight experiment probe`), so that its memory is its own, too.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { randomStream } from "../base/random.ts";
import { openDataset } from "../data/dataset.ts";
import { readManifest, samplesOf } from "../data/manifest.ts";
import type { Sample } from "../data/sample.ts";
import { scoreSamples } from "../evaluation/score-samples.ts";
import { manualSeed, setThreads, setUpDevice } from "../torch/modes.ts";
import { Sgd } from "../torch/optim/sgd.ts";
import { scope } from "../torch/scope.ts";
import { makeBatch } from "../training/batches.ts";
import type { TrainingConfig } from "../training/config.ts";
import { chooseDevice, choosePrecision } from "../training/device.ts";
import { gradientStep } from "../training/gradient-step.ts";
import { makeClassifier, makeLoss } from "../training/prepare.ts";
import { validate } from "../training/train.ts";
import type { Slot } from "./machine.ts";

export const speedSchema = z.object({
  /** Seconds until a process is ready to work. */
  start: z.number().positive(),
  /** Seconds for each image of a training step, of validation from the cache, and of scoring from a file. */
  training: z.number().positive(),
  validation: z.number().positive(),
  scoring: z.number().positive(),
  /** The greatest memory of the process, in bytes. */
  memory: z.number().positive(),
});
export type Speed = z.infer<typeof speedSchema>;

/** The first steps tune convolutions and fill pools of memory; they do not count. */
const steps = { warmUp: 1, measured: 3 };
const scored = 16;

/** @throws InputError when the data cannot be read, as the run itself would */
export async function measureSpeed(config: TrainingConfig, slot: Slot): Promise<Speed> {
  const start = process.uptime();
  setThreads(slot.threads);
  manualSeed(config.seed);
  const device = chooseDevice(slot.device);
  setUpDevice(device);
  const classifier = makeClassifier(config, device, choosePrecision(config.precision, device));
  classifier.network.to(device, "channelsLast");
  const loss = makeLoss(config.guidance);
  const manifest = readManifest(config.data.manifest, config.data);
  const count = config.batch * (steps.warmUp + steps.measured);
  // Guided images where the loss is guided: they are what a step costs most.
  const training = samplesOf(manifest, "train").filter(({ saliency }) => !loss.usesMaps || saliency !== undefined);
  const validation = samplesOf(manifest, "val");

  const cacheFolder = mkdtempSync(join(tmpdir(), "oversight-probe-"));
  const open = (samples: readonly Sample[], maps: boolean) =>
    openDataset(some(samples, count), { size: classifier.input.size, maps, cacheFolder });
  try {
    const seen = await open(training, loss.usesMaps);
    const unseen = await open(validation, false);
    const optimiser = new Sgd(classifier.network.namedParameters(), config);
    const plan = { dataset: seen, classifier, augment: config.augment, seed: config.seed, usesMaps: loss.usesMaps };
    classifier.network.train();
    const step = (index: number) => {
      const first = index * config.batch;
      // Small data fill fewer batches than are measured.
      const chosen = Array.from({ length: config.batch }, (_, image) => (first + image) % seen.samples.length);
      scope(() => gradientStep(classifier, loss, optimiser, makeBatch(plan, chosen, 0), config));
    };
    for (let index = 0; index < steps.warmUp; index++) step(index);
    const stepping = await seconds(() => {
      for (let index = 0; index < steps.measured; index++) step(steps.warmUp + index);
    });
    validate(classifier, unseen, config.batch);
    const validating = await seconds(() => validate(classifier, unseen, config.batch));
    const files = some(validation, scored);
    const scoring = await seconds(() => scoreSamples(classifier, files, { batch: scored, tap: "gap" }));
    seen.close();
    unseen.close();
    return {
      start,
      training: stepping / (steps.measured * config.batch),
      validation: validating / unseen.samples.length,
      scoring: scoring / files.length,
      memory: process.resourceUsage().maxRSS * 1024,
    };
  } finally {
    rmSync(cacheFolder, { recursive: true, force: true });
  }
}

/** At most `count`, of all classes as chance has it. */
function some(samples: readonly Sample[], count: number): Sample[] {
  return randomStream(1, "probe").shuffle(samples).slice(0, count);
}

async function seconds(work: () => unknown): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}
