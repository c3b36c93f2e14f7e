/** One measurement of ours in a process of its own: takes a task as JSON, prints its result as JSON. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { randomStream } from "../base/random.ts";
import { openDataset } from "../data/dataset.ts";
import type { Sample } from "../data/sample.ts";
import { scoreSamples } from "../evaluation/score-samples.ts";
import { cyborgLoss } from "../guidance/index.ts";
import { indices, ones, rand } from "../torch/create.ts";
import { setThreads, setUpDevice } from "../torch/modes.ts";
import { Sgd } from "../torch/optim/sgd.ts";
import { openProcessGroup, Store } from "../torch/process-group.ts";
import { keep, scope } from "../torch/scope.ts";
import { epochOrder } from "../training/augment.ts";
import { makeBatch } from "../training/batches.ts";
import { type Batch, gradientStep } from "../training/gradient-step.ts";
import { type Classifier, type Precision, prepareImages } from "../vision/classifier.ts";
import { type NetworkName, networks } from "../vision/networks/index.ts";

export interface OursTask {
  kind: "step" | "score" | "epoch";
  network: NetworkName;
  batch: number;
  /** Steps timed, after one that is not. */
  steps: number;
  threads: number;
  device: string;
  precision: Precision;
  /** Of a step by several processes: this one's place, and the file by which they meet. */
  group?: { rank: number; size: number; store: string };
}

export interface OursResult {
  /** From the median step. */
  imagesPerSecond: number;
  /** The most resident memory the process had. */
  peakMegabytes: number;
}

/** The options of the published code's loss, as the peer computes it. */
const loss = cyborgLoss({ blend: { alpha: 0.5 }, explainedClass: "predicted", tap: "gap", camWeights: "attached" });

function makeClassifier({ network: name, device, precision }: OursTask): Classifier {
  const { create, inputSize, mean, std } = networks[name];
  const input = { size: inputSize, mean, std };
  const network = create(2).to(device, "channelsLast");
  return { network, input, classes: ["Real", "Synthetic"], positive: "Synthetic", device, precision };
}

function makeStep(classifier: Classifier): (batch: Batch) => void {
  classifier.network.train();
  const optimiser = new Sgd(classifier.network.namedParameters(), { momentum: 0.9, weightDecay: 1e-6 });
  return (batch) => {
    gradientStep(classifier, loss, optimiser, batch, { learningRate: 0.005 });
  };
}

/** Runs `step` once to warm up, then `count` times. @returns the median, in seconds */
async function time(count: number, step: () => void | Promise<void>): Promise<number> {
  const seconds: number[] = [];
  for (let turn = 0; turn <= count; turn++) {
    const begun = performance.now();
    await step();
    await new Promise(setImmediate); // as in training: what the collector frees is freed between turns of the event loop
    if (turn > 0) seconds.push((performance.now() - begun) / 1000);
  }
  return seconds.sort((a, b) => a - b)[count >> 1];
}

async function timeStep(task: OursTask): Promise<number> {
  const classifier = makeClassifier(task);
  const { size } = classifier.input;
  const { device } = task;
  const step = makeStep(classifier);
  const { rank = 0, size: processes = 1, store = "" } = task.group ?? {};
  const meeting = { rank, size: processes, address: "127.0.0.1", device };
  const group = task.group && openProcessGroup(Store.inFile(store, processes), meeting);
  const share = group?.shareOf(task.batch);
  const count = share?.length ?? task.batch;
  const pixels = scope(() => rand([count, size, size, 3]).mul(255).to("uint8"));
  const batch = {
    images: keep(prepareImages(pixels, classifier)),
    labels: indices(Array.from({ length: count }, (_, index) => index % 2)).toDevice(device),
    maps: rand([count, 7, 7]).toDevice(device),
    weights: ones([count]).toDevice(device),
    guided: task.batch,
    share,
  };
  return task.batch / (await time(task.steps, () => step(batch)));
}

/** Writes noise over soft shapes as JPEG files, about as large as photographs of their size. */
async function writeImages(folder: string, count: number, size: number): Promise<Sample[]> {
  const random = randomStream(1, "bench");
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const coarse = Buffer.from(Array.from({ length: 16 * 16 * 3 }, () => random.integer(256)));
      const path = join(folder, `${index}.jpg`);
      const picture = sharp(coarse, { raw: { width: 16, height: 16, channels: 3 } });
      await picture.resize(size, size, { kernel: "cubic" }).jpeg({ quality: 90 }).toFile(path);
      const label = index % 2 === 0 ? "Real" : "Synthetic";
      return {
        split: "train",
        label,
        path,
        name: path,
        saliency: undefined,
        line: index + 1,
      } as const;
    }),
  );
}

async function timeScore(task: OursTask, folder: string): Promise<number> {
  const classifier = makeClassifier(task);
  const samples = await writeImages(folder, task.batch * (task.steps + 1), classifier.input.size);
  const score = (chosen: readonly Sample[]) => scoreSamples(classifier, chosen, { batch: task.batch, tap: "gap" });
  await score(samples.slice(0, task.batch));
  const begun = performance.now();
  await score(samples);
  return samples.length / ((performance.now() - begun) / 1000);
}

async function timeEpoch(task: OursTask, folder: string): Promise<number> {
  const classifier = makeClassifier(task);
  const { size } = classifier.input;
  const images = await writeImages(folder, task.batch * (task.steps + 1), size);
  const samples = images.map((sample) => ({ ...sample, saliency: sample.path.replace(/jpg$/, "png") }));
  for (const { saliency, path } of samples) await sharp(path).greyscale().toFile(saliency);
  const dataset = await openDataset(samples, { size, maps: true, cacheFolder: folder });
  const plan = { dataset, classifier, augment: { flip: false, crop: 0 }, seed: 1, usesMaps: true };
  const step = makeStep(classifier);
  const order = epochOrder(samples.length, 1, 0);
  let at = 0;
  const seconds = await time(task.steps, () => {
    scope(() => step(makeBatch(plan, order.slice(at, at + task.batch), 0)));
    at += task.batch;
  });
  return task.batch / seconds;
}

const task: OursTask = JSON.parse(process.argv[2]);
setThreads(task.threads);
setUpDevice(task.device);
const folder = mkdtempSync(join(tmpdir(), "oversight-bench-"));
try {
  const run = { step: timeStep, score: timeScore, epoch: timeEpoch }[task.kind];
  const imagesPerSecond = await run(task, folder);
  const result: OursResult = { imagesPerSecond, peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024) };
  console.log(JSON.stringify(result));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
