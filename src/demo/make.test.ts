import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UNSEEN_GENERATORS } from "./generators.ts";
import { type DemoData, LABELS, makeDemoData } from "./make.ts";

const OPTIONS = { seed: 3, train: 60, validation: 20, testPerGenerator: 20, size: 64 };

interface Row {
  split: string;
  label: string;
  path: string;
  saliency: string;
  source: string;
}
const readManifest = (path: string): Row[] => parse(readFileSync(path), { columns: true });
const digest = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");
function digests(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.map((path) => [path.slice(folder.length), digest(path)]));
}

describe("makeDemoData", () => {
  const root = mkdtempSync(join(tmpdir(), "oversight-demo-"));
  const folder = join(root, "data");
  let data: DemoData;
  beforeAll(async () => {
    data = await makeDemoData(folder, OPTIONS);
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it("writes half real, half synthetic images in each split", () => {
    const rows = [data.train, ...data.tests.map((test) => test.manifest)].flatMap(readManifest);
    const count = (split: string, label: string) =>
      rows.filter((row) => row.split === split && row.label === label).length;
    for (const label of Object.values(LABELS)) {
      expect([count("train", label), count("val", label), count("test", label)]).toEqual([30, 10, 30]);
    }
    expect(data.tests.map((test) => test.generator)).toEqual(UNSEEN_GENERATORS.map((generator) => generator.name));
    for (const { generator, manifest } of data.tests) {
      expect(new Set(readManifest(manifest).map((row) => row.source))).toEqual(new Set(["camera", generator]));
    }
  });

  it("writes images and grey maps of the size asked for, maps only for training", async () => {
    const rows = readManifest(data.train);
    for (const row of rows) {
      const image = await sharp(join(folder, row.path)).metadata();
      expect([image.format, image.width, image.height, image.channels]).toEqual(["png", 64, 64, 3]);
      if (row.split !== "train") expect(row.saliency).toBe("");
      if (row.saliency === "") continue;
      const map = await sharp(join(folder, row.saliency)).metadata();
      expect([map.width, map.height, map.channels]).toEqual([64, 64, 1]);
    }
    expect(rows.filter((row) => row.saliency !== "").length).toBeGreaterThan(45);
  });

  it("puts no image into two splits, nor twice into one", () => {
    const rows = [data.train, ...data.tests.map((test) => test.manifest)].flatMap(readManifest);
    const contents = rows.map((row) => digest(join(folder, row.path)));
    expect(new Set(contents).size).toBe(rows.length);
  });

  it("gives the same bytes for the same seed and others for another", async () => {
    await makeDemoData(join(root, "again"), OPTIONS);
    expect(digests(join(root, "again"))).toEqual(digests(folder));
    await makeDemoData(join(root, "other"), { ...OPTIONS, seed: 4 });
    const other = digests(join(root, "other"));
    for (const [path, bytes] of Object.entries(digests(folder))) {
      if (path.startsWith("/images")) expect(other[path]).not.toBe(bytes);
    }
  });

  it("does nothing when the folder is complete, and completes one that is not", async () => {
    const path = join(folder, readManifest(data.train)[0].path);
    const writtenAt = statSync(path).mtimeMs;
    const before = digests(folder);
    expect((await makeDemoData(folder, OPTIONS)).made).toBe(false);
    expect(statSync(path).mtimeMs).toBe(writtenAt);

    const marker = join(folder, "demo-data.json");
    writeFileSync(marker, readFileSync(marker, "utf8").replace("true", "false"));
    rmSync(path);
    rmSync(data.tests[2].manifest);
    expect((await makeDemoData(folder, OPTIONS)).made).toBe(true);
    expect(digests(folder)).toEqual(before);
  });

  it("leaves other people's folders alone", async () => {
    const foreign = join(root, "foreign");
    await makeDemoData(foreign, { ...OPTIONS, train: 4, validation: 4, testPerGenerator: 2 });
    rmSync(join(foreign, "demo-data.json"));
    const before = digests(foreign);
    await expect(makeDemoData(foreign, OPTIONS)).rejects.toThrow(`${foreign} holds other files`);
    expect(digests(foreign)).toEqual(before);
  });

  it.each([
    ["train", 3],
    ["size", 16],
    ["seed", 0.5],
  ])("refuses %s = %d", async (name, value) => {
    const options = { ...OPTIONS, [name]: value };
    await expect(makeDemoData(join(root, "none"), options)).rejects.toThrow(`demo data: ${name} is ${value}`);
  });
});
