/** A run folder as training and evaluation leave it, with seeded numbers in place of a network. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { stringify } from "yaml";
import { type RandomStream, randomStream } from "../../src/base/random.ts";
import {
  chooseThreshold,
  type MapEntry,
  type ScoreRow,
  scoresPath,
  splitScores,
  summarise,
  writeEvaluation,
  writeMapIndex,
  writeScores,
} from "../../src/evaluation/index.ts";
import type { EpochMetrics } from "../../src/training/metrics.ts";
import { mapColor } from "../../src/vision/colormap.ts";

export interface Names {
  real: string;
  fake: string;
  generators: [string, string, string];
  caption: string;
}

export const plainNames: Names = {
  real: "real",
  fake: "synthetic",
  generators: ["StyleGAN2-ADA", "StyleGAN3", "StarGANv2"],
  caption: "most wrong",
};

/** The parts of a run folder, in the order in which they come to be. */
export const stages = ["begun", "trained", "evaluated", "mapped"] as const;

/** Fills `folder` up to the stage. */
export async function writeFakeRun(folder: string, stage: (typeof stages)[number] = "mapped", names = plainNames) {
  const reached = (wanted: (typeof stages)[number]) => stages.indexOf(stage) >= stages.indexOf(wanted);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "config.yaml"), stringify(fakeConfig(names)));
  if (reached("trained"))
    writeFileSync(
      join(folder, "metrics.jsonl"),
      fakeEpochs()
        .map((e) => `${JSON.stringify(e)}\n`)
        .join(""),
    );
  if (reached("evaluated")) writeFakeEvaluation(folder, names);
  if (reached("mapped")) await writeFakeMaps(folder, names);
}

const fakeConfig = ({ real, fake }: Names) => ({
  data: { manifest: "data/faces.csv", classes: [real, fake], positive: fake },
  network: "resnet50",
  inputSize: 224,
  weights: "imagenet",
  guidance: { name: "cyborg", alpha: 0.5, class: "true", tap: "gap", camWeights: "attached" },
  epochs: 20,
  batch: 20,
  learningRate: 0.005,
  momentum: 0.9,
  weightDecay: 0.000001,
  schedule: { kind: "step", every: 12, factor: 0.1 },
  seed: 7,
  environment: {
    oversight: "0.1.0",
    libtorch: "1.13.1",
    cpuCapability: "AVX2",
    threads: 2,
    device: "cpu",
    precision: "float32",
  },
});

function fakeEpochs(): EpochMetrics[] {
  const random = randomStream(1, "epochs");
  const noise = () => 0.02 * random.normal();
  return Array.from({ length: 16 }, (_, i) => {
    const decay = Math.exp(-i / 4);
    const crossEntropy = 0.04 + 0.6 * decay + 0.2 * Math.abs(noise());
    const guidance = 0.05 + 0.1 * decay;
    return {
      kind: "epoch",
      epoch: i + 1,
      epochs: 20,
      learningRate: i < 12 ? 0.005 : 0.0005,
      train: { loss: (crossEntropy + guidance) / 2, crossEntropy, guidance, accuracy: 1 - 0.4 * decay },
      validation: {
        auc: 0.985 - 0.35 * decay,
        accuracy: 0.95 - 0.35 * decay,
        crossEntropy: 0.16 + 0.5 * decay + noise(),
      },
      best: i < 14,
      images: 1821,
      guided: 1764,
      imagesPerSecond: 25,
      seconds: 73,
      time: 1_700_000_000 + 73 * i,
    };
  });
}

function fakeRows(
  random: RandomStream,
  names: Names,
  source: string,
  separation: number,
  positives: number,
  negatives: number,
) {
  const row = (label: string, from: string, i: number, score: number): ScoreRow => ({
    path: `${from}/${i}.png`,
    label,
    source: from,
    score,
    probability: 1 / (1 + Math.exp(-score)),
    predicted: score > 0 ? names.fake : names.real,
  });
  return [
    ...Array.from({ length: positives }, (_, i) => row(names.fake, source, i, 2 * random.normal() + separation - 1)),
    ...Array.from({ length: negatives }, (_, i) => row(names.real, "FFHQ", i, 2 * random.normal() - 1)),
  ];
}

function writeFakeEvaluation(folder: string, names: Names): void {
  const random = randomStream(1, "scores");
  const positiveClass = names.fake;
  const validation = fakeRows(random, names, "StyleGAN2", 6, 400, 400);
  const threshold = chooseThreshold(splitScores(validation, positiveClass));
  const [first, second, third] = names.generators;
  const testSets: [name: string, rows: ScoreRow[]][] = [
    ["unseen-1", fakeRows(random, names, first, 2, 1500, 1500)],
    ["unseen-2", fakeRows(random, names, second, 0.6, 900, 1200)],
    ["both together", [...fakeRows(random, names, third, 3, 60, 40), ...fakeRows(random, names, first, 1, 60, 40)]],
    ["real only", fakeRows(random, names, "", 0, 0, 300)],
  ];
  for (const [name, rows] of testSets) writeScores(scoresPath(folder, name), rows);
  writeEvaluation(folder, {
    positiveClass,
    classes: [names.real, names.fake],
    threshold: { value: threshold, rule: { rule: "eer" }, from: { split: "val", manifest: "data/faces.csv" } },
    testSets: testSets.map(([name, rows]) =>
      summarise({ name, manifest: `data/${name}.csv` }, rows, { positiveClass, threshold }),
    ),
  });
}

async function writeFakeMaps(folder: string, names: Names): Promise<void> {
  const random = randomStream(1, "maps");
  const entries: MapEntry[] = [];
  mkdirSync(join(folder, "maps"), { recursive: true });
  for (const testSet of ["unseen-1", "unseen-2"])
    for (const label of [names.real, names.fake]) {
      const add = async (kind: MapEntry["kind"], caption: string, score?: number) => {
        const file = `${entries.length}.png`;
        writeFileSync(join(folder, "maps", file), await fakeMap(random));
        entries.push({ file, kind, testSet, label, caption, score });
      };
      await add("mean-cam", "mean of 900 maps");
      for (let i = 0; i < 4; i++)
        await add("overlay", `${i < 2 ? "most right" : names.caption}: img${i}.png`, 4 - 2.4 * i);
    }
  writeMapIndex(folder, entries);
}

/** A bump somewhere in the middle, in the colours of maps. */
async function fakeMap(random: RandomStream): Promise<Buffer> {
  const side = 112;
  const [x, y, size] = [0.3 + 0.4 * random.uniform(), 0.3 + 0.4 * random.uniform(), 0.1 + 0.2 * random.uniform()];
  const pixels = Array.from({ length: side * side }, (_, i) => {
    const [dx, dy] = [(i % side) / side - x, Math.floor(i / side) / side - y];
    return mapColor(Math.exp(-(dx * dx + dy * dy) / (2 * size * size)));
  });
  const raw = { width: side, height: side, channels: 3 as const };
  return sharp(Uint8Array.from(pixels.flat()), { raw }).png().toBuffer();
}
