import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { InputError } from "../base/errors.ts";
import { liveTensorCount } from "../torch/modes.ts";
import type { Sample } from "./sample.ts";
import { squareImage } from "./square.ts";
import { batches, type StreamOptions } from "./stream.ts";

let folder: string;
let samples: Sample[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "stream-"));
  samples = await Promise.all(
    Array.from({ length: 11 }, async (_, index) => {
      const path = join(folder, `${index}.png`);
      const background = { r: index * 20, g: 255 - index * 20, b: 7 };
      // The first ones are of the size that is asked for.
      const side = index < 4 ? 8 : 8 + index;
      await sharp({ create: { width: side, height: 8, channels: 3, background } })
        .png()
        .toFile(path);
      return sampleOf(path, index);
    }),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

function sampleOf(path: string, line: number): Sample {
  return { split: "test", label: "real", path, name: path, line };
}

async function collect(given: Iterable<Sample>, options: StreamOptions) {
  const seen: { samples: Sample[]; shape: readonly number[]; values: Uint8Array }[] = [];
  for await (const { samples, pixels } of batches(given, options)) {
    seen.push({ samples, shape: pixels.shape, values: pixels.bytes() });
    pixels.dispose();
  }
  return seen;
}

test("the samples in order, batch by batch, the last one shorter; nothing leaks", async () => {
  const before = liveTensorCount();
  const seen = await collect(samples, { size: 8, batch: 4 });
  expect(seen.map(({ samples }) => samples.map(({ line }) => line))).toEqual([
    [0, 1, 2, 3],
    [4, 5, 6, 7],
    [8, 9, 10],
  ]);
  expect(seen.map(({ shape }) => shape)).toEqual([
    [4, 8, 8, 3],
    [4, 8, 8, 3],
    [3, 8, 8, 3],
  ]);
  const expected = await Promise.all(samples.map(async ({ path }) => (await squareImage(path, 8)).pixels));
  expect(Buffer.concat(seen.map(({ values }) => values)).equals(Buffer.concat(expected))).toBe(true);
  expect(liveTensorCount()).toBe(before);
});

test("a bad image stops the stream with its name", async () => {
  const missing = sampleOf(join(folder, "none.png"), 20);
  const run = collect([...samples.slice(0, 5), missing], { size: 8, batch: 2 });
  await expect(run).rejects.toThrow(InputError);
  await expect(run).rejects.toThrow(missing.path);
});

test("with onError bad images are left out and batches filled with the next good ones", async () => {
  const noImage = join(folder, "text.png");
  writeFileSync(noImage, "not an image");
  const bad = [sampleOf(join(folder, "none.png"), 20), sampleOf(folder, 21), sampleOf(noImage, 22)];
  const given = [bad[0], ...samples.slice(0, 3), bad[1], samples[3], bad[2]];
  const errors: [number, InputError][] = [];
  const onError = ({ line }: Sample, error: InputError) => errors.push([line, error]);
  const seen = await collect(given, { size: 8, batch: 2, onError });
  expect(seen.map(({ samples }) => samples.map(({ line }) => line))).toEqual([
    [0, 1],
    [2, 3],
  ]);
  expect(errors.map(([line]) => line)).toEqual([20, 21, 22]);
  expect(errors.every(([, error]) => error instanceof InputError)).toBe(true);
  expect(await collect(bad, { size: 8, batch: 2, onError })).toEqual([]);
});

test("a consumer may stop early", async () => {
  const before = liveTensorCount();
  for await (const { pixels } of batches(samples, { size: 8, batch: 1 })) {
    pixels.dispose();
    break;
  }
  expect(liveTensorCount()).toBe(before);
});
