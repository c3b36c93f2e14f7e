import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readManifest, requireTrainable, samplesOf } from "../../data/manifest.ts";
import { readMap } from "../../saliency/read-map.ts";
import { readExperimentFile } from "../experiment-file.ts";
import { describeData } from "./compare-counts.ts";
import { dryRun } from "./dry-run.ts";
import { publishedLayout, readLayout } from "./layout.ts";
import { locate, type PaperData, type Wanted } from "./locate.ts";
import { makeMiniature } from "./miniature.ts";
import { diskNeeds } from "./needs.ts";
import { paperNetworks, prepareExperiment, type Reproduction, strategyNames, wantedBy } from "./prepare.ts";

const all: Wanted = { large: true, maps: true, masks: true };
const images = { train: 3, validation: 2, test: 2 };
const paper: Reproduction = {
  strategies: strategyNames,
  networks: paperNetworks,
  seeds: 10,
  preset: "paper",
  settings: {},
};

let folder: string;
let pristine: string;
let root: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "oversight-reproduce-"));
  pristine = join(folder, "pristine");
  await makeMiniature(pristine, { size: 32, images });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  root = mkdtempSync(join(folder, "copy-"));
  cpSync(pristine, root, { recursive: true });
});

function found(wanted = all, layout = publishedLayout): PaperData {
  const result = locate(root, layout, wanted);
  if ("missing" in result) throw new Error(result.missing.join("\n"));
  return result.data;
}

function missing(wanted = all, layout = publishedLayout): string[] {
  const result = locate(root, layout, wanted);
  return "missing" in result ? result.missing : [];
}

const remove = (path: string) => rmSync(join(root, path), { recursive: true });
const move = (from: string, to: string) => renameSync(join(root, from), join(root, to));

function layoutOf(yaml: string) {
  const file = join(root, "layout.yaml");
  writeFileSync(file, yaml);
  return readLayout(file);
}

describe("makeMiniature", () => {
  it("has the published forms: header-less rows, validation called test, a map for all but one training image", () => {
    const csv = readFileSync(join(pristine, "csvs/original.csv"), "utf8").split("\n");
    expect(csv[0]).toBe("train,Real,/train/original_data/0_real/real-000.png");
    expect(csv.at(-2)).toBe("test,Synthetic,/val/1_fake/synthetic-001.png");
    const { samples, notes } = readManifest(join(pristine, "csvs/original.csv"), {
      imageRoot: join(pristine, "Data"),
      mapRoot: join(pristine, "Data/train/heatmaps"),
    });
    expect(notes).toHaveLength(1);
    expect(samples.filter(({ saliency }) => saliency !== undefined)).toHaveLength(5);
    expect(samples.every(({ path }) => existsSync(path))).toBe(true);
  });

  it("is the same each time, and fills no folder that holds something", async () => {
    const again = join(folder, "again");
    await makeMiniature(again, { size: 32, images });
    const file = "Data/train/original_data/1_fake/synthetic-001.png";
    expect(readFileSync(join(again, file)).equals(readFileSync(join(pristine, file)))).toBe(true);
    await expect(makeMiniature(again)).rejects.toThrow("again is not empty");
  });
});

