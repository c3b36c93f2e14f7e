import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { imageRecord, participantRecord, strokeOf, trialRecord } from "../../../test/marking-records.ts";
import { testProtocol } from "../../../test/study-records.ts";
import { InputError } from "../../base/errors.ts";
import { acquirePidLock } from "../../base/pid-lock.ts";
import { readManifest } from "../../data/manifest.ts";
import { readMap } from "../../saliency/read-map.ts";
import { readMetadata } from "../../vision/image-source.ts";
import { markedArea, rasterise } from "../contract/geometry.ts";
import type { StudyRecords } from "../records.ts";
import { makeMaps } from "./make-maps.ts";
import { renderMapsSummary } from "./summary.ts";

let folder: string;
let manifest: string;
let out: string;

/** Two images share the name 1; the last one nobody sees. */
const paths = ["fake/1.png", "real/1.jpg", "fake/2.png", "real/3.png"];
const rows = [
  "train,Synthetic,fake/1.png,s7,gan",
  "train,Real,real/1.jpg,,camera",
  'val,Synthetic,fake/2.png,"s8, twin",gan',
  "val,Real,real/3.png,,",
];

const eye = strokeOf("brush", 0.1, [0.3, 0.4]);
const mouth = strokeOf("lasso", 0.1, [0.4, 0.7], [0.6, 0.7], [0.6, 0.8], [0.4, 0.8]);

function makeRecords(): StudyRecords {
  const marked = (left: ReturnType<typeof strokeOf>[]) => ({ strokes: { left, right: [] } });
  const images = paths.map((name, i) => {
    const [label, source] = name.startsWith("fake") ? ["Synthetic", "gan"] : ["Real", i === 3 ? null : "camera"];
    return imageRecord(i + 1, { name, file: join(folder, "images", name), label, source });
  });
  return {
    images,
    participants: [1, 2, 3, 4].map((id) => participantRecord(id)),
    trials: [
      trialRecord(1, 1, marked([eye])),
      trialRecord(2, 1, { left: 3, ...marked([mouth]) }),
      // Right in two of three, so above chance; the wrong decision marked a real image.
      trialRecord(3, 2, marked([eye, mouth])),
      trialRecord(4, 2, { left: 3, ...marked([eye]) }),
      trialRecord(5, 2, { choice: "right", right: 2, strokes: { left: [], right: [mouth] } }),
      // Right in one of two: not above chance.
      trialRecord(6, 3, marked([mouth])),
      trialRecord(7, 3, { choice: "right", right: 2, strokes: { left: [], right: [eye] } }),
      // Failed a catch trial, and practised.
      trialRecord(8, 4, marked([mouth])),
      trialRecord(9, 4, { kind: "catch", choice: "right", left: 3, strokes: { left: [], right: [eye] } }),
      trialRecord(10, 4, { kind: "practice", ...marked([mouth]) }),
    ],
  };
}

beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "oversight-maps-")));
  manifest = join(folder, "images", "images.csv");
  out = join(folder, "study", "maps");
  for (const [i, path] of paths.entries()) {
    mkdirSync(join(folder, "images", dirname(path)), { recursive: true });
    await sharp({ create: { width: 40, height: 30, channels: 3, background: { r: 60 * i, g: 9, b: 9 } } }).toFile(
      join(folder, "images", path),
    );
  }
  writeFileSync(manifest, `${["split,label,path,subject,source", ...rows].join("\n")}\n`);
});
afterEach(() => rmSync(folder, { recursive: true }));

const protocol = testProtocol();
const contentOf = (root: string) =>
  Object.fromEntries(
    ["manifest.csv", "summary.json", "saliency/fake/1.png", "saliency/2.png"].map((name) => [
      name,
      readFileSync(join(root, name)).toString("base64"),
    ]),
  );

