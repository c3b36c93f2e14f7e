/** The figures of a study. */
import * as Plot from "@observablehq/plot";
import type { ConditionAnalysis, ParticipantAnalysis, Proportion, StudyAnalysis } from "../../study/analysis/index.ts";
import { drawFigure } from "../draw.ts";
import { seriesStyle } from "../style.ts";
import { conditionNames } from "./words.ts";

const faint = { stroke: "currentColor", strokeOpacity: 0.45 };
const chanceRule = (axis: "x" | "y") => (axis === "x" ? Plot.ruleX([0.5], faint) : Plot.ruleY([0.5], faint));
/** Of shares; Plot wants the domain in percents, the data not. */
const percentAxis = (label: string, low: number, high: number) => ({
  label,
  domain: [100 * low, 100 * high],
  percent: true,
  nice: true,
});
const nameOf = ({ condition }: { condition: ConditionAnalysis["condition"] }) => conditionNames[condition];
/** Colour and dash of a condition are the same in all figures. */
const legendOf = (conditions: readonly ConditionAnalysis[]) =>
  conditions.map((one, i) => ({ text: nameOf(one), ...seriesStyle(i) }));

/** What a Proportion looks like on an axis; undefined without judgements. */
function whisker({ share, clustered, wilson }: Proportion) {
  if (share.value === null) return undefined;
  const bounds = clustered.value ?? wilson.value;
  return { value: share.value, low: bounds?.low ?? share.value, high: bounds?.high ?? share.value };
}

const rowHeight = 74;

/** Accuracy of each condition with its interval, and each participant as a dot. */
export function accuracyFigure({ conditions, participants }: StudyAnalysis): string {
  const rows = conditions.flatMap((one) => {
    const bar = whisker(one.accuracy);
    return bar === undefined ? [] : [{ name: nameOf(one), ...bar }];
  });
  const dots = conditions.flatMap((one, i) => {
    const own = participants.filter(({ condition, excluded }) => condition === one.condition && excluded === null);
    return stacked(own).map(({ accuracies, dy, r }) =>
      Plot.dot(accuracies, {
        x: (accuracy) => accuracy,
        y: () => nameOf(one),
        dy,
        r,
        fill: seriesStyle(i).color,
        fillOpacity: 0.6,
      }),
    );
  });
  return drawFigure({
    description: `Accuracy by condition: ${rows.map(({ name, value }) => `${name} ${(100 * value).toFixed(1)} %`).join(", ")}; each participant is a dot.`,
    height: 76 + rowHeight * conditions.length,
    marginLeft: 108,
    x: percentAxis("accuracy, %", lowestAccuracy(participants), 1),
    y: { label: null, type: "band", domain: conditions.map(nameOf), tickSize: 0 },
    marks: [
      chanceRule("x"),
      dots,
      Plot.link(rows, {
        x1: "low",
        x2: "high",
        y1: "name",
        y2: "name",
        dy: whiskerShift,
        stroke: "currentColor",
        strokeWidth: 2,
      }),
      Plot.dot(rows, { x: "value", y: "name", dy: whiskerShift, r: 3.5, fill: "currentColor" }),
    ],
  });
}

/** The interval lies below the dots, not among them. */
const whiskerShift = rowHeight / 2 - 10;

const lowestAccuracy = (participants: readonly ParticipantAnalysis[]) =>
  Math.min(0.3, ...participants.flatMap(({ accuracy, excluded }) => (excluded === null ? (accuracy.value ?? []) : [])));

/** Participants of one accuracy stand above one another, pressed together where there are many: one list a storey. */
function stacked(participants: readonly ParticipantAnalysis[]): { accuracies: number[]; dy: number; r: number }[] {
  const storeys: number[][] = [];
  const heights = new Map<string, number>();
  for (const { accuracy } of participants) {
    if (accuracy.value === null) continue;
    // Accuracies that differ by less than a dot's width share a stack.
    const place = accuracy.value.toFixed(2);
    const storey = heights.get(place) ?? 0;
    heights.set(place, storey + 1);
    if (storey === storeys.length) storeys.push([]);
    storeys[storey].push(accuracy.value);
  }
  const step = Math.min(6, (rowHeight - 30) / Math.max(1, storeys.length - 1));
  const r = Math.min(3, Math.max(1.2, step / 2));
  return storeys.map((accuracies, storey) => ({ accuracies, dy: whiskerShift - 12 - storey * step, r }));
}

