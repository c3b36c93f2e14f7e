import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { imageRecord, participantRecord, strokeOf, trialRecord } from "../../../test/marking-records.ts";
import { testProtocol } from "../../../test/study-records.ts";
import { InputError } from "../../base/errors.ts";
import { markedArea, rasterise, requirementGrid } from "../contract/geometry.ts";
import type { TrialRecord } from "../records.ts";
import { type ExportSource, exportStudy } from "./export-study.ts";
import { boundingBox, encodeRle } from "./rle.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "oversight-exports-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const eye = strokeOf("brush", 0.1, [0.3, 0.4], [0.5, 0.4]);
const mouth = strokeOf("lasso", 0.1, [0.4, 0.7], [0.6, 0.7], [0.6, 0.8], [0.4, 0.8]);

const protocol = testProtocol({
  questions: {
    before: [
      { id: "age", text: "How old are you?", type: "number" },
      { id: "use", text: "Do you draw?", type: "one-of", options: ["yes", "=no"] },
    ],
    after: [
      { id: "tools", text: "With what?", type: "some-of", options: ["a", "b"] },
      { id: "remarks", text: 'Anything "else"?', type: "long-text", required: false },
    ],
  },
});

async function* streamed(trials: TrialRecord[]) {
  yield* trials;
}

const trials = [
  trialRecord(1, 1, { strokes: { left: [eye, mouth], right: [] } }),
  trialRecord(2, 1, { left: 3, right: 2, choice: "right", strokes: { left: [mouth], right: [eye] } }),
  trialRecord(3, 2, { condition: "choice-only", answer: null, pair: "target-target", left: 1, right: 3 }),
];
const source = (): ExportSource => ({
  protocol,
  images: [
    imageRecord(1, { name: "fake/=1+1.png", label: "Synthetic", source: "@gan", width: 400, height: 300 }),
    imageRecord(2, { name: "real/a, b.png" }),
    imageRecord(3, { name: "../x.png", source: null }),
  ],
  participants: [
    participantRecord(1, {
      answersBefore: { age: -3, use: "=no" },
      answersAfter: { tools: ["a", "b"], remarks: '=HYPERLINK("http://x")\nsecond line' },
    }),
    participantRecord(2, { condition: "choice-only", finishedAt: null, state: "expired" }),
  ],
  trials: streamed(trials),
});

const table = (name: string): Record<string, string>[] =>
  parse(readFileSync(join(folder, name), "utf8"), { columns: true });