describe("makeMaps", () => {
  it("makes of the right decisions of people above chance what the trainer reads", async () => {
    const summary = await makeMaps(makeRecords(), protocol, out, { manifest });
    const { samples } = readManifest(join(out, "manifest.csv"));
    expect(
      samples.map(({ split, label, path, source, subject }) => [split, label, realpathSync(path), source, subject]),
    ).toEqual([
      ["train", "Synthetic", join(folder, "images/fake/1.png"), "gan", "s7"],
      ["train", "Real", join(folder, "images/real/1.jpg"), "camera", undefined],
      ["val", "Synthetic", join(folder, "images/fake/2.png"), "gan", "s8, twin"],
      ["val", "Real", join(folder, "images/real/3.png"), undefined, undefined],
    ]);
    expect(samples.map(({ saliency }) => saliency)).toEqual([
      join(out, "saliency/fake/1.png"),
      undefined,
      join(out, "saliency/2.png"),
      undefined,
    ]);
    const eyeMask = rasterise([eye], 40, 30);
    const bothMask = rasterise([eye, mouth], 40, 30);
    const first = await readMap(samples[0].saliency!);
    expect([first.width, first.height]).toEqual([40, 30]);
    first.values.forEach((value, i) => {
      expect(value).toBeCloseTo((eyeMask[i] + bothMask[i]) / 2, 2);
    });
    expect(await readMetadata(readFileSync(samples[0].saliency!), "map")).toMatchObject({ channels: 1, space: "b-w" });
    expect(summary).toMatchObject({
      participants: 2,
      judgements: { counted: 4, leftOut: { excludedParticipant: 1, notAboveChance: 2, notCorrect: 1 } },
      maps: 2,
      withoutMap: { noJudgement: 2, blank: 0 },
      perMap: { images: 2, mean: 2 },
    });
    const [agreed, apart] = [summary.images[0].agreement!, summary.images[2].agreement!];
    const [eyeArea, bothArea] = [markedArea(eyeMask), markedArea(bothMask)];
    expect(agreed.area).toBeCloseTo((eyeArea + bothArea) / 2, 12);
    expect(agreed.iou).toBeCloseTo(eyeArea / bothArea, 12);
    expect(apart).toMatchObject({ iou: 0, dice: 0 });
    expect(apart.alpha).toBeLessThan(0);
    expect(JSON.parse(readFileSync(join(out, "summary.json"), "utf8"))).toEqual(summary);
  });

  it("counts every decision when asked for all, but nobody whom the study excludes", async () => {
    const summary = await makeMaps(makeRecords(), protocol, out, { manifest, rule: "all" });
    expect(summary.judgements).toEqual({
      counted: 7,
      leftOut: { excludedParticipant: 1, notAboveChance: 0, notCorrect: 0 },
    });
    expect(summary.images.map(({ judgements }) => judgements)).toEqual([3, 2, 2, 0]);
    const everybody = await makeMaps(makeRecords(), testProtocol({ exclusions: [] }), out, { manifest, rule: "all" });
    expect(everybody.judgements.counted).toBe(8);
  });

  it("blurs, and stretches to the whole range", async () => {
    await makeMaps(makeRecords(), protocol, out, { manifest, blur: 0.05 });
    const { data } = await sharp(join(out, "saliency/2.png")).raw().toBuffer({ resolveWithObject: true });
    expect([Math.min(...data), Math.max(...data)]).toEqual([0, 255]);
    expect(new Set(data).size).toBeGreaterThan(20);
    await expect(makeMaps(makeRecords(), protocol, out, { manifest, blur: 0.6 })).rejects.toThrow(InputError);
    await expect(makeMaps(makeRecords(), protocol, out, { manifest, blur: Number.NaN })).rejects.toThrow(InputError);
  });

  it("gives the same bytes again, and no map that has lost its judgements", async () => {
    await makeMaps(makeRecords(), protocol, out, { manifest });
    const first = contentOf(out);
    await makeMaps(makeRecords(), protocol, out, { manifest });
    expect(contentOf(out)).toEqual(first);
    const fewer = makeRecords();
    fewer.trials = fewer.trials.filter(({ left }) => left !== 3);
    await makeMaps(fewer, protocol, out, { manifest });
    expect(readdirSync(join(out, "saliency")).sort()).toEqual([".made-by-oversight", "fake"]);
    expect(readdirSync(out).sort()).toEqual(["images", "manifest.csv", "saliency", "summary.json"]);
  });

  it("leaves the maps of the run before when it is cut off", async () => {
    await makeMaps(makeRecords(), protocol, out, { manifest });
    const first = contentOf(out);
    const cutOff = makeMaps(makeRecords(), protocol, out, {
      manifest,
      blur: 0.1,
      onProgress: (done) => {
        if (done === 3) throw new Error("cut off");
      },
    });
    await expect(cutOff).rejects.toThrow("cut off");
    expect(contentOf(out)).toEqual(first);
    expect(readdirSync(out).sort()).toEqual(["images", "manifest.csv", "saliency", "summary.json"]);
  });

  it("writes no map that is the same everywhere", async () => {
    const records = makeRecords();
    const all = strokeOf("lasso", 0.1, [0, 0], [1, 0], [1, 1], [0, 1]);
    const gone = [eye, { ...eye, tool: "eraser" as const }];
    records.trials = [
      trialRecord(1, 1, { strokes: { left: [all], right: [] } }),
      trialRecord(2, 1, { left: 3, strokes: { left: gone, right: [] } }),
    ];
    const summary = await makeMaps(records, testProtocol({ exclusions: [] }), out, { manifest });
    expect(summary).toMatchObject({ maps: 0, withoutMap: { noJudgement: 2, blank: 2 }, perMap: null });
    expect(readManifest(join(out, "manifest.csv")).samples.some(({ saliency }) => saliency !== undefined)).toBe(false);
    expect(renderMapsSummary(summary)).toContain("2 (blank)");
  });

  it("refuses a folder with other things in its places, and a second run at the same time", async () => {
    await expect(makeMaps(makeRecords(), protocol, join(folder, "images"), { manifest })).resolves.toBeDefined();
    mkdirSync(join(folder, "taken", "saliency"), { recursive: true });
    writeFileSync(join(folder, "taken", "saliency", "mine.png"), "");
    await expect(makeMaps(makeRecords(), protocol, join(folder, "taken"), { manifest })).rejects.toThrow(
      /saliency.*not made by oversight/,
    );
    mkdirSync(join(folder, "linked", "images"), { recursive: true });
    await expect(makeMaps(makeRecords(), protocol, join(folder, "linked"), { manifest })).rejects.toThrow(
      /place of the link/,
    );
    mkdirSync(out, { recursive: true });
    const lock = acquirePidLock(join(out, ".lock"), "the folder of maps");
    await expect(makeMaps(makeRecords(), protocol, out, { manifest })).rejects.toThrow(/held by process/);
    lock.release();
    const own = join(folder, "images", "manifest.csv");
    writeFileSync(own, readFileSync(manifest));
    await expect(makeMaps(makeRecords(), protocol, join(folder, "images"), { manifest: own })).rejects.toThrow(
      /would overwrite the study's/,
    );
  });

  it("says so when the manifest has lost an image of the study", async () => {
    writeFileSync(
      manifest,
      `split,label,path\n${["train,Synthetic,fake/1.png", "train,Real,real/1.jpg"].join("\n")}\n`,
    );
    await expect(makeMaps(makeRecords(), protocol, out, { manifest })).rejects.toThrow(/"fake\/2.png" is no longer/);
  });

  it("fits on one screen as text", async () => {
    const summary = await makeMaps(makeRecords(), protocol, out, { manifest, blur: 0.05 });
    const text = renderMapsSummary(summary);
    expect(text.split("\n").length).toBeLessThan(24);
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(120);
    expect(text).toContain("maps of 2 of 4 images");
    expect(text).toContain("4 by 2 participants");
    expect(text).not.toContain("NaN");
  });
});
