/** What cannot be used: one clear line, exit code 2, nothing half-written. */
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";
import { makeData, oversight, temporaryFolder } from "./command.ts";

const root = temporaryFolder();
const cache = join(root, "cache");
const data = join(root, "data");
const out = join(root, "run");
const header = "split,label,path,saliency";
let rows: string[];

beforeAll(async () => {
  await makeData(data, { train: 4, val: 4, test: 2 });
  rows = readFileSync(join(data, "train.csv"), "utf8").trim().split("\n").slice(1);
});

/** Trains on a manifest of these lines beside the good images. */
function trainOn(lines: readonly string[], ...more: string[]) {
  writeFileSync(join(data, "bad.csv"), `${lines.join("\n")}\n`);
  return oversight(cache, "train", "--data", join(data, "bad.csv"), ...minimal, ...more);
}
const minimal = ["--network", "resnet-small", "--input-size", "32", "--epochs", "1", "--out", out];

function expectRefusal({ code, stderr }: { code: number | null; stderr: string }, message: RegExp): void {
  const lines = stderr.trim().split("\n");
  expect(lines.at(-1)).toMatch(message);
  expect(stderr).not.toMatch(/^ +at /m);
  expect(code).toBe(2);
  expect(existsSync(join(out, "config.yaml"))).toBe(false);
}

describe("manifests", () => {
  test.each<[string, () => string[], RegExp]>([
    ["a missing image", () => [header, ...rows, "train,A,gone.png,"], /gone\.png: no such file/],
    [
      "a path that climbs out",
      () => [header, ...rows, "train,A,../../etc/passwd,"],
      /bad\.csv:10: .*\.\.\/\.\.\/etc\/passwd/,
    ],
    ["a duplicate row", () => [header, ...rows, rows[0]], /bad\.csv:10: .*train-0\.png/],
    ["an unknown split", () => [header, ...rows, "tain,A,x.png,"], /bad\.csv:10: .*"tain".*did you mean "train"/],
    ["one class only", () => [header, ...rows.filter((row) => row.includes(",A,"))], /one class|two classes|only/],
    ["no validation rows", () => [header, ...rows.filter((row) => row.startsWith("train"))], /val/],
    ["an empty file", () => [""], /bad\.csv: /],
  ])("%s", async (_, lines, message) => {
    expectRefusal(await trainOn(lines()), message);
  });

  test("an unknown label, where the classes are given", async () => {
    const given = ["--set", "data.classes=[A, Bee]"];
    expectRefusal(await trainOn([header, ...rows], ...given), /bad\.csv:3: .*"B".*A, Bee/);
  });
  test("a missing manifest, and a folder as one", async () => {
    const train = (manifest: string) => oversight(cache, "train", "--data", manifest, ...minimal);
    expectRefusal(await train(join(root, "none.csv")), /none\.csv: no such file/);
    expectRefusal(await train(data), /it is a folder/);
  });
});

