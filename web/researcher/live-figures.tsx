/** The live page's five figures. */
import type { PlotOptions } from "@observablehq/plot";
import * as Plot from "@observablehq/plot";
import type { Condition } from "../../src/study/contract/api.ts";
import type { Live } from "../../src/study/contract/researcher-api.ts";
import { Figure } from "../shared/figure.tsx";
import { duration, percent, whole } from "../shared/numbers.ts";
import { conditionWords } from "./words.ts";

const colors: Record<Condition, string> = { "choice-only": "var(--series-1)", "choice-and-mark": "var(--series-2)" };
const color = ({ condition }: { condition: Condition }) => colors[condition];
const words = ({ condition }: { condition: Condition }) => conditionWords[condition];

/** A band for each condition, named above it so that names need no margin on a phone. */
const bands = (live: Live): PlotOptions => ({
  marginLeft: 12,
  marginRight: 16,
  marginTop: 8,
  marginBottom: 40,
  height: 56 + 62 * live.conditions.length,
  y: { domain: live.conditions.map((condition) => conditionWords[condition]), axis: null, padding: 0.2 },
});
const bandNames = (live: Live) =>
  Plot.text(live.conditions, {
    y: (condition: Condition) => conditionWords[condition],
    text: (condition: Condition) => conditionWords[condition],
    frameAnchor: "left",
    dy: -20,
    fill: "var(--ink-soft)",
  });

export function JudgementsFigure({ live }: { live: Live }) {
  const rows = live.judgements.flatMap(({ condition, images }) =>
    images.map(({ judgements, images }) => ({ condition, judgements, images })),
  );
  const most = Math.max(live.targetJudgements, ...rows.map(({ judgements }) => judgements));
  const counts = Array.from({ length: most + 1 }, (_, count) => count);
  const every = Math.ceil(counts.length / 10);
  return (
    <Figure
      title="Judgements per image"
      caption={`How many images have so many judgements in a condition. The target is ${live.targetJudgements}.`}
      draw={(width) => ({
        marginLeft: 46,
        marginTop: 26,
        marginBottom: 40,
        height: 66 + 110 * live.conditions.length,
        x: {
          domain: counts,
          label: "judgements",
          ticks: counts.filter((count) => count % every === 0 || count === live.targetJudgements),
          padding: width / counts.length > 14 ? 0.2 : 0,
        },
        y: { label: null, grid: true, ticks: 3, nice: true, insetTop: 14 },
        fy: {
          label: null,
          axis: null,
          padding: 0.3,
          domain: live.conditions.map((condition) => conditionWords[condition]),
        },
        marks: [
          Plot.barY(
            live.conditions.map((condition) => ({ condition })),
            {
              x: live.targetJudgements,
              y: () => Math.max(1, ...rows.map(({ images }) => images)),
              fy: words,
              fill: "var(--line)",
              fillOpacity: 0.6,
            },
          ),
          Plot.barY(rows, { x: "judgements", y: "images", fy: words, fill: color }),
          Plot.ruleY([0], { stroke: "var(--ink-soft)" }),
          Plot.text(live.conditions, {
            fy: (condition: Condition) => conditionWords[condition],
            text: (condition: Condition) => `${conditionWords[condition]}: images`,
            frameAnchor: "top-left",
            dy: -20,
            fill: "var(--ink-soft)",
          }),
        ],
      })}
      table={{
        columns: ["Condition", "Judgements", "Images"],
        rows: rows.map((row) => [words(row), row.judgements, row.images]),
      }}
    />
  );
}

export function AccuracyFigure({ live }: { live: Live }) {
  const rows = live.accuracy.flatMap(({ condition, result }) => (result ? [{ condition, ...result }] : []));
  return (
    <Figure
      title="Accuracy"
      caption="Share of right choices in pairs that have a right answer, with the 95 % Wilson interval; the line is chance. Everyone counts: exclusions belong to the analysis."
      draw={() => ({
        ...bands(live),
        x: { domain: [0, 100], percent: true, label: "right choices (%)", grid: true, ticks: 5 },
        marks: [
          Plot.ruleX([0.5], { stroke: "var(--ink)", strokeDasharray: "4 3" }),
          Plot.ruleY(rows, { x1: "low", x2: "high", y: words, stroke: color, strokeWidth: 3 }),
          Plot.dot(rows, { x: "share", y: words, r: 6, fill: color, stroke: "var(--card)" }),
          Plot.text(rows, { x: "share", y: words, text: ({ share }) => percent(share, 1), dy: -15, fontWeight: 600 }),
          bandNames(live),
        ],
      })}
      table={{
        columns: ["Condition", "Participants", "Trials", "Right", "Share", "95 % interval"],
        rows: live.accuracy.map(({ condition, participants, result }) => [
          conditionWords[condition],
          whole(participants),
          whole(result?.of ?? 0),
          whole(result?.correct ?? 0),
          result ? percent(result.share, 1) : "–",
          result ? `${percent(result.low, 1)} to ${percent(result.high, 1)}` : "–",
        ]),
      }}
    />
  );
}