describe("exportStudy", () => {
  it("writes a row a trial, and a codebook of every column", async () => {
    expect(await exportStudy(source(), folder)).toEqual({
      entries: { trials: 3, participants: 2, strokes: 3, masks: 3, coco: 3 },
    });
    const [first, second, third] = table("trials.csv");
    expect(first).toMatchObject({
      trial: "1",
      participant: "1",
      condition: "choice-and-mark",
      left_label: "Synthetic",
      correct: "true",
      response_ms: "1500",
      left_strokes: "2",
      left_regions: "2",
      right_area: "",
      window_width: "1280",
    });
    const { width, height } = requirementGrid({ width: 400, height: 300 });
    expect(Number(first.left_area)).toBe(markedArea(rasterise([eye, mouth], width, height)));
    expect([second.correct, third.correct, third.answer]).toEqual(["false", "", ""]);
    const codebook = table("codebook.csv");
    for (const file of ["trials.csv", "participants.csv"]) {
      const columns = Object.keys(table(file)[0]);
      expect(codebook.filter((row) => row.file === file).map(({ column }) => column)).toEqual(columns);
      for (const row of codebook.filter((row) => row.file === file && row.type === "choice")) {
        for (const cells of table(file)) expect(["", ...row.values.split(" | ")]).toContain(cells[row.column]);
      }
    }
    expect(codebook.every(({ description }) => description.length > 3)).toBe(true);
  });

  it("guards spreadsheets against text that begins like a formula, and leaves numbers alone", async () => {
    await exportStudy(source(), folder, ["trials", "participants"]);
    const [trial] = table("trials.csv");
    expect([trial.left_image, trial.left_source]).toEqual(["fake/=1+1.png", "'@gan"]);
    const [one, other] = table("participants.csv");
    expect(one).toMatchObject({
      before_age: "-3",
      before_use: "'=no",
      after_tools: '["a","b"]',
      after_remarks: '\'=HYPERLINK("http://x")\nsecond line',
    });
    expect(other).toMatchObject({ before_age: "", finished_at: "", state: "expired" });
    expect(readFileSync(join(folder, "codebook.csv"), "utf8")).toContain("an apostrophe stands before text");
  });

  it("writes strokes as they were drawn", async () => {
    await exportStudy(source(), folder, ["strokes"]);
    const lines = readFileSync(join(folder, "strokes.jsonl"), "utf8").trim().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        trial: 1,
        participant: 1,
        image: "fake/=1+1.png",
        side: "left",
        strokes: [eye, mouth],
      }),
      expect.objectContaining({ trial: 2, side: "left", width: 40, height: 30, strokes: [mouth], correct: false }),
      expect.objectContaining({ trial: 2, image: "real/a, b.png", side: "right", strokes: [eye] }),
    ]);
    const fields = table("codebook.csv").filter(({ file }) => file === "strokes.jsonl");
    expect(fields.map(({ column }) => column)).toEqual(Object.keys(JSON.parse(lines[0])));
  });

  it("writes masks of the images' size, within their folder whatever images are called", async () => {
    await exportStudy(source(), folder, ["masks"]);
    expect(readdirSync(join(folder, "masks")).sort()).toEqual([
      "-1-1__1__1.png",
      ".made-by-oversight",
      "a-b__1__2.png",
      "x__1__2.png",
    ]);
    const { data, info } = await sharp(join(folder, "masks", "-1-1__1__1.png"))
      .toColourspace("b-w")
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 400, height: 300, channels: 1 });
    expect(new Uint8Array(data)).toEqual(rasterise([eye, mouth], 400, 300).map((value) => 255 * value));
  });

  it("writes what COCO's tools read", async () => {
    await exportStudy(source(), folder, ["coco"]);
    const coco = JSON.parse(readFileSync(join(folder, "coco.json"), "utf8"));
    expect(coco.images.map(({ id, width, height }: Record<string, number>) => [id, width, height])).toEqual([
      [1, 400, 300],
      [2, 40, 30],
      [3, 40, 30],
    ]);
    const mask = rasterise([eye, mouth], 400, 300);
    expect(coco.annotations).toHaveLength(3);
    expect(coco.annotations[0]).toEqual({
      id: 1,
      image_id: 1,
      category_id: coco.categories[0].id,
      segmentation: encodeRle(mask, { width: 400, height: 300 }),
      area: mask.filter((value) => value === 1).length,
      bbox: boundingBox(mask, { width: 400, height: 300 }),
      iscrowd: 0,
      participant: 1,
      trial: 1,
      kind: "main",
      correct: true,
    });
    expect(coco.annotations.map(({ id }: { id: number }) => id)).toEqual([1, 2, 3]);
  });

  it("is valid without a trial", async () => {
    await exportStudy({ ...source(), trials: [], participants: [] }, folder);
    expect(JSON.parse(readFileSync(join(folder, "coco.json"), "utf8")).annotations).toEqual([]);
    expect(readFileSync(join(folder, "trials.csv"), "utf8")).toMatch(/^trial,participant,.*\n$/);
    expect(readFileSync(join(folder, "strokes.jsonl"), "utf8")).toBe("");
  });

  it("leaves the files of the run before when the trials break off, and nothing half-written", async () => {
    await exportStudy(source(), folder);
    const before = readdirSync(folder).map((name) => [
      name,
      name === "masks" || readFileSync(join(folder, name), "utf8"),
    ]);
    async function* breaking() {
      yield trialRecord(7, 1, { strokes: { left: [eye], right: [] } });
      throw new Error("connection lost");
    }
    await expect(exportStudy({ ...source(), trials: breaking() }, folder)).rejects.toThrow("connection lost");
    expect(
      readdirSync(folder).map((name) => [name, name === "masks" || readFileSync(join(folder, name), "utf8")]),
    ).toEqual(before);
    expect(readdirSync(join(folder, "masks"))).toHaveLength(4);
  });

  it("takes trials one at a time: none is held once its row is written", async () => {
    let [given, most] = [0, 0];
    async function* many() {
      for (let id = 1; id <= 500; id++) {
        given++;
        yield trialRecord(id, 1, { strokes: { left: [eye], right: [] } });
      }
    }
    await exportStudy({ ...source(), trials: many() }, folder, ["trials", "strokes"], (done) => {
      most = Math.max(most, given - done);
    });
    expect(most).toBe(0);
    expect(table("trials.csv")).toHaveLength(500);
  });

  it("does not throw away masks that are not its own", async () => {
    mkdirSync(join(folder, "masks"));
    writeFileSync(join(folder, "masks", "mine.png"), "");
    await expect(exportStudy(source(), folder)).rejects.toThrow(InputError);
    expect(readdirSync(join(folder, "masks"))).toEqual(["mine.png"]);
    expect(existsSync(join(folder, "trials.csv"))).toBe(false);
  });
});
