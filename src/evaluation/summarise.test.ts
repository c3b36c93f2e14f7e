import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { InputError } from "../base/errors.ts";
import { randomStream } from "../base/random.ts";
import { type MapEntry, readMapIndex, writeMapIndex } from "./map-index.ts";
import { type EvaluationResults, readEvaluation, testSetResults, writeEvaluation } from "./results.ts";
import type { ScoreRow } from "./scores.ts";
import { summarise } from "./summarise.ts";

const testSet = { name: "unseen", manifest: "data/unseen.csv" };
const options = { positiveClass: "fake", threshold: 0 };
const row = (label: string, score: number, source = ""): ScoreRow => ({
  path: `${label}/${score}.png`,
  label,
  source,
  score,
  probability: 1 / (1 + Math.exp(-score)),
  predicted: score > 0 ? "fake" : "real",
});

function manyRows(count: number): ScoreRow[] {
  const random = randomStream(3, "summarise");
  return Array.from({ length: count }, (_, i) =>
    i % 2 === 0
      ? row("fake", random.normal() + 1, i % 4 === 0 ? "gan a" : "gan b")
      : row("real", random.normal() - 1, "camera"),
  );
}

describe("a test set's summary", () => {
  test("of four images, by hand", () => {
    const rows = [row("fake", 2, "gan"), row("real", 1, "camera"), row("fake", -1, "gan"), row("real", -3, "camera")];
    const { auc, tprAtFpr, eer, ...rest } = summarise(testSet, rows, options);
    expect(auc.value).toBe(0.75);
    expect(tprAtFpr[0]).toEqual({
      fpr: 0.001,
      value: null,
      reason: "needs at least 1000 negative images, there are 2",
    });
    expect(eer).toEqual({ value: 0.5 });
    expect(rest).toEqual({
      ...testSet,
      counts: {
        images: 4,
        positives: 2,
        negatives: 2,
        byLabel: [
          { label: "fake", count: 2 },
          { label: "real", count: 2 },
        ],
        bySource: [
          { label: "fake", source: "gan", count: 2 },
          { label: "real", source: "camera", count: 2 },
        ],
      },
      atThreshold: {
        accuracy: 0.5,
        confusion: { truePositives: 1, falseNegatives: 1, falsePositives: 1, trueNegatives: 1 },
        apcerBySource: [{ source: "gan", count: 2, apcer: 0.5 }],
        apcer: 0.5,
        bpcer: 0.5,
        acer: 0.5,
      },
      classAccuracy: 0.5,
      roc: [
        [0, 0],
        [0, 0.5],
        [0.5, 0.5],
        [0.5, 1],
        [1, 1],
      ],
    });
  });

  test("of many images resolves the low rates and fits its schema", () => {
    const results = summarise(testSet, manyRows(4000), options);
    expect(testSetResults.parse(results)).toEqual(results);
    // Two normals two deviations apart: AUC Φ(√2) = 0.921, TPR at 1 % Φ(2 − 2.326) = 0.372, EER Φ(−1) = 0.159.
    expect(results.auc.value).toBeCloseTo(0.921, 1);
    expect(results.tprAtFpr.map(({ value }) => value === null)).toEqual([false, false, false]);
    expect(results.tprAtFpr[1].value).toBeCloseTo(0.372, 1);
    expect(results.eer.value).toBeCloseTo(0.159, 1);
    expect(results.roc.length).toBeLessThanOrEqual(500);
    expect(results.counts.bySource).toHaveLength(3);
  });

  test.each([
    ["fake", "there is no negative image"],
    ["real", "there is no positive image"],
  ])("of %s images alone has counts and errors, and reasons for the rest", (label, reason) => {
    const results = summarise(testSet, [row(label, 2), row(label, -1)], options);
    expect(testSetResults.parse(results)).toEqual(results);
    expect(results.counts.images).toBe(2);
    expect(results.atThreshold.accuracy).toBe(0.5);
    expect(results.auc).toEqual({ value: null, reason });
    expect(results.eer).toEqual({ value: null, reason });
    expect(results.tprAtFpr).toEqual([0.001, 0.01, 0.05].map((fpr) => ({ fpr, value: null, reason })));
    expect(results.roc).toEqual([]);
  });

  test("is refused for no images, and for a score that is no number, naming its row", () => {
    expect(() => summarise(testSet, [], options)).toThrow(
      new InputError("test set unseen (data/unseen.csv): it has no images"),
    );
    expect(() => summarise(testSet, [row("fake", 1), row("real", Number.NaN)], options)).toThrow(
      /^test set unseen: row 2 \(real\/NaN.png\): the score is NaN/,
    );
  });
});

describe("the files of a run folder", () => {
  const folder = mkdtempSync(join(tmpdir(), "evaluation-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const results: EvaluationResults = {
    positiveClass: "fake",
    classes: ["real", "fake"],
    threshold: { value: 0, rule: { rule: "eer" }, from: { split: "val", manifest: "data/val.csv" } },
    testSets: [
      summarise(testSet, manyRows(60), options),
      summarise({ ...testSet, name: "one" }, [row("real", 1)], options),
    ],
  };

  test("evaluation.json comes back as it was written", () => {
    writeEvaluation(folder, results);
    expect(readEvaluation(folder)).toEqual(results);
  });

  test("evaluation.json with a fault is refused, naming the field", () => {
    const file = join(folder, "evaluation.json");
    const refused = (text: string, message: string) => {
      writeFileSync(file, text);
      expect(() => readEvaluation(folder)).toThrow(InputError);
      expect(() => readEvaluation(folder)).toThrow(`${file}: ${message}`);
    };
    refused("{", "it is not JSON");
    refused(JSON.stringify({ ...results, classes: ["one"] }), "classes: ");
    refused(JSON.stringify({ ...results, testSets: [{ ...results.testSets[0], name: "../up" }] }), "testSets.0.name: ");
    expect(() =>
      writeEvaluation(folder, { ...results, threshold: { ...results.threshold, value: Number.NaN } }),
    ).toThrow("threshold.value: ");
  });

  test("maps/index.json comes back as it was written, and a path out of the folder is refused", () => {
    const entry: MapEntry = {
      file: "a.png",
      kind: "overlay",
      testSet: "unseen",
      label: "fake",
      caption: "x",
      score: -2,
    };
    const mean: MapEntry = { file: "b.png", kind: "mean-cam", testSet: "unseen", label: "real", caption: "" };
    writeMapIndex(folder, [entry, mean]);
    expect(readMapIndex(folder)).toEqual([entry, mean]);
    rmSync(join(folder, "maps", "index.json"));
    expect(() => writeMapIndex(folder, [{ ...entry, file: "../a.png" }])).toThrow("0.file: ");
    expect(existsSync(join(folder, "maps", "index.json"))).toBe(false);
  });
});
