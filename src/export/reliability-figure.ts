/** Whether the score means what it says, as a picture: how often images of a score are positive. */
import * as Plot from "@observablehq/plot";
import type { ReliabilityBin } from "../evaluation/calibration.ts";
import { drawFigure } from "../report/draw.ts";
import { seriesStyle } from "../report/style.ts";

/** SVG. The diagonal is a score that can be taken at its word. */
export function reliabilityFigure(
  bins: Readonly<Record<"before" | "after", readonly ReliabilityBin[]>>,
  positive: string,
): string {
  const series = (["before", "after"] as const).map((which, index) => ({
    text: which === "before" ? "as the network gives it" : "calibrated (the score)",
    bins: bins[which],
    ...seriesStyle(index),
  }));
  return drawFigure({
    description: "Reliability diagram of the validation images before and after calibration.",
    legend: series,
    height: 360,
    x: { label: `probability of ${positive}`, domain: [0, 1] },
    y: { label: `share that is ${positive}`, domain: [0, 1] },
    marks: [
      Plot.line([0, 1], { x: (value) => value, y: (value) => value, stroke: "currentColor", strokeOpacity: 0.35 }),
      series.flatMap(({ bins: points, color, dash }) => [
        Plot.line(points, { x: "mean", y: "frequency", stroke: color, strokeDasharray: dash, strokeWidth: 2 }),
        Plot.dot(points, { x: "mean", y: "frequency", fill: color, r: 3 }),
      ]),
    ],
  });
}
