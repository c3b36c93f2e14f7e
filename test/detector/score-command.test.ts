/** `oversight score` as a person runs it. */
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";
import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { loadDetector } from "../../src/detector/load-detector.ts";
import { overlayName } from "../../src/detector/score-files.ts";
import { decodeImage } from "../../src/vision/decode.ts";
import { encoded, makeTinyDetector } from "./tiny-detector.ts";

const bin = fileURLToPath(new URL("../../bin/oversight.mjs", import.meta.url));
let root: string;
let detector: string;
let images: string;
let out: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "oversight-score-"));
  detector = join(root, "detector");
  makeTinyDetector(detector);
  images = join(root, "images");
  mkdirSync(join(images, "deep"), { recursive: true });
  writeFileSync(join(images, "a.png"), await encoded("png", 1));
  writeFileSync(join(images, "b.JPG"), await encoded("jpeg", 2));
  writeFileSync(join(images, "deep", "c.webp"), await encoded("webp", 3));
  writeFileSync(join(images, "deep", "bad.png"), (await encoded("png", 4)).subarray(0, 500));
  writeFileSync(join(images, "notes.txt"), "no image");
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  out = join(mkdtempSync(join(root, "out-")), "scores.jsonl");
});

interface Ended {
  code: number | null;
  signal: string | null;
  lines: Record<string, unknown>[];
  stdout: string;
  stderr: string;
}

function begin(args: string[], { stdin = "", cwd = root }: { stdin?: string; cwd?: string } = {}) {
  const child = spawn(process.execPath, [bin, "score", "--detector", detector, "--threads", "1", ...args], { cwd });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  child.stdin.on("error", () => {});
  child.stdin.end(stdin);
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code, signal) => {
      const lines = stdout.startsWith("{")
        ? stdout
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line))
        : [];
      resolve({ code, signal, lines, stdout, stderr });
    });
  });
  return { child, ended };
}
const score = (args: string[], options?: Parameters<typeof begin>[1]) => begin(args, options).ended;
const linesOf = (file: string) =>
  readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

test("a folder's images are scored as the library scores them, a bad file is reported, and overlays are made", async () => {
  const explain = join(root, "overlays");
  const { code, lines, stderr } = await score(["images", "--explain", explain, "nowhere.png"]);
  expect(lines.map(({ path }) => path)).toEqual([
    ...["images/a.png", "images/b.JPG", "images/deep/bad.png", "images/deep/c.webp"],
    "nowhere.png",
  ]);
  expect(lines[2].error).toMatch(/truncated or damaged/);
  expect(lines[4].error).toBe("no such file or folder");
  expect(code).toBe(1);
  expect(stderr).toMatch(/^3 scored, 2 failed \(first: images\/deep\/bad\.png: .*\)\n$/);

  const library = await loadDetector(detector, { threads: 1 });
  for (const line of [lines[0], lines[1], lines[3]]) {
    const image = await decodeImage(join(root, line.path as string));
    const [judgement] = await library.score([image]);
    expect(line.score).toBeCloseTo(judgement.score, 5);
    expect(line.verdict).toBe(judgement.verdict);
    expect(Object.values(line.logits as object)).toHaveLength(2);
    expect(line.model).toBe(library.model);
    const { width, height, format } = await sharp(line.overlay as string).metadata();
    expect({ width, height, format }).toEqual({ width: image.width, height: image.height, format: "png" });
    // The map's colours lie over it, the image shows through.
    const overlaid = await decodeImage(line.overlay as string);
    const difference = overlaid.data.reduce((sum, level, at) => sum + Math.abs(level - image.data[at]), 0);
    expect(difference / image.data.length).toBeGreaterThan(10);
  }
  await library.close();
});

test("patterns, tables of both forms and standard input name images, each is scored once", async () => {
  writeFileSync(join(root, "table.csv"), 'label,path\nReal,images/a.png\nReal,"images/deep/c.webp"\nReal,\n');
  mkdirSync(join(root, "tables"), { recursive: true });
  writeFileSync(join(root, "tables", "published.csv"), "test,Real,/images/b.JPG\n");
  const args = ["images/**/*.{png,webp}", "table.csv", "tables/published.csv", "--image-root", ".", "-", "no/*.png"];
  const { lines, code, stderr } = await score(args, { stdin: "images/b.JPG\r\nimages/notes.txt\n" });
  expect(lines.map(({ path, error }) => [path, error === undefined])).toEqual([
    ["images/a.png", true],
    ["images/deep/bad.png", false],
    ["images/deep/c.webp", true],
    ["table.csv:4", false],
    ["images/b.JPG", true],
    ["images/notes.txt", false],
    ["no/*.png", false],
  ]);
  expect(code).toBe(1);
  expect(stderr).toContain("3 had their scores or were given twice");
});

