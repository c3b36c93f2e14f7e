/** The figures of an experiment but for the maps. Colour and dash of a strategy are the same in all of them. */
import * as Plot from "@observablehq/plot";
import type { Arm, Cell, ExperimentResults, Summary, TrainingCurve } from "../../experiment/results/index.ts";
import { drawFigure, type LegendEntry } from "../draw.ts";
import { seriesStyle } from "../style.ts";
import { threeDecimals } from "./cells.ts";

const faint = { stroke: "currentColor", strokeOpacity: 0.45 };

const styleOf = ({ arms }: ExperimentResults, arm: string) => seriesStyle(arms.findIndex(({ name }) => name === arm));
const legendOf = (results: ExperimentResults, names: readonly string[]): LegendEntry[] =>
  names.map((name) => ({ text: name, ...styleOf(results, name) }));

interface Point {
  x: number;
  mean: number;
  low: number;
  high: number;
}

const point = (x: number, { mean, sd }: Summary): Point => ({ x, mean, low: mean - (sd ?? 0), high: mean + (sd ?? 0) });

/** A line with its band of one standard deviation. */
function bandMarks(points: readonly Point[], { color, dash }: { color: string; dash: string }): Plot.Markish[] {
  return [
    Plot.areaY(points, { x: "x", y1: "low", y2: "high", fill: color, fillOpacity: 0.16 }),
    Plot.line(points, { x: "x", y: "mean", stroke: color, strokeDasharray: dash, strokeWidth: 2 }),
    // A single point makes no line.
    points.length === 1 ? Plot.dot(points, { x: "x", y: "mean", fill: color, r: 4 }) : null,
  ];
}

/** A line with its standard deviations as whiskers, for few values of x. */
function whiskerMarks(points: readonly Point[], { color, dash }: { color: string; dash: string }): Plot.Markish[] {
  return [
    Plot.ruleX(points, { x: "x", y1: "low", y2: "high", stroke: color, strokeWidth: 1.5 }),
    points.length > 1
      ? Plot.line(points, { x: "x", y: "mean", stroke: color, strokeDasharray: dash, strokeWidth: 2 })
      : null,
    Plot.dot(points, { x: "x", y: "mean", fill: color, r: 4 }),
  ];
}

/** Mean ROC curve of each strategy on one set with a band of ± one standard deviation over seeds; null without a curve. */
export function rocFigure(results: ExperimentResults, network: string, testSet: string): string | null {
  const cells = results.cells.filter(
    (cell) => cell.network === network && cell.testSet === testSet && cell.roc !== null,
  );
  if (cells.length === 0) return null;
  const curves = cells.map(({ arm, roc }) => ({
    style: styleOf(results, arm),
    points: roc!.fpr.map((x, i): Point => {
      const [mean, sd] = [roc!.mean[i], roc!.sd?.[i] ?? 0];
      return { x, mean, low: Math.max(0, mean - sd), high: Math.min(1, mean + sd) };
    }),
  }));
  const legend = cells.map(({ arm, pooled }) => {
    const { mean, sd } = pooled.auc.value!;
    const auc = sd === null ? threeDecimals(mean) : `${threeDecimals(mean)} ± ${threeDecimals(sd)}`;
    return { text: `${arm} (AUC ${auc})`, ...styleOf(results, arm) };
  });
  return drawFigure({
    description: `Mean ROC curves on ${testSet}, ${network}: ${legend.map(({ text }) => text).join(", ")}.`,
    legend,
    height: 380,
    x: { label: "false positive rate", domain: [0, 1] },
    y: { label: "true positive rate", domain: [0, 1] },
    marks: [
      Plot.line([0, 1], { x: (rate) => rate, y: (rate) => rate, stroke: "currentColor", strokeOpacity: 0.35 }),
      curves.map(({ points, style }) => bandMarks(points, style)),
    ],
  });
}

/** Each run's AUC as a dot, by strategy, with the mean; null without runs. */
export function aucFigure(results: ExperimentResults, network: string, testSet: string): string | null {
  const cells = results.cells.filter((cell) => cell.network === network && cell.testSet === testSet);
  const known = cells.flatMap(({ arm, pooled }) => (pooled.auc.value === null ? [] : [{ arm, ...pooled.auc.value }]));
  if (known.length === 0) return null;
  const names = known.map(({ arm }) => arm);
  const all = known.flatMap(({ values }) => values);
  const [low, high] = [Math.min(0.5, ...all), Math.max(...all)];
  return drawFigure({
    description: `AUC of every run on ${testSet}, ${network}, by strategy: ${known.map(({ arm, mean }) => `${arm} mean ${threeDecimals(mean)}`).join(", ")}.`,
    height: 70 + 34 * names.length,
    marginLeft: labelMargin(names),
    x: { label: "AUC", domain: padded(low, high), ticks: 5 },
    y: { label: null, type: "band", domain: names, tickSize: 0, tickFormat: shortened },
    marks: [
      Plot.ruleX([0.5], faint),
      known.map(({ arm, values, mean }) => [
        Plot.dot(values, { x: (auc) => auc, y: () => arm, r: 4, fill: styleOf(results, arm).color, fillOpacity: 0.55 }),
        Plot.tickX([mean], {
          x: (auc) => auc,
          y: () => arm,
          stroke: "currentColor",
          strokeWidth: 2,
          insetTop: 4,
          insetBottom: 4,
        }),
      ]),
    ],
  });
}

const labelMargin = (names: readonly string[]) =>
  Math.min(150, 16 + 7 * Math.max(...names.map((name) => shortened(name).length)));
