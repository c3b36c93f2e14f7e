/** Loss and validation AUC over epochs, a line a run. */
import type { PlotOptions } from "@observablehq/plot";
import * as Plot from "@observablehq/plot";
import type { CurvePoint, RunRow } from "../../src/experiment/dashboard/contract.ts";
import { Figure } from "../shared/figure.tsx";
import { armStyle } from "./arms.ts";
import { useCurves } from "./use-curves.ts";
import { rate } from "./words.ts";

const figures = [
  {
    key: "auc",
    title: "Validation AUC",
    caption: "After each epoch, on the validation images.",
    label: "AUC",
  },
  {
    key: "loss",
    title: "Training loss",
    caption:
      "The mean of what is minimised, over each epoch’s images. Strategies may minimise different things: compare shapes, not heights.",
    label: "loss",
  },
] as const satisfies { key: keyof CurvePoint; title: string; caption: string; label: string }[];

export function Curves({ runs, arms }: { runs: RunRow[]; arms: readonly string[] }) {
  const { curves, error } = useCurves(runs);
  const points = curves.flatMap(({ run, curve }) => curve.points.map((point) => ({ ...point, run })));
  const troubles = curves.flatMap(({ run, curve }) =>
    curve.trouble === null ? [] : [{ run, trouble: curve.trouble }],
  );
  const shown = arms.filter((arm) => runs.some((run) => run.arm === arm));
  const several = new Set(runs.map(({ network }) => network)).size > 1;
  const nameOf = (run: RunRow) => `${run.arm}${several ? `, ${run.network}` : ""}, seed ${run.seed}`;
  return (
    <>
      {error !== undefined && (
        <p class="notice error" role="alert">
          {error}
        </p>
      )}
      {troubles.map(({ run, trouble }) => (
        <p class="notice error" key={run.id}>
          {run.name}: {trouble}
        </p>
      ))}
      <p class="legend">
        {shown.map((arm) => {
          const { color, dash } = armStyle(arms, arm);
          return (
            <span key={arm}>
              <svg width="26" height="10" aria-hidden="true">
                <line x1="1" x2="25" y1="5" y2="5" stroke={color} stroke-width="3" stroke-dasharray={dash} />
              </svg>{" "}
              {arm}
            </span>
          );
        })}
      </p>
      {points.length === 0 ? (
        <p class="notice">The curves appear when the first epoch has ended.</p>
      ) : (
        <div class="figures curves">
          {figures.map(({ key, title, caption, label }) => {
            const known = points.filter((point) => point[key] !== null);
            return (
              <Figure
                key={key}
                title={title}
                caption={known.length > 0 ? caption : "No run tells it: validation has one class only."}
                draw={(width): PlotOptions => ({
                  height: Math.max(240, Math.min(360, width * 0.5)),
                  ...{ marginLeft: 48, marginBottom: 40, marginTop: 26, marginRight: 16 },
                  x: { label: "epoch", ticks: epochTicks(known, width), tickFormat: "d" },
                  y: { label, grid: true, nice: true },
                  marks: [
                    ...runs.map((run) => {
                      const { color, dash } = armStyle(arms, run.arm);
                      return Plot.line(
                        known.filter((point) => point.run.id === run.id),
                        { x: "epoch", y: key, stroke: color, strokeDasharray: dash, strokeWidth: 1.75 },
                      );
                    }),
                    Plot.dot(known.filter(isLast(known)), {
                      ...{ x: "epoch", y: key, r: 3 },
                      fill: (point: Point) => armStyle(arms, point.run.arm).color,
                    }),
                    Plot.tip(
                      known,
                      Plot.pointer({
                        ...{ x: "epoch", y: key, fill: "var(--card)", stroke: "var(--line-strong)" },
                        title: (point: Point) => `${nameOf(point.run)}\nepoch ${point.epoch}: ${rate(point[key], 4)}`,
                      }),
                    ),
                  ],
                })}
                table={{
                  columns: ["run", "epoch", label],
                  rows: known.map((point) => [nameOf(point.run), point.epoch, rate(point[key], 4)]),
                }}
              />
            );
          })}
        </div>
      )}
    </>
  );
}

type Point = CurvePoint & { run: RunRow };

/** Whole epochs only, as many as there is room for. */
function epochTicks(points: readonly Point[], width: number): number[] {
  const last = Math.max(1, ...points.map(({ epoch }) => epoch));
  const first = Math.min(...points.map(({ epoch }) => epoch), last);
  const room = Math.max(2, Math.floor(width / 60));
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((step) => (last - first) / step <= room) ?? last;
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, i) => i * step).filter((epoch) => epoch >= first);
}

const isLast = (points: readonly Point[]) => {
  const last = new Map(points.map((point) => [point.run.id, point.epoch]));
  return (point: Point) => last.get(point.run.id) === point.epoch;
};
