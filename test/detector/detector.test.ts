/** The runtime against the model itself, and against the run that it was exported from. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import * as runtime from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../../src/base/errors.ts";
import { batchFor, type Judgement, makeDetector } from "../../src/detector/detector.ts";
import { InferencePool } from "../../src/detector/inference-pool.ts";
import { loadDetector, type NodeDetector } from "../../src/detector/load-detector.ts";
import { resize, squeeze } from "../../src/detector/squeeze.ts";
import { resizeRgb } from "../../src/vision/resize.ts";
import { makeTinyDetector, picture, tinyAbout } from "./tiny-detector.ts";

let folder: string;
let model: Uint8Array;
let detector: NodeDetector;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "oversight-detector-"));
  model = makeTinyDetector(folder);
  detector = await loadDetector(folder, { threads: 2 });
});
afterAll(async () => {
  await detector.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The model alone: it resizes by itself. */
async function byModel(images: ReturnType<typeof picture>[]) {
  const session = await runtime.InferenceSession.create(model, { intraOpNumThreads: 1 });
  const outputs: { score: number; logits: number[]; cam: Float32Array }[] = [];
  for (const { width, height, data } of images) {
    const { score, logits, cam } = await session.run({
      images: new runtime.Tensor("uint8", data, [1, height, width, 3]),
    });
    outputs.push({
      score: (score.data as Float32Array)[0],
      logits: Array.from(logits.data as Float32Array),
      cam: cam.data as Float32Array,
    });
  }
  await session.release();
  return outputs;
}

const distance = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  a.length === b.length ? Math.max(...Array.from(a, (value, at) => Math.abs(value - b[at]))) : Number.NaN;

/** Larger and smaller than the network's input, of many shapes, and one of its very size. */
const sizes = [
  [48, 48],
  [131, 77],
  [20, 33],
  [640, 480],
  [1, 1],
  [3000, 5],
  [96, 96],
  [47, 49],
];

describe("scores", () => {
  test("are those of the model, whatever the images' sizes and company", async () => {
    const images = sizes.map(([width, height], seed) => picture(width, height, seed));
    const expected = await byModel(images);
    const found = await detector.score(images);
    expect(found).toHaveLength(images.length);
    for (const [index, { score, logits, cam }] of found.entries()) {
      // onnxruntime's own filter is off by a grey level here and there, libtorch's, which training uses, hardly ever.
      expect(distance(logits, expected[index].logits)).toBeLessThan(2e-3);
      expect(Math.abs(score - expected[index].score)).toBeLessThan(5e-4);
      // What is one colour nearly all over has a map of noise, stretched.
      const [width, height] = sizes[index];
      if (Math.min(width, height) >= 20) expect(distance(cam.values, expected[index].cam)).toBeLessThan(5e-2);
      expect(cam.values).toHaveLength(cam.width * cam.height);
    }
    // The same weights answer different pictures differently, or all of this would say nothing.
    expect(new Set(found.map(({ score }) => score.toFixed(4))).size).toBeGreaterThan(3);
  });

  test("are the same from the core alone, as a browser uses it", async () => {
    const images = sizes.map(([width, height], seed) => picture(width, height, seed));
    const core = await makeDetector(runtime, model, tinyAbout, { intraOpNumThreads: 1 });
    const [together, threads] = await Promise.all([core.score(images), detector.score(images)]);
    together.forEach((judgement: Judgement, index) => {
      expect(distance(judgement.logits, threads[index].logits)).toBeLessThan(1e-4);
    });
    await core.close();
  });

  test("lead to the positive class from the threshold on, else to the greatest of the others", async () => {
    const images = [1, 2, 3, 4].map((seed) => picture(60, 60, seed));
    const [lowest] = (await detector.score(images)).toSorted((a, b) => a.score - b.score);
    const about = { ...tinyAbout, threshold: lowest.score };
    const core = await makeDetector(runtime, model, about, { intraOpNumThreads: 1 });
    expect((await core.score(images)).map(({ verdict }) => verdict)).toEqual(Array(4).fill("Synthetic"));
    const strict = await makeDetector(runtime, model, { ...about, threshold: 1 }, { intraOpNumThreads: 1 });
    expect((await strict.score(images)).map(({ verdict }) => verdict)).toEqual(Array(4).fill("Real"));
  });

  test("of many calls at once all come, in order", async () => {
    const images = Array.from({ length: 40 }, (_, seed) => picture(30 + seed, 50, seed));
    const alone: Judgement[] = [];
    for (const image of images) alone.push(...(await detector.score([image])));
    const atOnce = await Promise.all(images.map((image) => detector.score([image])));
    atOnce.forEach(([judgement], index) => {
      expect(distance(judgement.logits, alone[index].logits)).toBeLessThan(1e-4);
    });
    expect(detector.pending).toBe(0);
    expect(await detector.score([])).toEqual([]);
  });

  test("leave the caller's pixels as they were", async () => {
    const image = picture(70, 70, 3);
    const before = image.data.slice();
    await detector.score([image]);
    expect(image.data).toEqual(before);
  });

  test("are refused for an image whose bytes do not fit its size", async () => {
    await expect(detector.score([{ width: 10, height: 10, data: new Uint8Array(299) }])).rejects.toThrow(RangeError);
    await expect(detector.score([{ width: 0, height: 0, data: new Uint8Array() }])).rejects.toThrow(RangeError);
  });
});