describe("images and maps", () => {
  const withImage = (name: string) => [header, ...rows, `train,A,${name},`];
  test("a truncated JPEG", async () => {
    const jpeg = await sharp(join(data, "train-0.png")).jpeg().toBuffer();
    writeFileSync(join(data, "cut.jpg"), jpeg.subarray(0, jpeg.length / 2));
    expectRefusal(await trainOn(withImage("cut.jpg")), /cut\.jpg/);
  });
  test("a zero-byte file, and a folder", async () => {
    writeFileSync(join(data, "empty.png"), "");
    expectRefusal(await trainOn(withImage("empty.png")), /empty\.png: .*empty/);
    mkdirSync(join(data, "folder.png"), { recursive: true });
    expectRefusal(await trainOn(withImage("folder.png")), /folder\.png: .*folder/);
  });
  test("a PNG that claims 50,000 × 50,000 pixels", async () => {
    const png = Buffer.from(await sharp(join(data, "train-0.png")).png().toBuffer());
    png.writeUInt32BE(50_000, 16);
    png.writeUInt32BE(50_000, 20);
    const { crc32 } = await import("node:zlib");
    if (crc32 !== undefined) png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
    writeFileSync(join(data, "vast.png"), png);
    expectRefusal(await trainOn(withImage("vast.png")), /vast\.png/);
  });
  test("a map of another aspect", async () => {
    await sharp(join(data, "train-0-map.png")).resize(32, 16, { fit: "fill" }).toFile(join(data, "flat.png"));
    copyFileSync(join(data, "train-0.png"), join(data, "copy.png"));
    const result = await trainOn([header, ...rows, "train,A,copy.png,flat.png"], "--guidance", "cyborg");
    expectRefusal(result, /flat\.png.*32.*16/);
  });
  test("a blank map is allowed, counted, and does not guide", async () => {
    const blank = { width: 32, height: 32, channels: 3, background: "black" } as const;
    await sharp({ create: blank }).greyscale().png().toFile(join(data, "blank.png"));
    copyFileSync(join(data, "train-1.png"), join(data, "copy1.png"));
    const lines = [header, ...rows, "train,B,copy1.png,blank.png"];
    const { code, stderr } = await trainOn(lines, "--guidance", "cyborg", "--out", join(root, "blank"));
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/4 training images are guided; 0 have no map and 1 a blank one/);
  });
});

describe("settings", () => {
  const train = (...flags: string[]) =>
    oversight(cache, "train", "--data", join(data, "train.csv"), ...minimal, ...flags);
  test("a wrong network name: the nearest is suggested", async () => {
    expectRefusal(await train("--network", "resnet51"), /"resnet51" — did you mean "resnet50"/);
  });
  test("a learning rate as text", async () => {
    expectRefusal(await train("--learning-rate", "fast"), /learningRate: .*number/);
  });
  test("a setting that does not exist", async () => {
    expectRefusal(await train("--set", "lerningRate=1"), /lerningRate.*learningRate/);
  });
  test("weights of another network: the first differing tensor is named", async () => {
    const weights = join(root, "small");
    expect((await train("--out", weights)).code).toBe(0);
    const asOther = ["--network", "resnet50", "--weights", join(weights, "best.safetensors")];
    expectRefusal(
      await train(...asOther),
      /best\.safetensors: the tensor conv1\.weight has shape \[24,3,3,3\], this network needs \[64,3,7,7\]/,
    );
  });
  test("ImageNet weights for a network that has none", async () => {
    expectRefusal(await train("--weights", "imagenet"), /no ImageNet weights for resnet-small/);
  });
  test("a run folder that cannot be written", async () => {
    writeFileSync(join(root, "file"), "");
    expectRefusal(await train("--out", join(root, "file", "run")), /cannot write .*not a folder/);
  });
  test("a device that is not there", async () => {
    expectRefusal(await train("--device", "cuda:7"), /cuda:7 is not there/);
  });
  test("a disk that fills up: the run stops with one line and goes on when there is room", async (context) => {
    const small = join(root, "tmpfs");
    mkdirSync(small);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=1500k", "tmpfs", small], { stdio: "ignore" });
    } catch {
      context.skip("needs the right to mount a small tmpfs");
    }
    try {
      const full = ["--out", join(small, "run"), "--epochs", "2"];
      const { code, stderr } = await train(...full);
      expect(stderr.trim().split("\n").at(-1)).toMatch(/cannot write .*no space left on the disk/);
      expect(code).toBe(74);
      execFileSync("mount", ["-o", "remount,size=20m", small]);
      const again = await train(...full);
      expect(again.code, again.stderr).toBe(0);
      const undisturbed = join(root, "undisturbed");
      expect((await train("--epochs", "2", "--out", undisturbed)).code).toBe(0);
      const [one, two] = [join(small, "run"), undisturbed].map((run) => readFileSync(join(run, "last.safetensors")));
      expect(one.equals(two)).toBe(true);
    } finally {
      execFileSync("umount", [small]);
    }
  });
});