describe("locate", () => {
  it("finds everything by the published names", () => {
    const { original, large, maps, masks, tests } = found();
    expect(original).toMatchObject({
      imageRoot: join(root, "Data"),
      from: { csv: join(root, "csvs/original.csv") },
      counts: { train: { real: 3, synthetic: 3 }, val: { real: 2, synthetic: 2 } },
    });
    expect(large!.counts).toEqual({ train: { real: 9, synthetic: 9 }, val: { real: 2, synthetic: 2 } });
    expect(maps).toBe(join(root, "Data/train/heatmaps"));
    expect(masks).toEqual({ source: { labels: join(root, "Data/train/masks") }, region: "face" });
    expect(tests.map(({ name, counts }) => [name, counts.test!.real, counts.test!.synthetic])).toEqual(
      ["ProGAN", "StarGANv2", "StyleGAN", "StyleGAN2", "StyleGAN2-ADA", "StyleGAN3"].map((name) => [name, 2, 2]),
    );
    expect(describeData(found())).toContain("3 real + 3 synthetic; the paper had 919 real + 902 synthetic");
  });

  it("tests each GAN against the images that it was trained on", () => {
    const realOf = Object.fromEntries(
      found().tests.map(({ name, from }) => {
        if (!("rows" in from)) throw new Error("from folders");
        const { source, path } = from.rows.find(({ label }) => label === "Real")!;
        return [name, `${source} ${path.split("/").at(-2)}`];
      }),
    );
    const [celebA, ffhq] = ["CelebA-HQ celeba-hq_real_aligned", "FFHQ ffhq_aligned"];
    expect(realOf).toEqual({
      ...{ ProGAN: celebA, StarGANv2: celebA, StyleGAN: ffhq, StyleGAN2: ffhq, "StyleGAN2-ADA": ffhq, StyleGAN3: ffhq },
    });
  });

  it("takes folders where there is no CSV, and images that are not under Data", () => {
    remove("csvs");
    move("Data", "ALL_IMAGES");
    const { original, tests } = found();
    expect(original.counts).toEqual({ train: { real: 3, synthetic: 3 }, val: { real: 2, synthetic: 2 } });
    expect(original.imageRoot).toBe(root);
    expect(tests).toHaveLength(6);
    for (const name of ["train", "val", "test"]) move(`ALL_IMAGES/${name}`, name);
    expect(found().original.counts).toEqual(original.counts);
  });

  it("finds the folder that a CSV's paths are relative to", () => {
    const file = join(root, "csvs/original.csv");
    const rows = readFileSync(file, "utf8")
      .split("\n")
      .filter((row) => row.startsWith("train"));
    writeFileSync(file, rows.join("\n").replaceAll("/train/original_data/", "/"));
    expect(found().original).toMatchObject({
      imageRoot: join(root, "Data/train/original_data"),
      counts: { train: { real: 3, synthetic: 3 } },
    });
  });

  it("names what is missing, all of it, and where it was looked for", () => {
    remove("csvs/large_dataset_7x.csv");
    remove("Data/train/7x_data");
    remove("Data/train/heatmaps");
    remove("Data/train/masks");
    remove("Data/test/1_fake/stargan_aligned");
    remove("Data/test/0_real/celeba-hq_real_aligned/000000.png");
    remove("Data/test/0_real/celeba-hq_real_aligned/000001.png");
    expect(missing()).toEqual([
      "the training set of seven times the size: neither csvs/large_dataset_7x.csv nor the folders Data/train/7x_data/0_real and Data/train/7x_data/1_fake",
      "the human maps: no folder Data/train/heatmaps with images in it",
      expect.stringMatching(
        /^labels or landmarks for the segmentation masks: no Data\/train\/masks nor Data\/train\/land/,
      ),
      "the test set ProGAN, real images: no images in the folder Data/test/0_real/celeba-hq_real_aligned",
      "the test set StarGANv2, real images: no images in the folder Data/test/0_real/celeba-hq_real_aligned",
      "the test set StarGANv2, synthetic images: no folder Data/test/1_fake/stargan_aligned",
    ]);
    expect(missing({ large: false, maps: false, masks: false })).toHaveLength(3);
  });

  it("names the first image of a CSV that is not there", () => {
    remove("Data/train/original_data/0_real/real-002.png");
    expect(missing()).toEqual([
      "the training set: 9 of the 10 images of csvs/original.csv are under Data; the first that is not: /train/original_data/0_real/real-002.png (line 3)",
    ]);
    expect(() => locate(join(root, "csvs/original.csv"), publishedLayout, all)).toThrow("it is a file");
    expect(() => locate(join(root, "none"), publishedLayout, all)).toThrow("no such file or folder");
  });

  it("goes by the layout file where a copy differs", () => {
    move("csvs/original.csv", "list.csv");
    move("Data/train/heatmaps", "people");
    move("Data/train/masks", "labels");
    move("Data/test/1_fake/progan_aligned", "progan");
    const layout = layoutOf(
      "original: {csv: list.csv, imageRoot: Data}\nmaps: people\nmasks: {labels: labels, region: skin}\n" +
        "large:\n  train: {real: Data/val/0_real, synthetic: progan}\n  validation: {real: Data/val/0_real, synthetic: Data/val/1_fake}\n" +
        "tests:\n  ProGAN: {real: Data/val/0_real, synthetic: progan}\n",
    );
    const data = found(all, layout);
    expect(data.masks).toEqual({ source: { labels: join(root, "labels") }, region: "skin" });
    expect(data.maps).toBe(join(root, "people"));
    expect(data.large!.counts.train).toEqual({ real: 2, synthetic: 2 });
    expect(data.tests[0]).toMatchObject({ name: "ProGAN", counts: { test: { real: 2, synthetic: 2 } } });
    expect(missing(all, layoutOf("original: {csv: no.csv}\nmaps: people\nmasks: {landmarks: l.csv}"))).toEqual([
      "the training set: no file no.csv",
      expect.stringContaining("no l.csv;"),
      "the test set ProGAN, synthetic images: no folder Data/test/1_fake/progan_aligned",
    ]);
  });
});

