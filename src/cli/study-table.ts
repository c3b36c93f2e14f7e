/** A study's analysis as lines for a terminal. */
import type { Measured, StudyAnalysis } from "../study/analysis/index.ts";

/** At most 60 columns wide but for reasons in words. */
export function formatStudy({ study, flow, conditions, comparison, underWay, method }: StudyAnalysis): string {
  const at = (name: string) => flow.steps.find((step) => step.name === name)!;
  const [joined, begun, analysed] = ["joined", "begun", "analysed"].map((name) => at(name).participants.all);
  const losses = at("begun").losses.filter(({ participants }) => participants.all > 0);
  const lines = [
    study.title,
    `${joined} joined, ${begun} began, ${analysed} analysed${underWay > 0 ? `; ${underWay} under way` : ""}`,
    ...losses.map(({ reason, participants }) => `  left out: ${participants.all} ${reason}`),
    "",
  ];
  const rows = conditions.map(({ condition, participants, accuracy, againstChance, sensitivity }) => {
    const { clustered } = accuracy;
    const interval = clustered.value === null ? "" : ` [${share(clustered.value.low)}, ${share(clustered.value.high)}]`;
    return [
      condition,
      String(participants),
      accuracy.share.value === null ? "–" : `${share(accuracy.share.value)}${interval}`,
      of(againstChance.byParticipant, ({ p }) => pValue(p)),
      of(sensitivity.dPrime, ({ mean }) => mean.toFixed(2)),
    ];
  });
  const header = ["condition", "people", `accuracy [${100 * method.level} %]`, "p", "d′"];
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  for (const cells of [header, ...rows]) {
    const padded = cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[i])));
    lines.push(padded.join("  "));
  }
  lines.push("p: accuracy against chance, over participants", "");
  if (comparison.value === null) lines.push(`no comparison of conditions: ${comparison.reason}`);
  else {
    const { difference, interval, test } = comparison.value;
    const bounds = interval.value === null ? "" : ` [${signed(interval.value.low)}, ${signed(interval.value.high)}]`;
    lines.push(`marking against choosing only: ${signed(difference)}${bounds}, p ${pValue(test.p)}`);
  }
  return `${lines.join("\n")}\n`;
}

const share = (value: number) => value.toFixed(3);
const signed = (value: number) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;
const pValue = (p: number) => (p < 0.001 ? "< 0.001" : p.toFixed(3));

function of<T>(measured: Measured<T>, words: (value: T) => string): string {
  return measured.value === null ? "–" : words(measured.value as T);
}
