/** How often people were right: by condition, by source, by pair type; sensitivity and bias. */

import { groupBy } from "../../base/group-by.ts";
import type { ConditionAnalysis, SourceAccuracy, StudyAnalysis } from "../../study/analysis/index.ts";
import { count, percent } from "../format.ts";
import { type HtmlValue, html } from "../html.ts";
import { absent, figure, type Section } from "../page.ts";
import { type Column, table } from "../table.ts";
import { accuracyFigure, sourceFigure, sourceName } from "./figures.ts";
import { conditionNames, orReason, percentRange, shareWithInterval, signed } from "./words.ts";

export const nothingAnalysed = "No analysed participant has committed a main trial that has a right answer.";
export const hasJudgements = ({ conditions }: StudyAnalysis) =>
  conditions.some(({ accuracy }) => accuracy.judgements > 0);

export function accuracySection(analysis: StudyAnalysis): Section {
  const head = { id: "accuracy", title: "Accuracy" };
  if (!hasJudgements(analysis)) return { ...head, body: absent(nothingAnalysed) };
  const { conditions } = analysis;
  const few = conditions.filter(({ participants }) => participants < 10);
  const body = html`
<p>Of main trials that show one image with the label “${analysis.study.question.target}” and one without. Somebody who
guesses is right in 50%.</p>
${table("By condition. The interval to report is the clustered one.", accuracyColumns, conditions)}
<p>A participant’s judgements have a person in common and are no independent draws. The clustered interval allows for that: it
draws whole participants anew. Wilson’s takes every judgement as independent and is too narrow where participants
differ; it stands here for comparison. Both speak of other participants who judge these images, not of other images.</p>
${
  few.length > 0 &&
  html`<p class="absent">With fewer than 10 analysed participants in a condition the clustered interval is too narrow as well
and a test finds only large effects: take these numbers as a first look.</p>`
}
<div class="figures">${figure(
    accuracyFigure(analysis),
    "Each dot is a participant, the black or white mark the condition with its interval; the upright rule is guessing.",
  )}</div>
<h3>Sensitivity and bias</h3>
${table("Of forced choice between left and right, mean over participants with clustered interval.", sensitivityColumns, conditions)}
<p>d′ is accuracy freed from a preference for one side; 0 is guessing, 1 about 76% right. The bias c is 0 for who prefers no side,
above 0 for who prefers the right one, below 0 for the left. With the log-linear correction, which pulls both towards 0
where participants have few trials.</p>
`;
  return { ...head, body };
}

const accuracyColumns: Column<ConditionAnalysis>[] = [
  { head: "Condition", cell: ({ condition }) => conditionNames[condition] },
  { head: "Participants", cell: ({ accuracy }) => count(accuracy.participants) },
  { head: "Judgements", cell: ({ accuracy }) => count(accuracy.judgements) },
  { head: "Right", cell: ({ accuracy }) => count(accuracy.count) },
  { head: "Accuracy", cell: ({ accuracy }) => orReason(accuracy.share, percent) },
  { head: "Clustered interval", cell: ({ accuracy }) => orReason(accuracy.clustered, percentRange) },
  { head: "Wilson’s interval", cell: ({ accuracy }) => orReason(accuracy.wilson, percentRange) },
];

const sensitivityCell =
  (of: "dPrime" | "bias") =>
  ({ sensitivity }: ConditionAnalysis): HtmlValue =>
    orReason(
      sensitivity[of],
      ({ mean, interval }) =>
        html`${signed(mean)}${interval.value !== null && html` <small>${signed(interval.value.low)} to ${signed(interval.value.high)}</small>`}`,
    );
const sensitivityColumns: Column<ConditionAnalysis>[] = [
  { head: "Condition", cell: ({ condition }) => conditionNames[condition] },
  { head: "d′", cell: sensitivityCell("dPrime") },
  { head: "Bias c", cell: sensitivityCell("bias") },
  {
    head: "d′, all judgements together",
    cell: ({ sensitivity }) => orReason(sensitivity.pooled, ({ dPrime }) => signed(dPrime)),
  },
  { head: "√2 z(share right)", cell: ({ sensitivity }) => orReason(sensitivity.ofShareCorrect, signed) },
];

export function sourcesSection(analysis: StudyAnalysis): Section {
  const head = { id: "sources", title: "By source and pair" };
  if (!hasJudgements(analysis)) return { ...head, body: absent(nothingAnalysed) };
  const { conditions, study } = analysis;
  const { target } = study.question;
  const body = html`
<h3>By source of the image labelled “${target}”</h3>
${bySource(conditions, "byTargetSource")}
<h3>By source of the other image</h3>
${bySource(conditions, "byOtherSource")}
<p>These are many comparisons at once, for which the intervals are not adjusted: a single source that stands out is a question
for the next study rather than a finding of this one.</p>
<h3>By pair type</h3>
${table(
  "How often the left image was chosen; only pairs of one image of each kind have a right answer.",
  [
    { head: "Pair", cell: ({ pair }) => pairName(pair, target) },
    { head: "Condition", cell: ({ condition }) => conditionNames[condition], text: true },
    { head: "Judgements", cell: ({ left }) => count(left.judgements) },
    { head: "Left chosen", cell: ({ left }) => shareWithInterval(left) },
  ],
  [
    ...groupBy(
      conditions.flatMap(({ condition, pairs }) => pairs.map((one) => ({ condition, ...one }))),
      ({ pair }) => pair,
    ).values(),
  ].flat(),
)}`;
  return { ...head, body };
}

function bySource(conditions: readonly ConditionAnalysis[], of: "byTargetSource" | "byOtherSource"): HtmlValue {
  const all = conditions.flatMap(({ condition, [of]: sources }) => sources.map((one) => ({ condition, ...one })));
  // The conditions of a source side by side.
  const sources = groupBy(all, ({ source }) => source);
  const rows = [...sources.values()].flat();
  if (sources.size < 2)
    return absent(
      rows.length === 0 ? nothingAnalysed : `All of them come from one source: ${sourceName(rows[0].source)}.`,
    );
  const columns: Column<SourceAccuracy & Pick<ConditionAnalysis, "condition">>[] = [
    { head: "Source", cell: ({ source }) => sourceName(source) },
    { head: "Condition", cell: ({ condition }) => conditionNames[condition], text: true },
    { head: "Judgements", cell: ({ accuracy }) => count(accuracy.judgements) },
    { head: "Accuracy", cell: ({ accuracy }) => shareWithInterval(accuracy) },
  ];
  return html`<div class="figures">${figure(sourceFigure(conditions, of), "Accuracy with clustered interval; the upright rule is guessing.")}</div>
${table("With clustered interval.", columns, rows)}`;
}

function pairName(pair: ConditionAnalysis["pairs"][number]["pair"], target: string): string {
  switch (pair) {
    case "target-other":
      return `${target} and other`;
    case "target-target":
      return `both ${target}`;
    case "other-other":
      return `neither ${target}`;
  }
}