describe("readLayout", () => {
  it.each([
    ["tests: {ProGan: {csv: x}}", /layout.yaml: tests: the paper has no test set "ProGan" — did you mean "ProGAN"\?/],
    ["original: {train: a}", /layout.yaml: original: expected csv \(and imageRoot\), or train and validation/],
    ["masks: {labels: a, region: nose}", /layout.yaml: masks: expected labels \(a folder\) or landmarks/],
    ["heatmaps: x", /layout.yaml: Unrecognized key: "heatmaps"/],
  ])("refuses %s", (yaml, message) => {
    expect(() => layoutOf(yaml)).toThrow(message);
  });
});

describe("prepareExperiment", () => {
  it("writes the paper's grid, and every manifest that it names can be trained on or tested with", async () => {
    const out = join(root, "out");
    const file = await prepareExperiment(found(), paper, out);
    const { data, tests, strategies, networks, seeds, alphas, settings } = readExperimentFile(file);
    expect(networks).toEqual(["densenet121", "resnet50", "inception_v3", "xception"]);
    expect([seeds.length, alphas]).toEqual([10, [0.5]]);
    expect(strategies.map(({ name, data, guidance }) => [name, data, guidance])).toEqual([
      ["classical", "original", "cross-entropy"],
      ["classical-7x", "7x", "cross-entropy"],
      ["masks", "original", "cyborg"],
      ["cyborg", "original", "cyborg"],
    ]);
    expect(settings).toMatchObject({
      weights: "imagenet",
      select: "accuracy",
      guidance: { class: "true", tap: "gap" },
    });
    for (const entry of Object.values(data)) requireTrainable(readManifest(entry.manifest, entry));
    for (const { manifest, imageRoot } of tests) {
      const samples = samplesOf(readManifest(manifest, { imageRoot, classes: ["Real", "Synthetic"] }), "test");
      expect(samples).toHaveLength(4);
      expect(samples.every(({ path, source }) => existsSync(path) && source !== undefined)).toBe(true);
    }

    // Masks guide the same images as people do.
    const own = samplesOf(readManifest(data.original.manifest, data.original), "train");
    const masked = samplesOf(readManifest(join(out, "masks/manifest.csv")), "train");
    expect(masked.map(({ saliency }) => saliency !== undefined)).toEqual(
      own.map(({ saliency }) => saliency !== undefined),
    );
    const { width, values } = await readMap(masked[1].saliency!);
    expect([width, values[0], values[16 * 32 + 16]]).toEqual([32, 0, 1]);
  });

  it("leaves out what is not asked for", async () => {
    const what: Reproduction = { ...paper, strategies: ["classical"], networks: ["resnet50"], seeds: 2 };
    remove("Data/train/masks");
    remove("Data/train/heatmaps");
    const file = await prepareExperiment(found(wantedBy(what)), what, join(root, "out"));
    const { data, strategies, settings } = readExperimentFile(file);
    expect([Object.keys(data), strategies.map(({ name }) => name)]).toEqual([["original"], ["classical"]]);
    expect(settings).toEqual({ weights: "imagenet", select: "accuracy" });
  });
});

describe("dryRun", () => {
  it("plans 160 runs from names alone, with the disk that they take", async () => {
    const out = mkdtempSync(join(folder, "dry-"));
    const { plan, contents } = await dryRun(found(), paper, out);
    expect(plan.runs).toHaveLength(160);
    expect(new Set(plan.runs.map(({ name }) => name)).size).toBe(160);
    expect(plan.tests.map(({ images }) => images)).toEqual([4, 4, 4, 4, 4, 4]);
    expect(existsSync(join(out, "masks"))).toBe(false);

    const { cache, checkpoints, scores } = diskNeeds(plan.runs, contents, plan.tests);
    // Two lists of 10 and of 22 images at 224² and 299², three bytes a pixel; maps of 6 images, two kinds; first weights.
    const pixels = 224 ** 2 + 299 ** 2;
    const parameters = 7.0e6 + 23.5e6 + 21.8e6 + 20.8e6;
    expect(cache).toBe(pixels * 3 * (10 + 22) + pixels * 6 * 2 + 4 * parameters);
    expect(checkpoints).toBe(40 * 12 * parameters);
    expect(scores).toBe(160 * 28 * 130);
  });
});
