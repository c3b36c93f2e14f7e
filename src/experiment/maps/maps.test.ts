import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readManifest, requireTrainable } from "../../data/manifest.ts";
import { readMap } from "../../saliency/read-map.ts";
import { makeCentreMaps } from "./centre-maps.ts";
import { makeMasks } from "./mask-maps.ts";
import { makeShuffledMaps } from "./shuffled-maps.ts";
import type { NonHumanMapsSummary } from "./write-maps.ts";

let folder: string;
let to: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "oversight-maps-"));
  to = join(folder, "out");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A grey image whose pixels are `value(x, y)`. */
async function draw(path: string, width: number, height: number, value: (x: number, y: number) => number) {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  const pixels = Buffer.from(Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width))));
  await sharp(pixels, { raw: { width, height, channels: 1 } })
    .toColourspace("b-w")
    .png()
    .toFile(join(folder, path));
}

/** Images 0 to `count` − 1 of 20 × 10 pixels in the published form; every image of the training split has a map. */
async function publishedData(count: number): Promise<string> {
  const rows: string[] = [];
  for (let i = 0; i < count; i++) {
    const split = i < count - 2 ? "train" : "test";
    const label = i % 2 === 0 ? "Real" : "Synthetic";
    rows.push(`${split},${label},/${split}/${i}.png`);
    await draw(`data/${split}/${i}.png`, 20, 10, (x) => 10 * x + i);
    if (split === "train") await draw(`heatmaps/${i}.png`, 20, 10, (x, y) => (x === i && y === 3 ? 255 : 0));
  }
  writeFileSync(join(folder, "train.csv"), rows.join("\n"));
  return join(folder, "train.csv");
}

const input = (manifest: string) => ({
  manifest,
  imageRoot: join(folder, "data"),
  mapRoot: join(folder, "heatmaps"),
  folder: to,
});

/** What the trainer would read of it. */
function made(path = to) {
  const manifest = readManifest(join(path, "manifest.csv"));
  requireTrainable(manifest);
  return manifest.samples;
}

function summary(): NonHumanMapsSummary {
  return JSON.parse(readFileSync(join(to, "summary.json"), "utf8"));
}

function allBytes(path: string): string {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const named = files.map((entry) => join(entry.parentPath, entry.name)).filter((file) => !file.includes("/images/"));
  return named.sort().map((file) => file.slice(path.length) + readFileSync(file, "base64")).join("\n"); // biome-ignore format: one idea
}

