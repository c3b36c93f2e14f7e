/** What the scores of test sets look like: ROC curves, intervals of the AUC, histograms. */
import * as Plot from "@observablehq/plot";
import { ascending } from "../evaluation/ranking.ts";
import { drawFigure } from "./draw.ts";
import { seriesStyle } from "./style.ts";

export interface RocSeries {
  name: string;
  /** [FPR, TPR] from (0, 0) to (1, 1). */
  points: readonly (readonly [number, number])[];
}

/**
 * ROC curves of several test sets. On the linear axis points are joined by straight lines, so that the area under a curve
 * is its AUC; on the logarithmic axis by steps, so that a curve shows only what a threshold reaches, and begins at
 * the lowest rate above zero that its negatives can tell.
 */
export function rocFigure(curves: readonly RocSeries[], axis: "linear" | "log"): string {
  const legend = curves.map(({ name }, i) => ({ text: name, ...seriesStyle(i) }));
  const lowest = axis === "log" ? lowestDecade(curves) : 0;
  const chance = Array.from({ length: 101 }, (_, i) => (axis === "log" ? lowest ** (1 - i / 100) : i / 100));
  const x = { label: "false positive rate", domain: [lowest, 1] };
  return drawFigure({
    description: `ROC curves of ${curves.map(({ name }) => name).join(", ")}, ${axis} axis of the false positive rate.`,
    legend,
    height: 380,
    x: axis === "log" ? { ...x, type: "log", ticks: decades(lowest), tickFormat: rateText } : x,
    y: { label: "true positive rate", domain: [0, 1] },
    marks: [
      Plot.line(chance, { x: (rate) => rate, y: (rate) => rate, stroke: "currentColor", strokeOpacity: 0.35 }),
      curves.map(({ points }, i) =>
        Plot.line(axis === "log" ? points.filter(([fpr]) => fpr > 0) : points, {
          x: ([fpr]) => fpr,
          y: ([, tpr]) => tpr,
          curve: axis === "log" ? "step-after" : "linear",
          stroke: legend[i].color,
          strokeDasharray: legend[i].dash,
          strokeWidth: 2,
        }),
      ),
    ],
  });
}

/** The power of ten at or below the smallest rate above zero in any curve, 0.1 at most. */
function lowestDecade(curves: readonly RocSeries[]): number {
  const smallest = curves.flatMap(({ points }) => points.find(([fpr]) => fpr > 0)?.[0] ?? []);
  return 10 ** Math.min(-1, Math.floor(Math.log10(Math.min(...smallest)) + 1e-9));
}

const decades = (lowest: number) => Array.from({ length: Math.round(-Math.log10(lowest)) + 1 }, (_, i) => 10 ** -i);

const rateText = (rate: number) => `${Number((rate * 100).toPrecision(3))}%`;

export interface NamedInterval {
  name: string;
  value: number;
  low: number;
  high: number;
}

/** The AUC of each test set with its interval, one row each; the rule at one half is chance. */
export function aucFigure(intervals: readonly NamedInterval[]): string {
  const lowest = Math.min(0.5, ...intervals.map(({ low }) => low));
  const color = seriesStyle(0).color;
  const longest = Math.max(...intervals.map(({ name }) => name.length));
  return drawFigure({
    description: `AUC with interval: ${intervals.map(({ name, value }) => `${name} ${value.toFixed(3)}`).join(", ")}.`,
    height: 70 + 26 * intervals.length,
    marginLeft: Math.min(150, 16 + 7 * longest),
    x: { label: "AUC", domain: [Math.floor(lowest * 10) / 10, 1], ticks: 5 },
    y: { label: null, type: "band", domain: intervals.map(({ name }) => name), tickSize: 0 },
    marks: [
      Plot.ruleX([0.5], { stroke: "currentColor", strokeOpacity: 0.35 }),
      Plot.link(intervals, { x1: "low", x2: "high", y1: "name", y2: "name", stroke: color, strokeWidth: 2.5 }),
      Plot.dot(intervals, { x: "value", y: "name", r: 5, fill: color }),
    ],
  });
}

export interface ClassScores {
  label: string;
  /** May be empty: the class is then left out, and the others keep their colours. */
  scores: Float64Array;
}

const binCount = 48;

/**
 * The scores of each class as shares of that class, so that a rare class shows as well as a common one, with the threshold.
 * The axis spans all but the outermost 0.1 % of scores on either side, which are counted in the outermost bins.
 */
export function histogramFigure(classes: readonly ClassScores[], threshold: number): string {
  const [low, high] = spanOf(classes, threshold);
  const drawn = classes.flatMap(({ label, scores }, i) =>
    scores.length === 0
      ? []
      : [{ text: `${label} (${scores.length})`, ...seriesStyle(i), points: outline(scores, low, high) }],
  );
  const [half, inset] = threshold > (low + high) / 2 ? (["end", -5] as const) : (["start", 5] as const);
  const thresholdText = `threshold ${threshold.toFixed(2)}`;
  return drawFigure({
    description: `Histogram of scores of ${drawn.map(({ text }) => text).join(", ")}; ${thresholdText}.`,
    legend: drawn,
    x: { label: "score (log-odds)", domain: [low, high] },
    y: { label: "share of the class, %", percent: true, nice: true },
    marks: [
      drawn.map(({ points, color, dash }) => [
        Plot.areaY(points, { x: "0", y: "1", curve: "step-after", fill: color, fillOpacity: 0.22 }),
        Plot.line(points, {
          x: "0",
          y: "1",
          curve: "step-after",
          stroke: color,
          strokeDasharray: dash,
          strokeWidth: 1.8,
        }),
      ]),
      Plot.ruleY([0], { stroke: "currentColor", strokeOpacity: 0.35 }),
      Plot.ruleX([threshold], { stroke: "currentColor", strokeWidth: 1.5 }),
      Plot.text([threshold], {
        x: (value) => value,
        text: () => thresholdText,
        frameAnchor: "top",
        dy: -10,
        textAnchor: half,
        dx: inset,
        fill: "currentColor",
      }),
    ],
  });
}

function spanOf(classes: readonly ClassScores[], threshold: number): [number, number] {
  const all = ascending(Float64Array.from(classes.flatMap(({ scores }) => [...scores])));
  const quantile = (q: number) => all[Math.round(q * (all.length - 1))];
  const low = Math.min(quantile(0.001), threshold);
  const high = Math.max(quantile(0.999), threshold);
  return low < high ? [low, high] : [low - 1, high + 1];
}

/** The corners [score, share] of the histogram's outline from left to right, for a curve of steps. */
function outline(scores: Float64Array, low: number, high: number): [number, number][] {
  const counts = new Array<number>(binCount).fill(0);
  for (const score of scores) {
    const bin = Math.floor(((score - low) / (high - low)) * binCount);
    counts[Math.min(Math.max(bin, 0), binCount - 1)] += 1;
  }
  const edge = (bin: number) => low + ((high - low) * bin) / binCount;
  const steps = counts.map((count, bin): [number, number] => [edge(bin), count / scores.length]);
  return [[low, 0], ...steps, [high, steps[binCount - 1][1]], [high, 0]];
}
