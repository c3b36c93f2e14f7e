/** Where a network looks, measured on images with and without human maps. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { randomStream } from "../base/random.ts";
import type { Sample } from "../data/sample.ts";
import { manualSeed } from "../torch/modes.ts";
import type { Classifier } from "../vision/classifier.ts";
import { networks } from "../vision/networks/index.ts";
import { scoreSamples } from "./score-samples.ts";

const folder = mkdtempSync(join(tmpdir(), "attention-"));
afterAll(() => rmSync(folder, { recursive: true }));
const samples: Sample[] = [];
let classifier: Classifier;

beforeAll(async () => {
  const random = randomStream(3, "images");
  const write = (name: string, channels: 1 | 3, value: (i: number) => number) => {
    const raw = { width: 64, height: 64, channels };
    const path = join(folder, name);
    return sharp(
      Uint8Array.from({ length: 64 * 64 * channels }, (_, i) => value(i)),
      { raw },
    )
      .png()
      .toFile(path);
  };
  for (let i = 0; i < 6; i++) {
    await write(`${i}.png`, 3, () => random.integer(256));
    const path = join(folder, `${i}.png`);
    samples.push({ split: "test", label: i < 4 ? "A" : "B", path, name: `${i}.png`, line: i + 1 });
  }
  // Three images of class A have a map; that of one is blank.
  for (const i of [0, 1, 2]) {
    await write(`${i}-map.png`, 1, (at) => (i === 2 ? 7 : at % 64 < 20 + 9 * i && at < 64 * 30 ? 255 : 0));
    samples[i].saliency = join(folder, `${i}-map.png`);
  }
  manualSeed(4);
  const { create, mean, std } = networks["resnet-small"];
  const about = { classes: ["A", "B"], positive: "B", device: "cpu", precision: "float32" } as const;
  classifier = { network: create(2), input: { size: 64, mean, std }, ...about };
});

const scored = (chosen: readonly Sample[], batch: number) => scoreSamples(classifier, chosen, { batch, tap: "gap" });

test("alignment is the mean over images whose map says something, whatever the batch; mean CAM and entropy over all", async () => {
  const { attention } = await scored(samples, 4);
  const singles = await Promise.all(samples.map((sample) => scored([sample], 1)));
  const ofImage = (i: number) => singles[i].attention.get(samples[i].label)!;
  const a = attention.get("A")!;
  expect([...attention].map(([label, { images }]) => [label, images])).toEqual([
    ["A", 4],
    ["B", 2],
  ]);
  expect(a.alignment!.images).toBe(2);
  for (const key of ["pearson", "spearman", "topIou", "kl"] as const)
    expect(a.alignment![key]).toBeCloseTo((ofImage(0).alignment![key] + ofImage(1).alignment![key]) / 2, 4);
  expect(ofImage(2).alignment).toBeNull();
  expect(attention.get("B")!.alignment).toBeNull();
  const mean = [0, 1, 2, 3].reduce((sum, i) => sum + ofImage(i).entropy!, 0) / 4;
  expect(a.entropy).toBeCloseTo(mean, 5);
  expect(a.entropy).toBeGreaterThan(0.3);
  a.mean.values.forEach((value, at) => {
    const expected = [0, 1, 2, 3].reduce((sum, i) => sum + ofImage(i).mean.values[at], 0) / 4;
    expect(value).toBeCloseTo(expected, 4);
  });
});

test("a CAM agrees wholly with a human map drawn from it", async () => {
  const [sample] = samples;
  const { mean } = (await scored([sample], 1)).attention.get("A")!;
  const path = join(folder, "drawn.png");
  const { width, height } = mean;
  await sharp(
    Uint8Array.from(mean.values, (value) => Math.round(255 * value)),
    { raw: { width, height, channels: 1 } },
  )
    .png()
    .toFile(path);
  const { alignment } = (await scored([{ ...sample, saliency: path }], 1)).attention.get("A")!;
  expect(alignment!.pearson).toBeGreaterThan(0.999);
  expect(alignment!.spearman).toBeGreaterThan(0.99);
  expect(alignment!.topIou).toBeGreaterThan(0.9);
  expect(alignment!.kl).toBeLessThan(0.01);
});