describe("makeMasks", () => {
  it("unites the labels of CelebAMask-HQ, whose numbers have zeros before them, into maps that the trainer reads", async () => {
    const manifest = await publishedData(8);
    // The face: 10 × 5 of 20 × 10; one eye of two pixels in it. Labels are twice as large as the images.
    for (const name of ["00000", "00001"]) {
      await draw(`labels/0/${name}_skin.png`, 40, 20, (x, y) => (x < 20 && y < 10 ? 255 : 0));
      await draw(`labels/0/${name}_l_eye.png`, 40, 20, (x, y) => (x < 4 && y < 2 ? 255 : 0));
      await draw(`labels/0/${name}_hair.png`, 40, 20, (x) => (x > 30 ? 255 : 0));
    }
    await draw("labels/0/00002_skin.png", 40, 20, () => 0);
    await draw("labels/0/00004_skin.png", 40, 20, () => 255);
    const source = { labels: join(folder, "labels") };

    const face = await makeMasks({ ...input(manifest), source, region: "face" });
    expect(face).toMatchObject({ maps: 2, area: 0.25, withoutMap: { "no labels": 4, blank: 2 } });
    const samples = made();
    expect(samples.map(({ split, label, saliency }) => [split, label, saliency !== undefined])).toEqual([
      ...[["train", "Real", true], ["train", "Synthetic", true]],
      ...[["train", "Real", false], ["train", "Synthetic", false], ["train", "Real", false]],
      ...[["train", "Synthetic", false], ["val", "Real", false], ["val", "Synthetic", false]],
    ]); // biome-ignore format: rows
    const map = await readMap(samples[1].saliency!);
    expect([map.width, map.height, map.values[0], map.values[19], map.values[20]]).toEqual([40, 20, 1, 1, 0]);

    expect((await makeMasks({ ...input(manifest), source, region: "features" })).area).toBeCloseTo(8 / 800, 10);
    expect((await makeMasks({ ...input(manifest), source, region: "skin" })).area).toBeCloseTo(192 / 800, 10);
    expect(summary().made).toEqual({ kind: "masks", region: "skin", from: "labels", onlyMapped: false });
  });

  it("refuses labels that cannot lie on their image, and labels of several sizes", async () => {
    const manifest = await publishedData(6);
    const source = { labels: join(folder, "labels") };
    const make = () => makeMasks({ ...input(manifest), source, region: "face" });
    await draw("labels/0_skin.png", 10, 10, (x) => (x < 5 ? 255 : 0));
    await expect(make()).rejects.toThrow(
      /0_skin.png: the map has 10 × 10 pixels and another aspect ratio than its image/,
    );
    await draw("labels/0_nose.png", 20, 10, (x) => (x < 5 ? 255 : 0));
    await expect(make()).rejects.toThrow(
      /0_skin.png: the label has 10 × 10 pixels, .*0_nose.png of the same image 20 × 10/,
    );
    rmSync(join(folder, "labels"), { recursive: true });
    await expect(make()).rejects.toThrow(/cannot read the folder .*labels: no such file or folder/);
    await draw("labels/0.png", 20, 10, () => 0);
    await expect(make()).rejects.toThrow(/labels: no labels: expected files like 00000_skin.png/);
    await draw("labels/00_skin.png", 20, 10, (x) => 10 * x);
    await draw("labels/more/0_skin.png", 20, 10, (x) => 10 * x);
    await expect(make()).rejects.toThrow(/00_skin.png and .*0_skin.png are labels of one part and image/);
    expect(readdirSync(to).filter((name) => !name.startsWith("."))).toEqual([]);
  });

  it("draws the hulls of landmarks, named as the manifest names the images", async () => {
    const manifest = await publishedData(6);
    const header = ["path", ...Array.from({ length: 68 }, (_, i) => [`x${i}`, `y${i}`]).flat()].join(",");
    // All points in the corners of the left half.
    const corners = ["0,0", "10,0", "10,10", "0,10"];
    const row = (path: string) => [path, ...Array.from({ length: 68 }, (_, i) => corners[i % 4])].join(",");
    const file = join(folder, "landmarks.csv");
    const make = () => makeMasks({ ...input(manifest), source: { landmarks: file }, region: "face" });
    writeFileSync(file, [header, row("/train/0.png"), row("/train/3.png")].join("\n"));
    expect(await make()).toMatchObject({ maps: 2, area: 0.5, withoutMap: { "no landmarks": 4 } });

    writeFileSync(file, [header, row("/train/0.png").replace("10,0", "ten,0")].join("\n"));
    await expect(make()).rejects.toThrow(/landmarks.csv:2: x1 is "ten", expected a number of pixels/);
    writeFileSync(file, [header, `${row("/train/0.png")},1`].join("\n"));
    await expect(make()).rejects.toThrow(/landmarks.csv:2: the row has 138 fields, a path and 68 points are 137/);
    writeFileSync(file, row("/train/0.png"));
    await expect(make()).rejects.toThrow(
      /landmarks.csv:1: the header is path,x0,y0,…,x67,y67 .*found "\/train\/0.png"/,
    );
    writeFileSync(file, [header, row("0.png")].join("\n"));
    await expect(make()).rejects.toThrow(/train.csv: no image gets a map: no landmarks \(6\)/);
  });
});

describe("makeCentreMaps", () => {
  it("writes one file for all images of a size, for the images that have human maps if so asked", async () => {
    const manifest = await publishedData(8);
    await draw("data/train/1.png", 30, 30, (x) => 2 * x);
    await makeCentreMaps({ ...input(manifest), sigma: 0.2 });
    expect(readdirSync(join(to, "saliency")).filter((name) => name.endsWith("png")).sort()).toEqual(["20x10.png", "30x30.png"]); // biome-ignore format: long
    const samples = made();
    expect(samples.every(({ saliency }) => saliency !== undefined)).toBe(true);
    expect(new Set(samples.map(({ saliency }) => saliency)).size).toBe(2);
    const only = await makeCentreMaps({ ...input(manifest), sigma: 0.2, onlyMapped: true });
    expect(only).toMatchObject({ maps: 6, withoutMap: { "no human map": 2 } });
  });

  it("refuses a sigma that is no share", async () => {
    const manifest = await publishedData(4);
    for (const sigma of [0, -1, 1.5, Number.NaN])
      await expect(makeCentreMaps({ ...input(manifest), sigma })).rejects.toThrow("above 0 and at most 1");
  });
});