export function TimesFigure({ live }: { live: Live }) {
  const rows = live.times.flatMap(({ condition, response, marking }) => [
    ...(response ? [{ condition, what: "to the choice", ...response }] : []),
    ...(marking && condition === "choice-and-mark" ? [{ condition, what: "marking", ...marking }] : []),
  ]);
  const name = (row: (typeof rows)[number]) => `${words(row)}, ${row.what}`;
  return (
    <Figure
      title="Time per trial"
      caption="Median (tick), middle half (thick) and middle 80 % (thin) of the main trials."
      draw={() => ({
        marginLeft: 12,
        marginRight: 16,
        marginTop: 8,
        marginBottom: 40,
        height: 56 + 48 * Math.max(1, rows.length),
        x: { label: "seconds", grid: true, zero: true, nice: true, ticks: 5, transform: (ms: number) => ms / 1000 },
        y: { domain: rows.map(name), axis: null, padding: 0.2 },
        marks: [
          Plot.ruleY(rows, { x1: "p10", x2: "p90", y: name, stroke: color, strokeWidth: 2 }),
          Plot.ruleY(rows, { x1: "p25", x2: "p75", y: name, stroke: color, strokeWidth: 9 }),
          Plot.tickX(rows, { x: "p50", y: name, stroke: "var(--ink)", strokeWidth: 2.5, insetTop: 8, insetBottom: 8 }),
          Plot.text(rows, { y: name, text: name, frameAnchor: "left", dy: -17, fill: "var(--ink-soft)" }),
        ],
      })}
      table={{
        columns: ["Condition", "Time", "Trials", "10 %", "25 %", "Median", "75 %", "90 %"],
        rows: rows.map((row) => [
          words(row),
          row.what,
          whole(row.count),
          ...[row.p10, row.p25, row.p50, row.p75, row.p90].map(duration),
        ]),
      }}
    />
  );
}

export function CatchFigure({ live }: { live: Live }) {
  const { catchTrials, catchFailuresAllowed } = live;
  const failures = Array.from({ length: catchTrials + 1 }, (_, failed) => failed);
  const rule =
    catchFailuresAllowed === null
      ? "No exclusion rule looks at them."
      : `The analysis leaves out whoever failed more than ${catchFailuresAllowed}, in the warning colour.`;
  return (
    <Figure
      title="Failed catch trials"
      caption={`Participants by how many of the ${catchTrials} catch trials they failed. ${rule}`}
      draw={() => ({
        marginLeft: 46,
        marginTop: 26,
        marginBottom: 40,
        height: 66 + 100 * live.conditions.length,
        x: { domain: failures, label: "failed", padding: 0.25 },
        y: { label: null, grid: true, ticks: 3, nice: true, insetTop: 14 },
        fy: {
          label: null,
          axis: null,
          padding: 0.3,
          domain: live.conditions.map((condition) => conditionWords[condition]),
        },
        marks: [
          Plot.barY(live.catches, {
            x: "failed",
            y: "participants",
            fy: words,
            fill: (row) =>
              catchFailuresAllowed !== null && row.failed > catchFailuresAllowed ? "var(--bad)" : color(row),
          }),
          Plot.text(live.catches, { x: "failed", y: "participants", fy: words, text: "participants", dy: -8 }),
          Plot.ruleY([0], { stroke: "var(--ink-soft)" }),
          Plot.text(live.conditions, {
            fy: (condition: Condition) => conditionWords[condition],
            text: (condition: Condition) => `${conditionWords[condition]}: participants`,
            frameAnchor: "top-left",
            dy: -20,
            fill: "var(--ink-soft)",
          }),
        ],
      })}
      table={{
        columns: ["Condition", "Failed", "Participants"],
        rows: live.catches.map((row) => [words(row), row.failed, whole(row.participants)]),
      }}
    />
  );
}

export function DropOutFigure({ live }: { live: Live }) {
  const points = live.dropOut.flatMap(({ condition, curve }) => curve.map((point) => ({ condition, ...point })));
  return (
    <Figure
      title="Drop-out"
      caption="Share still taking part after so many trials (Kaplan–Meier; whoever is under way counts for as far as they have come)."
      draw={() => ({
        marginLeft: 46,
        marginRight: 16,
        marginTop: 26,
        marginBottom: 40,
        height: 250,
        x: {
          label: "trials done",
          domain: [0, Math.max(1, ...points.map(({ trials }) => trials))],
          ticks: 6,
          tickFormat: "d",
        },
        y: { label: "staying (%)", domain: [0, 100], percent: true, grid: true, ticks: 4 },
        marks: [
          // One may lie on the other: dashes let both be seen.
          ...live.dropOut.map(({ condition, curve }, index) =>
            Plot.lineY(curve, {
              ...{ x: "trials", y: "staying", curve: "step-after", strokeWidth: 2.5, stroke: colors[condition] },
              strokeDasharray: index === 0 ? undefined : "6 4",
            }),
          ),
        ],
      })}
      table={{
        columns: ["Condition", "Began", "Left", "Trials", "Staying"],
        rows: live.dropOut.flatMap(({ condition, began, left, curve }) =>
          curve.map(({ trials, staying }) => [
            conditionWords[condition],
            whole(began),
            whole(left),
            trials,
            percent(staying, 1),
          ]),
        ),
      }}
    />
  );
}
