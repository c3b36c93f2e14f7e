/** How a run went, epoch by epoch. */
import * as Plot from "@observablehq/plot";
import type { EpochMetrics } from "../training/metrics.ts";
import { drawFigure } from "./draw.ts";
import { seriesStyle } from "./style.ts";

/** Loss, cross-entropy and guidance term of training, and cross-entropy of validation. */
export function lossFigure(epochs: readonly EpochMetrics[]): string {
  const guided = epochs.some(({ train }) => train.guidance !== null);
  return epochFigure(epochs, "Loss by epoch.", { label: "loss", zero: true }, [
    { name: "training: loss", of: ({ train }) => train.loss },
    { name: "training: cross-entropy", of: ({ train }) => train.crossEntropy },
    ...(guided ? [{ name: "training: guidance term", of: ({ train }: EpochMetrics) => train.guidance }] : []),
    { name: "validation: cross-entropy", of: ({ validation }) => validation.crossEntropy },
  ]);
}

/** AUC and accuracy on validation. */
export function validationFigure(epochs: readonly EpochMetrics[]): string {
  const series: Series[] = [
    { name: "validation: AUC", of: ({ validation }) => validation.auc },
    { name: "validation: accuracy", of: ({ validation }) => validation.accuracy },
  ];
  const lowest = Math.min(0.5, ...epochs.flatMap((epoch) => series.map(({ of }) => of(epoch) ?? 1)));
  const y = { label: "AUC, accuracy", domain: [Math.floor(lowest * 10) / 10, 1] };
  return epochFigure(epochs, "AUC and accuracy on validation by epoch.", y, series);
}

interface Series {
  name: string;
  of: (epoch: EpochMetrics) => number | null;
}

function epochFigure(
  epochs: readonly EpochMetrics[],
  description: string,
  y: Plot.ScaleOptions,
  series: readonly Series[],
) {
  const last = epochs[epochs.length - 1];
  const best = epochs.findLast((epoch) => epoch.best);
  const legend = series.map(({ name }, i) => ({ text: name, ...seriesStyle(i) }));
  return drawFigure({
    description: `${description} Best: epoch ${best?.epoch ?? "none"}.`,
    legend,
    // A run that is still on its way shows how far it has to go.
    x: { label: "epoch", domain: [1, Math.max(last.epochs, 2)], ticks: Math.min(last.epochs, 8), tickFormat: "d" },
    y,
    marks: [
      best === undefined ? null : markBest(best.epoch),
      series.map(({ of }, i) => {
        const { color, dash } = legend[i];
        return [
          Plot.line(epochs, { x: "epoch", y: of, stroke: color, strokeDasharray: dash, strokeWidth: 2 }),
          // One epoch makes no line.
          epochs.length === 1 ? Plot.dot(epochs, { x: "epoch", y: of, fill: color }) : null,
        ];
      }),
    ],
  });
}

function markBest(epoch: number): Plot.Markish[] {
  return [
    Plot.ruleX([epoch], { stroke: "currentColor", strokeOpacity: 0.35 }),
    Plot.text([epoch], { x: (x) => x, frameAnchor: "top", dy: -8, text: () => "best", fill: "currentColor" }),
  ];
}
