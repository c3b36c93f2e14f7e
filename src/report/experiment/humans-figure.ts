/** People beside networks, generator by generator. */
import * as Plot from "@observablehq/plot";
import type { ExperimentResults } from "../../experiment/results/index.ts";
import { drawFigure } from "../draw.ts";
import { conditionNames } from "../study/words.ts";
import { seriesStyle } from "../style.ts";

interface Mark {
  generator: string;
  value: number;
  low: number;
  high: number;
}

/**
 * How often people, shown two images, choose rightly, and how often a network would: that is its AUC. Null where the
 * study and the test sets have no generator in common, or no study is known.
 */
export function humansFigure(results: ExperimentResults, network: string): string | null {
  const { value } = results.humans;
  if (value === null) return null;
  const generators = sharedGenerators(results);
  if (generators.length === 0) return null;
  // Strategies look as in the other figures; people come after them.
  const people = value.conditions.map(({ condition, generators: own }, i) => ({
    style: seriesStyle(results.arms.length + i),
    name: `people, ${conditionNames[condition]}`,
    marks: own
      .filter(({ source }) => generators.includes(source))
      .map(({ source, accuracy, low, high }): Mark => ({ generator: source, value: accuracy, low, high })),
  }));
  const networks = results.arms.map(({ name }, i) => ({
    style: seriesStyle(i),
    name,
    marks: results.cells
      .filter((cell) => cell.arm === name && cell.network === network && !isPool(results, cell.testSet))
      .flatMap((cell) =>
        cell.generators.flatMap(({ source, testSet, auc }): Mark[] => {
          if (auc.value === null || !generators.includes(rowName(results, source, testSet))) return [];
          const { mean, sd } = auc.value;
          return [
            {
              generator: rowName(results, source, testSet),
              value: mean,
              low: mean - (sd ?? 0),
              high: mean + (sd ?? 0),
            },
          ];
        }),
      ),
  }));
  const series = [...people, ...networks].filter(({ marks }) => marks.length > 0);
  const legend = series.map(({ name, style }) => ({ text: name, ...style }));
  const step = 11;
  const lowest = Math.min(0.4, ...series.flatMap(({ marks }) => marks.map(({ low }) => low)));
  return drawFigure({
    description: `Two-alternative forced choice by generator, people and ${network}: ${generators.join(", ")}.`,
    legend,
    height: 70 + (12 + step * series.length) * generators.length,
    marginLeft: Math.min(150, 16 + 7 * Math.max(...generators.map(({ length }) => length))),
    x: { label: "right choices between two images, %", domain: [100 * Math.max(0, lowest - 0.02), 100], percent: true },
    y: { label: null, type: "band", domain: generators, tickSize: 0 },
    marks: [
      Plot.ruleX([0.5], { stroke: "currentColor", strokeOpacity: 0.45 }),
      series.map(({ marks }, i) => {
        const dy = (i - (series.length - 1) / 2) * step;
        const { color, dash } = legend[i];
        return [
          Plot.link(marks, {
            ...{ x1: "low", x2: "high", y1: "generator", y2: "generator", dy },
            ...{ stroke: color, strokeDasharray: dash, strokeWidth: 1.8 },
          }),
          Plot.dot(marks, {
            x: "value",
            y: "generator",
            dy,
            r: 4,
            fill: color,
            symbol: i < people.length ? "diamond" : "circle",
          }),
        ];
      }),
    ],
  });
}

const isPool = ({ testSets }: ExperimentResults, testSet: string) =>
  testSets.find(({ name }) => name === testSet)!.pooled;

/** A generator that is in two test sets has other negatives in each; it then has no one AUC, and takes no part. */
function rowName(results: ExperimentResults, source: string, testSet: string): string {
  const cells = results.cells.filter((cell) => !isPool(results, cell.testSet) && cell.testSet !== testSet);
  const elsewhere = cells.some(({ generators }) => generators.some((other) => other.source === source));
  return elsewhere ? `${source} (${testSet})` : source;
}

/** By name, in the order of the test sets. */
export function sharedGenerators(results: ExperimentResults): string[] {
  const judged = new Set(
    results.humans.value?.conditions.flatMap(({ generators }) => generators.map(({ source }) => source)),
  );
  const own = results.cells.filter(({ testSet }) => !isPool(results, testSet)).flatMap(({ generators }) => generators);
  return [...new Set(own.map(({ source }) => source))].filter((source) => judged.has(source));
}