const shortened = (name: string) => (name.length > 20 ? `${name.slice(0, 19)}…` : name);
const padded = (low: number, high: number): [number, number] => [
  Math.floor(low * 20 - 0.2) / 20,
  Math.min(1, Math.ceil(high * 20 + 0.2) / 20),
];

/** Validation accuracy over epochs with a band; null without an epoch. */
export function trainingFigure(results: ExperimentResults, network: string): string | null {
  const curves = results.training.filter((curve) => curve.network === network && curve.epochs.length > 0);
  if (curves.length === 0) return null;
  const pointsOf = ({ epochs }: TrainingCurve) => epochs.map(({ epoch, accuracy }) => point(epoch, accuracy));
  const last = Math.max(...curves.map(({ epochs }) => epochs.at(-1)!.epoch));
  const lowest = Math.min(...curves.flatMap((curve) => pointsOf(curve).map(({ low }) => low)));
  return drawFigure({
    description: `Accuracy on validation by epoch, ${network}.`,
    legend: legendOf(
      results,
      curves.map(({ arm }) => arm),
    ),
    x: { label: "epoch", domain: [1, Math.max(last, 2)], ticks: Math.min(last, 8), tickFormat: "d" },
    y: { label: "accuracy on validation, %", domain: [(100 * Math.floor(lowest * 20)) / 20, 100], percent: true },
    marks: curves.map((curve) =>
      bandMarks(
        pointsOf(curve).map((p) => ({ ...p, high: Math.min(1, p.high) })),
        styleOf(results, curve.arm),
      ),
    ),
  });
}

/** AUC against α, strategies without it as level lines; null where no strategy has two values of α. */
export function alphaFigure(results: ExperimentResults, network: string, testSet: string): string | null {
  const known = aucsOf(results, network, testSet);
  const blended = known.filter(({ arm }) => arm.alpha !== null);
  const strategies = [...new Set(blended.map(({ arm }) => arm.strategy))];
  const curves = strategies.map((strategy) => {
    const own = blended.filter(({ arm }) => arm.strategy === strategy).sort((a, b) => a.arm.alpha! - b.arm.alpha!);
    return { strategy, points: own.map(({ arm, auc }) => point(arm.alpha!, auc)) };
  });
  if (!curves.some(({ points }) => points.length > 1)) return null;
  const others = known.filter(({ arm }) => arm.alpha === null);
  // A curve has the look of its strategy's first α.
  const firstArm = (strategy: string) => results.arms.find((arm) => arm.strategy === strategy)!.name;
  const legend = [
    ...curves.map(({ strategy }) => ({ text: strategy, ...styleOf(results, firstArm(strategy)) })),
    ...legendOf(
      results,
      others.map(({ arm }) => arm.name),
    ),
  ];
  return drawFigure({
    description: `AUC on ${testSet} against α, ${network}: ${strategies.join(", ")}.`,
    legend,
    x: { label: "α: 1 is cross-entropy alone, 0 guidance alone", domain: [0, 1] },
    y: { label: "AUC", domain: aucDomain(known.map(({ auc }) => auc)) },
    marks: [
      Plot.ruleY([0.5], faint),
      others.map(({ auc }, i) => {
        const { color, dash } = legend[curves.length + i];
        return Plot.ruleY([auc.mean], { stroke: color, strokeDasharray: dash, strokeWidth: 1.5 });
      }),
      curves.map(({ points }, i) => whiskerMarks(points, legend[i])),
    ],
  });
}

/** AUC against the number of training images; null where all strategies have the same number. */
export function trainingImagesFigure(results: ExperimentResults, network: string, testSet: string): string | null {
  const known = aucsOf(results, network, testSet).flatMap(({ arm, auc, runs }) => {
    const images = results.runs.find(({ id }) => id === runs[0])?.trainingImages ?? null;
    return images === null ? [] : [{ arm, auc, images }];
  });
  const counts = new Set(known.map(({ images }) => images));
  if (counts.size < 2) return null;
  return drawFigure({
    description: `AUC on ${testSet} against the number of training images, ${network}: ${known.map(({ arm, images, auc }) => `${arm.name} ${images}: ${threeDecimals(auc.mean)}`).join(", ")}.`,
    legend: legendOf(
      results,
      known.map(({ arm }) => arm.name),
    ),
    x: {
      ...{ label: "training images", type: "log" },
      domain: [0.7 * Math.min(...counts), 1.4 * Math.max(...counts)],
      ticks: [...counts].slice(0, 5),
      tickFormat: (count: number) => count.toLocaleString("en-US"),
    },
    y: { label: "AUC", domain: aucDomain(known.map(({ auc }) => auc)) },
    marks: [
      Plot.ruleY([0.5], faint),
      // A little apart, so that strategies of one size do not hide one another.
      known.map(({ arm, auc, images }, i) =>
        whiskerMarks([point(images * 1.03 ** (i - (known.length - 1) / 2), auc)], styleOf(results, arm.name)),
      ),
    ],
  });
}

const aucDomain = (aucs: readonly Summary[]) =>
  padded(
    Math.min(0.5, ...aucs.map(({ mean, sd }) => mean - (sd ?? 0))),
    Math.max(...aucs.map(({ mean, sd }) => mean + (sd ?? 0))),
  );

function aucsOf(results: ExperimentResults, network: string, testSet: string) {
  const armOf = ({ arm }: Cell): Arm => results.arms.find(({ name }) => name === arm)!;
  return results.cells.flatMap((cell) => {
    const auc = cell.network === network && cell.testSet === testSet ? cell.pooled.auc.value : null;
    return auc === null ? [] : [{ arm: armOf(cell), auc, runs: cell.runs }];
  });
}