describe("--out", () => {
  test("goes on where it was: what is done stays, what failed or is half written is tried again", async () => {
    expect((await score(["images/a.png", "images/deep/bad.png", "--out", out])).code).toBe(1);
    const [first] = readFileSync(out, "utf8").split("\n");
    // As a crash leaves it, in the midst of a line.
    appendFileSync(out, '{"path":"images/b.JPG","sco');
    const { code, stderr } = await score(["images", "--out", out]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^2 scored, 1 had their scores or were given twice, 1 failed/);
    expect(readFileSync(out, "utf8").split("\n")[0]).toBe(first);
    expect(linesOf(out).map(({ path }) => path)).toEqual([
      ...["images/a.png", "images/b.JPG", "images/deep/bad.png", "images/deep/c.webp"],
    ]);
    expect(existsSync(`${out}.lock`)).toBe(false);
  });

  test("as .csv is a table, and goes on as well", async () => {
    const table = out.replace("jsonl", "csv");
    await score(["images/a.png", "--out", table]);
    appendFileSync(table, "images/b.JPG,0.4");
    await score(["images/a.png", "images/b.JPG", "images/notes.txt", "--out", table]);
    const rows = parse(readFileSync(table), { columns: true }) as Record<string, string>[];
    expect(rows.map(({ path }) => path)).toEqual(["images/a.png", "images/b.JPG", "images/notes.txt"]);
    expect(Object.keys(rows[0])).toEqual([
      "path",
      "score",
      "verdict",
      "logit Real",
      "logit Synthetic",
      "overlay",
      "model",
      "error",
    ]);
    expect(rows[2].error).toMatch(/not an image/);
  });
});

test("Ctrl-C ends it with what is scored written, and the same command goes on", async () => {
  const many = join(root, "many");
  mkdirSync(many);
  const content = await encoded("png", 5);
  for (let index = 0; index < 400; index++) writeFileSync(join(many, `${String(index).padStart(3, "0")}.png`), content);
  const { child, ended } = begin(["many", "--out", out]);
  // When the first lines are there.
  while (!existsSync(out) || readFileSync(out).length < 1000) await new Promise((resolve) => setTimeout(resolve, 10));
  child.kill("SIGINT");
  const { code, stderr } = await ended;
  expect(code).toBe(130);
  expect(stderr).toMatch(/scored, interrupted; the same command goes on/);
  const before = linesOf(out).length;
  expect(before).toBeGreaterThan(0);
  expect(before).toBeLessThan(400);
  expect((await score(["many", "--out", out])).code).toBe(0);
  expect(new Set(linesOf(out).map(({ path }) => path)).size).toBe(400);
  expect(linesOf(out)).toHaveLength(400);
});

test("a reader that goes away ends it without a word", async () => {
  const { child, ended } = begin(["many"]);
  child.stdout.once("data", () => child.stdout.destroy());
  const { code, signal, stderr } = await ended;
  expect({ code, signal, stderr }).toEqual({ code: null, signal: "SIGPIPE", stderr: "" });
});

test("what cannot be used is said in one line", async () => {
  expect(await score(["x.png", "--threads", "0"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--threads"),
  });
  writeFileSync(join(root, "no-path.csv"), "a,b\n1,2\n");
  expect(await score(["no-path.csv"])).toMatchObject({
    code: 2,
    stderr: "oversight: no-path.csv: the header has no column path (a,b)\n",
  });
});

test("an overlay's name lies inside its folder, wherever the image is", () => {
  expect(["a/b.jpg", "./a.png", "/x/y.jpg", "../../z.jpg", "a/../../b.png"].map(overlayName)).toEqual([
    ...["a/b.jpg.png", "a.png.png", "x/y.jpg.png", "_/_/z.jpg.png", "_/b.png.png"],
  ]);
});
