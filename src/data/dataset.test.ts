import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, expect, test } from "vitest";
import { InputError } from "../base/errors.ts";
import { liveTensorCount } from "../torch/modes.ts";
import { type Dataset, openDataset } from "./dataset.ts";
import type { Sample } from "./sample.ts";
import { squareImage, squareMap } from "./square.ts";

const size = 8;
let folder: string;
let cacheFolder: string;
let samples: Sample[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "dataset-"));
  cacheFolder = join(folder, "cache");
  // Three images: one with a map, one with a blank map, one without.
  samples = await Promise.all(
    [0, 1, 2].map(async (index) => {
      const path = await noise(`image-${index}.png`, 12, 3, index);
      return { split: "train", label: "real", path, name: `image-${index}.png`, line: index } as const;
    }),
  );
  samples[0].saliency = await noise("map.png", 24, 1, 7);
  samples[1].saliency = join(folder, "blank.png");
  await sharp({ create: { width: 6, height: 6, channels: 3, background: "#555" } })
    .png()
    .toFile(samples[1].saliency);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A square picture whose pixels depend on `seed`. */
async function noise(name: string, side: number, channels: 1 | 3, seed: number): Promise<string> {
  const path = join(folder, name);
  const values = Uint8Array.from(
    { length: side * side * channels },
    (_, index) => (index * index * 31 + seed * 57) % 256,
  );
  await sharp(values, { raw: { width: side, height: side, channels } })
    .png()
    .toFile(path);
  return path;
}

/** Opens, counts what was decoded or hashed, and hands the dataset to `use`. */
async function opened<T>(use: (dataset: Dataset) => T, options: { maps?: boolean; size?: number } = {}) {
  let steps = 0;
  const dataset = await openDataset(samples, { size, maps: true, cacheFolder, onProgress: () => steps++, ...options });
  try {
    return { result: use(dataset), steps };
  } finally {
    dataset.close();
  }
}

function cached(ending: string): string[] {
  const names = existsSync(cacheFolder) ? readdirSync(join(cacheFolder, "datasets")) : [];
  return names.filter((name) => name.endsWith(ending));
}

async function failure(run: Promise<unknown>): Promise<string> {
  const error = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InputError);
  const { message } = error as InputError;
  expect(message).not.toContain("\n");
  return message;
}

test("images and maps as tensors, in the samples' order; nothing leaks", async () => {
  const before = liveTensorCount();
  await opened(({ images, maps, guided, counts }) => {
    expect(images.shape).toEqual([3, size, size, 3]);
    expect(images.dtype).toBe("uint8");
    expect(maps?.shape).toEqual([3, size, size]);
    expect([...guided]).toEqual([1, 0, 0]);
    expect(counts).toEqual({ withMap: 1, blank: 1, withoutMap: 1 });
  });
  expect(liveTensorCount()).toBe(before);
  const expectedImages = await Promise.all(samples.map(async ({ path }) => (await squareImage(path, size)).pixels));
  const [{ path, saliency }] = samples;
  const map = await squareMap(saliency!, path, size);
  const { result } = await opened(({ images, maps }) => ({ images: images.bytes(), maps: maps!.bytes() }));
  expect(Buffer.from(result.images).equals(Buffer.concat(expectedImages))).toBe(true);
  expect(Buffer.from(result.maps).equals(Buffer.concat([map.pixels, new Uint8Array(2 * size * size)]))).toBe(true);
});

test("a whole cache is used as it is", async () => {
  const first = await opened(({ fingerprint }) => fingerprint);
  const [file] = cached(".images");
  const { ino } = statSync(join(cacheFolder, "datasets", file));
  const second = await opened(({ fingerprint, counts }) => {
    expect(counts).toEqual({ withMap: 1, blank: 1, withoutMap: 1 });
    return fingerprint;
  });
  expect(second.result).toBe(first.result);
  // The five files are hashed anew, as they are only just written; nothing is decoded.
  expect(second.steps).toBe(5);
  expect(statSync(join(cacheFolder, "datasets", file)).ino).toBe(ino);
});

test("without maps: no map is read, and the images are shared with runs that have them", async () => {
  await opened(() => {});
  samples[0].saliency = join(folder, "none.png");
  await opened(
    ({ maps, guided, counts }) => {
      expect(maps).toBeUndefined();
      expect([...guided]).toEqual([0, 0, 0]);
      expect(counts).toEqual({ withMap: 0, blank: 0, withoutMap: 3 });
    },
    { maps: false },
  );
  expect(cached(".images")).toHaveLength(1);
});