test("a pass takes fewer images the larger they are, and never none", () => {
  expect([32, 112, 224, 299, 2000].map(batchFor)).toEqual([98, 8, 2, 1, 1]);
});

test("an image is squeezed as training squeezes it", () => {
  let differing = 0;
  for (const [index, [width, height]] of sizes.entries()) {
    const image = picture(width, height, index);
    const ours = squeeze(image, 48).data;
    const theirs = resizeRgb(image, 48, 48).data;
    expect(distance(ours, theirs)).toBeLessThanOrEqual(1);
    differing += ours.filter((level, at) => level !== theirs[at]).length;
  }
  // Of 55,296: sums that lie in the middle between two levels.
  expect(differing).toBeLessThan(60);
});

test("resizing to the size that an image has gives it as it is", () => {
  const image = picture(13, 7, 1);
  expect(resize(image, 13, 7)).toEqual(image);
});

describe("a folder that is no detector", () => {
  test.each([
    ["without files", () => {}, /detector\.json: no such file/],
    ["of another format", (at: string) => writeFileSync(join(at, "detector.json"), '{"format":2}'), /format/],
    [
      "whose model is none",
      (at: string) => {
        makeTinyDetector(at);
        writeFileSync(join(at, "model.onnx"), "not a model");
      },
      /model\.onnx: onnxruntime cannot use it/,
    ],
  ])("%s is refused in one line that names the file", async (_, make, complaint) => {
    const place = mkdtempSync(join(folder, "bad-"));
    make(place);
    const error = await loadDetector(place, { threads: 1 }).catch((reason: Error) => reason);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toMatch(complaint);
    expect((error as Error).message).not.toContain("\n");
  });
});

test("a detector comes from a web address as well", async () => {
  const { readFileSync } = await import("node:fs");
  const server = createServer((request, response) => {
    const name = /^\/d\/(model\.onnx|detector\.json)$/.exec(request.url!)?.[1];
    if (name === undefined) response.writeHead(404).end();
    else response.end(readFileSync(join(folder, name)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const fetched = await loadDetector(`${address}/d`, { threads: 1 });
  expect(fetched.model).toBe(detector.model);
  const image = picture(60, 60, 9);
  const [[here], [there]] = await Promise.all([detector.score([image]), fetched.score([image])]);
  expect(there.logits).toEqual(here.logits);
  await fetched.close();
  await expect(loadDetector(`${address}/elsewhere`)).rejects.toThrow(
    /elsewhere\/detector\.json: the server answers 404/,
  );
  await new Promise((resolve) => server.close(resolve));
  await expect(loadDetector(`${address}/d`)).rejects.toThrow(/cannot fetch .*detector\.json/);
});

test("a thread that dies takes what waits with it, and says so", async () => {
  const about = { ...tinyAbout };
  const failures: string[] = [];
  const pool = await InferencePool.open({ model, about }, 2, ({ message }) => failures.push(message));
  const underWay = Array.from({ length: 300 }, (_, seed) => pool.judge(picture(200, 200, seed % 3)));
  const outcomes = Promise.allSettled(underWay);
  const [{ worker }] = (pool as unknown as { all: { worker: Worker }[] }).all;
  worker.emit("error", new Error("out of memory"));
  expect((await outcomes).at(-1)).toMatchObject({ status: "rejected", reason: { message: "out of memory" } });
  expect(failures).toEqual(["out of memory"]);
  await expect(pool.judge(picture(9, 9, 1))).rejects.toThrow("out of memory");
  await pool.close();
});

test("what is closed ends its work and takes no more", async () => {
  const other = await loadDetector(folder, { threads: 1 });
  const underWay = Promise.all([1, 2, 3, 4, 5].map((seed) => other.score([picture(50, 50, seed)])));
  await other.close();
  expect((await underWay).flat()).toHaveLength(5);
  await expect(other.score([picture(50, 50, 1)])).rejects.toThrow("the detector is closed");
});