/** Accuracy by the source of an image, one row each, a mark for each condition. */
export function sourceFigure(conditions: readonly ConditionAnalysis[], of: "byTargetSource" | "byOtherSource"): string {
  const rows = conditions.map((one) =>
    one[of].flatMap(({ source, accuracy }) => {
      const bar = whisker(accuracy);
      return bar === undefined ? [] : [{ name: sourceName(source), ...bar }];
    }),
  );
  const names = [...new Set(rows.flat().map(({ name }) => name))];
  const low = Math.min(0.4, ...rows.flat().map((row) => row.low));
  return drawFigure({
    description: `Accuracy by source of the ${of === "byTargetSource" ? "target" : "other"} image: ${names.join(", ")}.`,
    legend: legendOf(conditions),
    height: 70 + 34 * names.length,
    marginLeft: Math.min(160, 16 + 7 * Math.max(...names.map(({ length }) => length))),
    x: percentAxis("accuracy, %", Math.floor(low * 10) / 10, 1),
    y: {
      label: null,
      type: "band",
      domain: names,
      tickSize: 0,
      tickFormat: (name: string) => (name.length > 20 ? `${name.slice(0, 19)}…` : name),
    },
    marks: [
      chanceRule("x"),
      rows.map((own, i) => {
        const dy = (i - (rows.length - 1) / 2) * 12;
        const { color, dash } = seriesStyle(i);
        return [
          Plot.link(own, {
            x1: "low",
            x2: "high",
            y1: "name",
            y2: "name",
            dy,
            stroke: color,
            strokeDasharray: dash,
            strokeWidth: 2,
          }),
          Plot.dot(own, { x: "value", y: "name", dy, r: 4.5, fill: color }),
        ];
      }),
    ],
  });
}

export const sourceName = (source: string | null) => source ?? "(not named)";

/** Accuracy over the order of main trials. */
export function learningFigure(conditions: readonly ConditionAnalysis[]): string {
  const last = Math.max(...conditions.flatMap(({ learning }) => learning.bins.map(({ to }) => to)));
  const lines = conditions.map(({ learning }, i) =>
    learning.bins.flatMap(({ from, to, accuracy }) => {
      const bar = whisker(accuracy);
      // Conditions stand a little apart, so that their intervals do not hide one another.
      const place = (from + to) / 2 + ((i - (conditions.length - 1) / 2) * last) / 90;
      return bar === undefined ? [] : [{ place, ...bar }];
    }),
  );
  const all = lines.flat();
  return drawFigure({
    description: `Accuracy by the order of main trials, in groups of neighbouring trials.`,
    legend: legendOf(conditions),
    x: { label: "main trial of the participant", domain: [0.5, last + 0.5], ticks: 6 },
    y: percentAxis(
      "accuracy, %",
      Math.min(0.4, ...all.map(({ low }) => low)),
      Math.max(0.9, ...all.map(({ high }) => high)),
    ),
    marks: [
      chanceRule("y"),
      lines.map((own, i) => {
        const { color, dash } = seriesStyle(i);
        return [
          Plot.ruleX(own, { x: "place", y1: "low", y2: "high", stroke: color, strokeWidth: 1.3, strokeOpacity: 0.75 }),
          Plot.line(own, { x: "place", y: "value", stroke: color, strokeDasharray: dash, strokeWidth: 2 }),
          Plot.dot(own, { x: "place", y: "value", r: 3, fill: color }),
        ];
      }),
    ],
  });
}