test("maps asked for where no sample has one", async () => {
  for (const sample of samples) delete sample.saliency;
  await opened(({ maps, counts }) => {
    expect(maps).toBeUndefined();
    expect(counts).toEqual({ withMap: 0, blank: 0, withoutMap: 3 });
  });
});

test("the fingerprint goes by content, order and size, not by names", async () => {
  const fingerprints = new Set<string>();
  const add = async (options = {}) => fingerprints.add((await opened((d) => d.fingerprint, options)).result);
  await add();
  const renamed = join(folder, "renamed.png");
  copyFileSync(samples[2].path, renamed);
  samples[2] = { ...samples[2], path: renamed };
  await add();
  expect(fingerprints.size).toBe(1);

  await add({ size: 9 });
  await add({ maps: false });
  samples.reverse();
  await add();
  await noise("image-0.png", 12, 3, 99);
  await add();
  await noise("map.png", 24, 1, 99);
  await add();
  expect(fingerprints.size).toBe(6);
});

test("two at once both succeed", async () => {
  const [first, second] = await Promise.all([
    opened(({ images }) => images.bytes()),
    opened(({ images }) => images.bytes()),
  ]);
  expect(first.result).toEqual(second.result);
  expect(cached(".tmp")).toEqual([]);
});

test("what a crash left is never taken for a cache", async () => {
  const whole = await opened(({ images, maps }) => [images.bytes(), maps!.bytes()]);
  const paths = () => readdirSync(join(cacheFolder, "datasets")).map((name) => join(cacheFolder, "datasets", name));
  for (const spoil of [
    (path: string) => path.endsWith(".json") && rmSync(path),
    (path: string) => path.endsWith(".json") && writeFileSync(path, '{"images":'),
    (path: string) => /\.(images|maps)$/.test(path) && truncateSync(path, 10),
    (path: string) => /\.(images|maps)$/.test(path) && rmSync(path),
  ]) {
    paths().forEach(spoil);
    const again = await opened(({ images, maps }) => [images.bytes(), maps!.bytes()]);
    expect(again.result).toEqual(whole.result);
    // Hashing and decoding of three images with three maps or none.
    expect(again.steps).toBe(5 + 6);
  }
});

test("files left by killed processes of this machine are removed, others not", async () => {
  await opened(() => {});
  const [name] = cached(".images");
  const leave = (host: string, pid: number) => {
    const left = `${name}.${host}.${pid}.1.tmp`;
    writeFileSync(join(cacheFolder, "datasets", left), "part");
    return left;
  };
  const dead = leave(hostname(), 2 ** 30);
  const others = [leave(hostname(), process.ppid), leave("elsewhere.example", 2 ** 30)];
  await opened(() => {}, { size: 9 });
  expect(cached(".tmp").sort()).toEqual(others.sort());
  expect(cached(".tmp")).not.toContain(dead);
});

test("a file that is missing, empty, a folder, no image, or damaged is named, and no cache is left", async () => {
  const good = samples[1].path;
  const damaged = join(folder, "damaged.png");
  copyFileSync(good, damaged);
  truncateSync(damaged, Math.floor(statSync(damaged).size / 2));
  const empty = join(folder, "empty.png");
  writeFileSync(empty, "");
  const text = join(folder, "text.png");
  writeFileSync(text, "not an image");
  for (const path of [join(folder, "none.png"), empty, folder, text, damaged]) {
    samples[1] = { ...samples[1], path };
    expect(await failure(opened(() => {}))).toContain(path);
    samples[1] = { ...samples[1], path: good, saliency: path };
    expect(await failure(opened(() => {}))).toContain(path);
    delete samples[1].saliency;
    expect(cached(".tmp")).toEqual([]);
    expect(cached(".maps")).toEqual([]);
  }
});

test("a map of another aspect is refused with both names", async () => {
  const wide = join(folder, "wide.png");
  await sharp(
    new Uint8Array(200).map((_, index) => index),
    { raw: { width: 20, height: 10, channels: 1 } },
  )
    .png()
    .toFile(wide);
  samples[2].saliency = wide;
  const message = await failure(opened(() => {}));
  expect(message).toContain(wide);
  expect(message).toContain(samples[2].path);
});

test("a cache folder that cannot be one is named", async () => {
  cacheFolder = join(folder, "image-0.png");
  expect(await failure(opened(() => {}))).toContain(cacheFolder);
});

test("no samples", async () => {
  samples = [];
  expect(await failure(opened(() => {}))).toContain("no images");
});
