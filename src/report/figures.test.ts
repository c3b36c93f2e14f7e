import { DOMParser } from "linkedom";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import type { EpochMetrics } from "../training/metrics.ts";
import { aucFigure, histogramFigure, rocFigure } from "./score-figures.ts";
import { seriesStyle } from "./style.ts";
import { svgToPng } from "./svg-png.ts";
import { lossFigure, validationFigure } from "./training-figures.ts";

const epoch = (number: number, guidance: number | null = 0.1, auc: number | null = 0.8): EpochMetrics => ({
  kind: "epoch",
  epoch: number,
  epochs: 6,
  learningRate: 0.01,
  train: { loss: 1 / number, crossEntropy: 0.9 / number, guidance, accuracy: 0.6 },
  validation: { auc, accuracy: 0.7, crossEntropy: 0.8 },
  best: number === 2,
  images: 10,
  guided: 10,
  imagesPerSecond: 1,
  seconds: 10,
  time: 1_700_000_000,
});

const hostile = `<script>alert("1")</script>&amp;'`;
const roc = {
  name: "a",
  points: [
    [0, 0],
    [0, 0.5],
    [0.02, 0.5],
    [0.02, 0.75],
    [1, 1],
  ] as [number, number][],
};

/** The series as drawn: the path of each colour that is not the page's own. */
function seriesPaths(svg: string): string[] {
  const { documentElement } = new DOMParser().parseFromString(svg, "image/svg+xml");
  return [...documentElement.querySelectorAll("path[d]")]
    .filter((path) => /^#/.test(path.getAttribute("stroke") ?? path.parentElement?.getAttribute("stroke") ?? ""))
    .map((path) => path.getAttribute("d") ?? "");
}

const figures: [name: string, svg: string, texts: string[]][] = [
  ["losses", lossFigure([1, 2, 3].map((i) => epoch(i))), ["training: guidance term", "best", "epoch"]],
  ["losses without guidance", lossFigure([1, 2].map((i) => epoch(i, null))), ["training: loss"]],
  ["losses of one epoch", lossFigure([epoch(1)]), ["validation: cross-entropy"]],
  ["validation", validationFigure([1, 2, 3].map((i) => epoch(i))), ["validation: AUC", "validation: accuracy"]],
  ["validation without AUC", validationFigure([1, 2].map((i) => epoch(i, 0.1, null))), ["validation: accuracy"]],
  ["ROC", rocFigure([roc, { ...roc, name: hostile }], "linear"), ["a", hostile, "false positive rate"]],
  ["ROC, logarithmic", rocFigure([roc, { ...roc, name: hostile }], "log"), ["a", "1%", "100%"]],
  [
    "ROC of a perfect detector, logarithmic",
    rocFigure(
      [
        {
          name: "p",
          points: [
            [0, 0],
            [0, 1],
            [1, 1],
          ],
        },
      ],
      "log",
    ),
    ["10%"],
  ],
  ["AUC", aucFigure([{ name: hostile, value: 0.7, low: 0.4, high: 0.9 }]), [hostile, "0.4"]],
  [
    "histogram",
    histogramFigure(
      [
        { label: "real", scores: Float64Array.of(-2, -1, 0) },
        { label: hostile, scores: Float64Array.of(1, 3) },
      ],
      0.5,
    ),
    ["real (3)", `${hostile} (2)`, "threshold 0.50"],
  ],
  ["histogram of one score", histogramFigure([{ label: "real", scores: Float64Array.of(1) }], 1), ["real (1)"]],
];

describe.each(figures)("the figure of %s", (_name, svg, texts) => {
  test("is XML that names its parts, escapes names, and has no number that is none", () => {
    const { documentElement } = new DOMParser().parseFromString(svg, "image/svg+xml");
    const written = [...documentElement.querySelectorAll("text")].map((text) => text.textContent);
    for (const text of texts) expect(written).toContain(text);
    expect(documentElement.getAttribute("role")).toBe("img");
    expect(documentElement.getAttribute("aria-label")).toBeTruthy();
    expect(svg).not.toMatch(/NaN|Infinity|undefined|<script/);
  });

  test("becomes a picture of the width asked for, on white", async () => {
    const png = await svgToPng(svg, 600);
    const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.channels]).toEqual([600, 3]);
    expect([...data.subarray(0, 3)]).toEqual([255, 255, 255]);
    expect(data.some((value) => value < 60)).toBe(true);
  });
});

test("a ROC curve on the logarithmic axis begins at its first rate above zero, on the linear axis at zero", () => {
  const startOf = (path: string) => Number(/^M([\d.]+)/.exec(path)?.[1]);
  const [linear] = seriesPaths(rocFigure([roc], "linear"));
  const [log] = seriesPaths(rocFigure([roc], "log"));
  // The axes span 46 … 380; 0.02 lies at log10(2) of the first of two decades.
  expect(startOf(linear)).toBe(46);
  expect(startOf(log)).toBeCloseTo(46 + (334 * Math.log10(2)) / 2, 1);
});

test("a guidance term that is not there is not drawn, nor in the legend", () => {
  expect(lossFigure([epoch(1), epoch(2)])).toContain("guidance");
  expect(lossFigure([epoch(1, null), epoch(2, null)])).not.toContain("guidance");
});

test("a class without scores is left out of a histogram, and the other keeps its colour", () => {
  const svg = histogramFigure(
    [
      { label: "real", scores: new Float64Array() },
      { label: "fake", scores: Float64Array.of(1, 2) },
    ],
    0,
  );
  expect(svg).not.toContain("real");
  expect(svg).toContain(seriesStyle(1).color);
  expect(svg).not.toContain(seriesStyle(0).color);
});

test("what is not SVG becomes no picture", async () => {
  await expect(svgToPng("<p>", 100)).rejects.toThrow();
});
