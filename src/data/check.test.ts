import { copyFileSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { beforeEach, describe, expect, test } from "vitest";
import { type CheckOptions, checkData, isHarmful } from "./check.ts";
import { renderCheck } from "./check-report.ts";
import { type ManifestOptions, readManifest } from "./manifest.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "check-"));
});

/** A picture of noise that the seed decides; one shade when the seed is negative. */
async function picture(path: string, seed: number, { width = 16, height = 16, grey = false } = {}): Promise<void> {
  const channels = grey ? 1 : 3;
  let state = seed + 1;
  const data = Uint8Array.from({ length: width * height * channels }, () => {
    state = (state * 48271) % 2147483647;
    return seed < 0 ? 90 : state % 256;
  });
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  await sharp(data, { raw: { width, height, channels } }).toFile(file);
}

function put(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

function check(csv: string, options?: ManifestOptions, checking?: CheckOptions) {
  put("m.csv", csv);
  return checkData(readManifest(join(folder, "m.csv"), options), checking);
}

const inFolder = (text: string) => text.replaceAll(`${folder}/`, "");

describe("checkData", () => {
  test("the published layout in small, without a fault", async () => {
    const rows: string[] = [];
    for (const [split, label, count] of [
      ["train", "Real", 3],
      ["train", "Synthetic", 2],
      ["test", "Real", 1],
      ["test", "Synthetic", 1],
    ] as const) {
      for (let i = 0; i < count; i++) {
        const name = `${split}/${label.toLowerCase()}_${i}.png`;
        await picture(`images/${name}`, 100 * rows.length);
        rows.push(`${split},${label},/${name}`);
      }
    }
    await picture("heat/real_0.png", 5, { grey: true });
    await picture("heat/synthetic_1.png", 6, { grey: true, width: 8, height: 8 });
    const steps: string[] = [];
    const found = await check(
      `${rows.join("\n")}\n`,
      { imageRoot: join(folder, "images"), mapRoot: join(folder, "heat") },
      { onProgress: (done, total) => steps.push(`${done}/${total}`) },
    );
    expect(steps).toEqual(["1/7", "2/7", "3/7", "4/7", "5/7", "6/7", "7/7"]);
    expect(isHarmful(found)).toBe(false);
    expect(found.notes).toEqual([expect.stringContaining("the 2 rows of split test are taken as val")]);
    expect(found.maps).toMatchObject({ good: 2, trainingWithout: 3, blank: [], missing: [], unusable: [], aspect: [] });
    const counts = found.splits.map(({ split, classes }) => [
      split,
      ...classes.map(({ label, images, guided }) => [label, images, guided]),
    ]);
    expect(counts).toEqual([
      ["train", ["Real", 3, 1], ["Synthetic", 2, 1]],
      ["val", ["Real", 1, 0], ["Synthetic", 1, 0]],
    ]);
    expect(found.splits[0].classes[0]).toMatchObject({
      formats: [{ name: "png", images: 3 }],
      sizes: [{ name: "16×16", images: 3 }],
    });
  });

  test("every image that cannot be read is named, and the others are checked all the same", async () => {
    await picture("good.jpg", 1);
    await picture("whole.jpg", 2, { width: 200, height: 200 });
    const whole = await sharp(join(folder, "whole.jpg")).toBuffer();
    put("cut.jpg", whole.subarray(0, whole.length / 2));
    put("empty.png", "");
    put("text.png", "not an image");
    put("huge.png", hugePng());
    mkdirSync(join(folder, "folder.png"));
    const files = ["good.jpg", "cut.jpg", "empty.png", "text.png", "huge.png", "folder.png", "nowhere.png"];
    const found = await check(`split,label,path\n${files.map((file) => `test,A,${file}\n`).join("")}`);
    expect(found.unreadable.map(({ line, name }) => [line, name])).toEqual(
      files.slice(1).map((file, i) => [i + 3, file]),
    );
    const reasons = [
      /^cut\.jpg: the image is truncated or damaged/,
      /^empty\.png: the file is empty \(0 bytes\)$/,
      /^text\.png: not an image that can be read/,
      /^huge\.png: 50000 × 50000 pixels are more than the limit/,
      /^cannot read folder\.png: it is a folder, not a file$/,
      /^cannot read nowhere\.png: no such file or folder$/,
    ];
    for (const [i, reason] of reasons.entries()) expect(found.unreadable[i].reason).toMatch(reason);
    expect(found.splits[0].classes[0]).toMatchObject({ images: 7, sizes: [{ name: "16×16", images: 1 }] });
    expect(isHarmful(found)).toBe(true);
  });

  test("maps: missing, in colours, unreadable, of another shape, blank", async () => {
    for (let i = 0; i < 7; i++) await picture(`${i}.png`, i);
    await picture("maps/good.png", 50, { grey: true });
    await picture("maps/colour.png", 51);
    put("maps/text.png", "no image");
    await picture("maps/wide.png", 52, { grey: true, width: 32 });
    await picture("maps/blank.png", -1, { grey: true });
    const maps = ["good", "nowhere", "colour", "text", "wide", "blank"];
    const rows = maps.map((map, i) => `test,A,${i}.png,maps/${map}.png\n`).join("");
    const { maps: found } = await check(`split,label,path,saliency\n${rows}test,A,6.png,\n`);
    expect(found.good).toBe(1);
    expect(found.missing.map(({ line, reason }) => [line, inFolder(reason)])).toEqual([
      [3, "cannot read maps/nowhere.png: no such file or folder"],
    ]);
    expect(found.unusable.map(({ line, reason }) => [line, inFolder(reason)])).toEqual([
      [4, expect.stringMatching(/^maps\/colour\.png: a saliency map must be grey/)],
      [5, expect.stringMatching(/^maps\/text\.png: not an image/)],
    ]);
    expect(found.aspect).toEqual([{ line: 6, name: "4.png", reason: expect.stringContaining("32 × 16") }]);
    expect(found.blank).toEqual([{ line: 7, name: "5.png" }]);
  });

  test("blank maps and training images without a map do no harm", async () => {
    for (let i = 0; i < 4; i++) await picture(`${i}.png`, i);
    await picture("blank.png", -1, { grey: true });
    const found = await check(
      "split,label,path,saliency\ntrain,A,0.png,blank.png\ntrain,B,1.png,\nval,A,2.png,\nval,B,3.png,\n",
    );
    expect(found.maps).toMatchObject({ blank: [{ line: 2 }], trainingWithout: 1 });
    expect(isHarmful(found)).toBe(false);
  });

  test("the same picture in two splits, under two labels, in another file, and as a mere repeat", async () => {
    for (let i = 0; i < 3; i++) await picture(`${i}.png`, i);
    copyFileSync(join(folder, "0.png"), join(folder, "0-copy.png"));
    copyFileSync(join(folder, "1.png"), join(folder, "1-copy.png"));
    await sharp(join(folder, "2.png")).tiff({ compression: "none" }).toFile(join(folder, "2.tiff"));
    await picture("3.png", 3);
    copyFileSync(join(folder, "3.png"), join(folder, "3-copy.png"));
    const found = await check(
      "split,label,path\ntest,A,0.png\nval,A,0-copy.png\ntest,A,1.png\ntest,B,1-copy.png\n" +
        "test,A,2.png\ntrain,A,2.tiff\ntest,B,3.png\ntest,B,3-copy.png\n",
    );
    expect(found.sameContent.map(({ bytes, rows }) => [bytes, ...rows.map(({ name }) => name)])).toEqual([
      [true, "0.png", "0-copy.png"],
      [true, "1.png", "1-copy.png"],
      [false, "2.png", "2.tiff"],
    ]);
    expect(found.repeats).toEqual([{ line: 9, name: "3-copy.png" }]);
  });

  test("the same subject in two splits", async () => {
    for (let i = 0; i < 4; i++) await picture(`${i}.png`, i);
    const found = await check(
      "split,label,path,subject\ntest,A,0.png,ann\nval,A,1.png,ann\ntest,A,2.png,bob\ntest,B,3.png,bob\n",
    );
    expect(found.sameSubject).toEqual([{ subject: "ann", images: { test: 1, val: 1 } }]);
  });

  test("what cannot be trained on", async () => {
    await picture("0.png", 0);
    await picture("1.png", 1);
    const found = await check("split,label,path\ntrain,A,0.png\ntrain,B,1.png\n");
    expect(inFolder(found.untrainable!)).toBe("m.csv: no rows of split val; there are rows of train (2 rows)");
    expect(isHarmful(found)).toBe(true);
  });

  test("a format that gives the label away is a warning", async () => {
    const rows: string[] = [];
    for (let i = 0; i < 40; i++) {
      const name = i % 2 === 0 ? `${i}.png` : `${i}.jpg`;
      await picture(name, i);
      rows.push(`test,${i % 2 === 0 ? "Real" : "Synthetic"},${name}`);
    }
    const found = await check(`split,label,path\n${rows.join("\n")}\n`);
    expect(found.splits[0].shortcuts).toContainEqual({
      statistic: "format",
      label: "Real",
      rule: "png",
      balancedAccuracy: 1,
    });
    expect(isHarmful(found)).toBe(false);
    expect(renderCheck(found, 200)).toContain(
      "- shortcut in test: format alone tells Real from the rest (balanced accuracy 1.00): png\n",
    );
  });
});

describe("renderCheck", () => {
  test("fits 60 columns and says everything that was found", async () => {
    for (let i = 0; i < 3; i++) await picture(`${i}.png`, i);
    copyFileSync(join(folder, "0.png"), join(folder, "copy.png"));
    put("empty.png", "");
    const found = await check(
      "split,label,path,saliency,subject\ntrain,A,0.png,nowhere.png,ann\nval,B,copy.png,,ann\n" +
        "train,B,1.png,,\nval,A,2.png,,\nval,A,empty.png,,\n",
    );
    const text = inFolder(renderCheck(found, 60));
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(60);
    // How well PNG packs is libvips' affair.
    expect(text.replaceAll(/\s+/g, " ").replaceAll(/[\d.]+ kB/g, "# kB")).toBe(
      [
        "m.csv: 5 images; classes A, B",
        "train A: 1 image formats: png sizes: 16×16 file size: median # kB",
        "B: 1 image formats: png sizes: 16×16 file size: median # kB",
        "fewer than 20 a class: too few to look for shortcuts",
        "val A: 2 images formats: png sizes: 16×16 file size: median # kB",
        "B: 1 image formats: png sizes: 16×16 file size: median # kB",
        "fewer than 20 a class: too few to look for shortcuts",
        "Harmful: - images that cannot be read: 1 line 6: empty.png: the file is empty (0 bytes)",
        "- maps that are not there: 1 line 2: cannot read nowhere.png: no such file or folder",
        "- pictures that are in several splits or have several labels: 1",
        "same file: 0.png (line 2, train, A) = copy.png (line 3, val, B)",
        "- subjects that are in several splits: 1 ann: train (1), val (1)",
        "Warnings: - 1 training image without a map: trained on, not guided",
        "Mend this before training or evaluating. Mind the warnings. ",
      ].join(" "),
    );
  });

  test("long lists are cut, but not that of unreadable images", async () => {
    const names = Array.from({ length: 30 }, (_, i) => `${i}.png`);
    const found = await check(`split,label,path\n${names.map((name) => `test,A,${name}\n`).join("")}`);
    const text = renderCheck(found);
    for (const name of names) expect(text).toContain(`cannot read ${name}: no such file`);
    for (const name of names) await picture(name, 7);
    const repeated = await check(`split,label,path\n${names.map((name) => `test,A,${name}\n`).join("")}`);
    expect(repeated.repeats.length).toBe(29);
    expect(renderCheck(repeated)).toContain("    and 9 more; --json lists all\n");
  });
});

const shared = join(import.meta.dirname, "../../../shared/data");
test.skipIf(!existsSync(shared))("real photographs with gaze (needs ../shared/data)", async () => {
  const found = await checkData(readManifest(join(shared, "gaze/osie/person.csv")));
  expect([found.images, found.maps.good, isHarmful(found)]).toEqual([457, 457, false]);
});

/** A PNG that claims 50,000 × 50,000 pixels: signature and header, no image data. */
function hugePng(): Buffer {
  const header = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");
  const side = Buffer.from("0000c350", "hex");
  const type = Buffer.from([8, 2, 0, 0, 0]);
  const body = Buffer.concat([Buffer.from("IHDR"), side, side, type]);
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32(body));
  const end = Buffer.from("0000000049444154", "hex");
  return Buffer.concat([header, side, side, type, crc, end, Buffer.from("35af061e", "hex")]);
}

function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
