import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeSmallStudy } from "../../../test/small-study.ts";
import { decodeImage } from "../../vision/decode.ts";
import { readStudy, type Study } from "../study-file.ts";
import { chunksOf } from "./png.ts";
import { preparedPath, prepareImages } from "./prepare.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "prepare-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const filesOf = (study: Study) => study.images.map((image) => preparedPath(study, image));

/** A study whose images come in other forms than others, and are of other sizes. */
async function motleyStudy(longestSide = 1024): Promise<Study> {
  await makeSmallStudy(folder, { each: 4, settings: { images: { manifest: "main.csv", longestSide } } });
  const png = (name: string) => join(folder, "main", name);
  const colourful = sharp(png("1.png")).resize(300, 200);
  writeFileSync(png("0.png"), await colourful.clone().withMetadata({ orientation: 6 }).jpeg().toBuffer());
  writeFileSync(png("2.png"), await colourful.clone().greyscale().webp().toBuffer());
  writeFileSync(png("3.png"), await colourful.clone().ensureAlpha(0.5).png({ palette: true }).toBuffer());
  writeFileSync(png("4.png"), await colourful.clone().toColourspace("rgb16").png().toBuffer());
  return readStudy(folder);
}

test("all files are alike but for their pixels, which are the originals'", async () => {
  const study = await motleyStudy();
  const { made, bytes } = await prepareImages(study);
  expect(made).toBe(8);
  for (const [index, file] of filesOf(study).entries()) {
    const png = readFileSync(file);
    expect(png.byteLength).toBe(bytes);
    expect(new Set([...chunksOf(png)].map(({ type }) => type))).toEqual(new Set(["IHDR", "paDd", "IDAT", "IEND"]));
    // Bit depth, colour type, compression, filter and interlace methods.
    expect([...png.subarray(24, 29)]).toEqual([8, 2, 0, 0, 0]);
    const [shown, original] = await Promise.all([decodeImage(file), decodeImage(study.images[index].file)]);
    expect([shown.width, shown.height]).toEqual([original.width, original.height]);
    expect(Buffer.compare(shown.data, original.data)).toBe(0);
  }
  expect(study.images[0]).toMatchObject({ width: 200, height: 300 });
});

test("names are opaque, and nothing else is left in the folder", async () => {
  const study = await motleyStudy();
  await prepareImages(study);
  const names = readdirSync(join(folder, "images")).filter((name) => !name.endsWith(".json"));
  expect(names.sort()).toEqual(
    filesOf(study)
      .map((file) => basename(file))
      .sort(),
  );
  for (const name of names) expect(name).toMatch(/^[\w-]{22}\.png$/);
});

test("larger images are reduced to the longest side, smaller ones are left as they are", async () => {
  const study = await motleyStudy(100);
  await prepareImages(study);
  const sizes = await Promise.all(filesOf(study).map(async (file) => sharp(file).metadata()));
  expect(sizes.slice(0, 3).map(({ width, height }) => [width, height])).toEqual([
    [67, 100],
    [48, 32],
    [100, 67],
  ]);
});

test("what is there is not made again; what is missing, cut short or of another original is", async () => {
  const study = await motleyStudy();
  await prepareImages(study);
  const files = filesOf(study);
  const before = files.map((file) => statSync(file).ino);
  expect((await prepareImages(study)).made).toBe(0);
  expect(files.map((file) => statSync(file).ino)).toEqual(before);
  rmSync(files[1]);
  writeFileSync(files[2], "");
  expect((await prepareImages(study)).made).toBe(2);
  // Much larger than all others: they grow with it.
  const noise = Uint8Array.from({ length: 200 * 200 * 3 }, (_, i) => (Math.imul(i + 1, 2_654_435_761) >>> 24) % 256);
  await sharp(noise, { raw: { width: 200, height: 200, channels: 3 } })
    .png()
    .toFile(join(folder, "main", "5.png"));
  const changed = await readStudy(folder);
  const { made, bytes } = await prepareImages(changed);
  expect(made).toBe(1);
  expect(bytes).toBeGreaterThan(statSync(join(folder, "main", "1.png")).size * 2);
  expect(new Set(filesOf(changed).map((file) => statSync(file).size))).toEqual(new Set([bytes]));
});

test("all bad images are named, and the good ones are prepared", async () => {
  const study = await motleyStudy();
  for (const name of ["5.png", "7.png"]) {
    const file = join(folder, "main", name);
    writeFileSync(file, readFileSync(file).subarray(0, -60));
  }
  const damaged = await readStudy(folder);
  await expect(prepareImages(damaged)).rejects.toThrow(
    /^2 images cannot be shown: main\/5\.png: the image is truncated or damaged \(.*\); main\/7\.png: .*$/,
  );
  const good = filesOf(study).filter((_, index) => index !== 5 && index !== 7);
  for (const file of good) expect(statSync(file).size).toBeGreaterThan(0);
});

test("an image that changed since the study was opened is refused", async () => {
  const study = await motleyStudy();
  writeFileSync(study.images[5].file, readFileSync(study.images[6].file));
  await expect(prepareImages(study)).rejects.toThrow(
    "1 image cannot be shown: main/5.png: the file changed since the study was opened; start again",
  );
});

test("leavings of a process that was killed are removed once they are old", async () => {
  const study = await motleyStudy();
  const [old, young] = ["a.png.1.tmp", "b.png.2.tmp"].map((name) => join(folder, "images", name));
  for (const file of [old, young]) writeFileSync(file, "half");
  const longAgo = new Date(Date.now() - 7_200_000);
  utimesSync(old, longAgo, longAgo);
  await prepareImages(study);
  const left = readdirSync(join(folder, "images")).filter((name) => name.endsWith(".tmp"));
  expect(left).toEqual(["b.png.2.tmp"]);
});

test("two that prepare one study at once come to the same", async () => {
  const study = await motleyStudy();
  const [one, other] = await Promise.all([prepareImages(study), prepareImages(study)]);
  expect(one.bytes).toBe(other.bytes);
  expect(new Set(filesOf(study).map((file) => statSync(file).size))).toEqual(new Set([one.bytes]));
});

test("progress counts the images that are made, then those that are made longer", async () => {
  const study = await motleyStudy();
  const steps: [number, number][] = [];
  await prepareImages(study, (...step) => steps.push(step));
  const counted = (total: number) => Array.from({ length: total }, (_, i) => [i + 1, total]);
  expect(steps).toEqual([...counted(8), ...counted(steps.length - 8)]);
  expect(steps.length).toBeGreaterThan(8);
});