/** Quartiles of response times, right and wrong decisions apart. */
export function responseTimeFigure(conditions: readonly ConditionAnalysis[]): string {
  const rows = conditions.flatMap((one, i) =>
    (["correct", "wrong"] as const).flatMap((which) => {
      const { value } = one.responseMs[which];
      if (value === null) return [];
      const name = `${nameOf(one)}, ${which === "correct" ? "right" : "wrong"}`;
      return [{ name, low: value.q1 / 1000, value: value.median / 1000, high: value.q3 / 1000, ...seriesStyle(i) }];
    }),
  );
  return drawFigure({
    description: `Response times: ${rows.map(({ name, value }) => `${name}: median ${value.toFixed(2)} s`).join("; ")}.`,
    height: 70 + 28 * rows.length,
    marginLeft: 150,
    x: { label: "response time, s", domain: [0, 1.05 * Math.max(...rows.map(({ high }) => high))] },
    y: { label: null, type: "band", domain: rows.map(({ name }) => name), tickSize: 0 },
    marks: [
      Plot.link(rows, {
        x1: "low",
        x2: "high",
        y1: "name",
        y2: "name",
        stroke: "color",
        strokeWidth: 6,
        strokeOpacity: 0.45,
      }),
      Plot.dot(rows, { x: "value", y: "name", r: 5, fill: "color" }),
    ],
  });
}

/** The share of those who began that is still there after so many trials. */
export function dropOutFigure(conditions: readonly ConditionAnalysis[]): string {
  const lines = conditions.map(({ dropOut }) => dropOut.curve);
  const lowest = Math.min(...lines.flat().map(({ staying }) => staying));
  return drawFigure({
    description: `Participants still taking part by number of trials: ${conditions.map((one, i) => `${nameOf(one)} ${(100 * (lines[i].at(-1)?.staying ?? 1)).toFixed(0)} % to the end`).join(", ")}.`,
    legend: legendOf(conditions),
    x: { label: "trials committed, practice and catch trials included", ticks: 6 },
    y: percentAxis("still taking part, %", Math.max(0, Math.floor((lowest - 0.05) * 10) / 10), 1),
    marks: lines.map((curve, i) =>
      Plot.line(curve, {
        x: "trials",
        y: "staying",
        curve: "step-after",
        stroke: seriesStyle(i).color,
        strokeDasharray: seriesStyle(i).dash,
        strokeWidth: 2,
      }),
    ),
  });
}

/** How many images have how many judgements, with the number wanted. */
export function judgementsFigure({ conditions, study }: StudyAnalysis): string {
  const width = 0.8 / conditions.length;
  const bars = conditions.map(({ judgements }, i) =>
    judgements.committed.histogram.map(({ judgements: value, images }) => ({
      from: value - 0.4 + i * width,
      to: value - 0.4 + (i + 1) * width,
      images,
    })),
  );
  const most = Math.max(study.targetJudgements, ...bars.flat().map(({ to }) => Math.floor(to)));
  const wanted = `wanted: ${study.targetJudgements}`;
  const [textAnchor, dx] = study.targetJudgements > most / 2 ? (["end", -5] as const) : (["start", 5] as const);
  return drawFigure({
    description: `Images by the number of their judgements; ${wanted}.`,
    legend: legendOf(conditions).map((entry) => ({ ...entry, dash: "none" })),
    x: { label: "judgements of an image", domain: [-0.6, most + 0.6], ticks: Math.min(most + 1, 8), tickFormat: "d" },
    y: { label: "images", nice: true },
    marks: [
      bars.map((own, i) => Plot.rect(own, { x1: "from", x2: "to", y1: 0, y2: "images", fill: seriesStyle(i).color })),
      Plot.ruleY([0], faint),
      Plot.ruleX([study.targetJudgements], { stroke: "currentColor", strokeWidth: 1.5, strokeDasharray: "3 3" }),
      Plot.text([study.targetJudgements], {
        x: (value) => value,
        text: () => wanted,
        frameAnchor: "top",
        dy: -10,
        textAnchor,
        dx,
        fill: "currentColor",
      }),
    ],
  });
}