describe("makeShuffledMaps", () => {
  /** Whose map each image has: the maps' white pixel says it. */
  async function owners(): Promise<(number | undefined)[]> {
    const found = made().map(async ({ saliency }) => {
      if (saliency === undefined) return undefined;
      const { width, values } = await readMap(saliency);
      return values.indexOf(1) % width;
    });
    return Promise.all(found);
  }

  it("gives every map to another image, the same for the same seed", async () => {
    const manifest = await publishedData(14);
    const result = await makeShuffledMaps({ ...input(manifest), seed: 5 });
    const given = await owners();
    expect(given.slice(0, 12).toSorted((a, b) => a! - b!)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    given.slice(0, 12).forEach((owner, i) => {
      expect(owner).not.toBe(i);
      expect(result.images[i].from).toBe(`/train/${owner}.png`);
    });
    expect(given.slice(12)).toEqual([undefined, undefined]);

    const before = allBytes(to);
    await makeShuffledMaps({ ...input(manifest), seed: 5 });
    expect(allBytes(to)).toBe(before);
    await makeShuffledMaps({ ...input(manifest), seed: 6 });
    expect(await owners()).not.toEqual(given);
  });

  it("keeps maps among images of their label if so asked", async () => {
    const manifest = await publishedData(14);
    await makeShuffledMaps({ ...input(manifest), seed: 1, withinLabel: true });
    const given = (await owners()).slice(0, 12);
    given.forEach((owner, i) => {
      expect([owner === i, owner! % 2]).toEqual([false, i % 2]);
    });
  });

  it("stretches a map to the shape of its new image", async () => {
    const manifest = await publishedData(5);
    // Image 1 is upright; its map is white in the left half.
    await draw("data/train/1.png", 10, 20, (x) => 10 * x);
    await draw("heatmaps/1.png", 10, 20, (x) => (x < 5 ? 255 : 0));
    await makeShuffledMaps({ ...input(manifest), seed: 2 });
    const samples = made();
    const taker = summary().images.findIndex(({ from }) => from === "/train/1.png");
    const { width, height, values } = await readMap(samples[taker].saliency!);
    expect([width, height]).toEqual([20, 10]);
    const row = [...values.subarray(5 * 20, 6 * 20)];
    expect(row.slice(0, 9)).toEqual(Array(9).fill(1));
    expect(row.slice(11)).toEqual(Array(9).fill(0));
    const upright = await readMap(samples[1].saliency!);
    expect([upright.width, upright.height]).toEqual([10, 20]);
  });

  it("says when there is nobody to give a map to", async () => {
    const manifest = await publishedData(4);
    const make = () => makeShuffledMaps({ ...input(manifest), seed: 1, withinLabel: true });
    await expect(make()).rejects.toThrow(
      /split train and label Real cannot all get the map of another: 1 images have 1 different maps/,
    );
    await expect(makeShuffledMaps({ ...input(manifest), mapRoot: undefined, seed: 1 })).rejects.toThrow(
      /no image has a map to shuffle/,
    );
  });
});

describe("the folder of maps", () => {
  it("is not written over the manifest that maps are made from, nor over what others put there", async () => {
    const manifest = await publishedData(6);
    const about = { sigma: 0.2 };
    await makeCentreMaps({ ...input(manifest), ...about });
    await expect(makeCentreMaps({ manifest: join(to, "manifest.csv"), folder: to, ...about })).rejects.toThrow(
      "would overwrite the one that it is made from",
    );
    rmSync(to, { recursive: true });
    mkdirSync(join(to, "images"), { recursive: true });
    await expect(makeCentreMaps({ ...input(manifest), ...about })).rejects.toThrow(
      "in the place of the link to the images",
    );
  });
});
