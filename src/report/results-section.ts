/** The numbers of an evaluation, as tables: how well the classes are told apart, and the errors of decisions. */

import { groupBy } from "../base/group-by.ts";
import type { EvaluationResults, TestSetResults, ThresholdRule } from "../evaluation/index.ts";
import { count, decimals, exactPercent, percent } from "./format.ts";
import { type Html, type HtmlValue, html } from "./html.ts";
import { absent, figure, type Section } from "./page.ts";
import { aucFigure } from "./score-figures.ts";
import { type Column, table } from "./table.ts";

export const notEvaluated =
  "This run has not been evaluated on test sets yet: there is no evaluation.json in the run folder.";

export function resultsSection(evaluation: EvaluationResults | null): Section {
  const head = { id: "results", title: "Results on test sets" };
  if (evaluation === null) return { ...head, body: absent(notEvaluated) };
  const { testSets, positiveClass } = evaluation;
  if (testSets.length === 0) return { ...head, body: absent("The evaluation lists no test set.") };
  const intervals = testSets.flatMap(({ name, auc }) => (auc.value === null ? [] : [{ name, ...auc }]));
  const body = html`
<p>A positive image is one of class <strong>${positiveClass}</strong>; all others are negative.
What each number means is said <a href="#meanings">below</a>.</p>
<h3>Ranking: does a positive image score higher?</h3>
${table("Over all thresholds. Beside each AUC stands its interval.", rankingColumns(testSets[0]), testSets)}
${reasons(testSets)}
${intervals.length > 0 && html`<div class="figures">${figure(aucFigure(intervals), "AUC with its interval; the rule at 0.5 is chance.")}</div>`}
<h3>Deciding: the errors at one threshold</h3>
<p>${thresholdText(evaluation)}</p>
${table("Error rates at that threshold.", decisionColumns, testSets)}
<h3>What the test sets hold</h3>
${table("Images by class and source, and of each source of positive images the share missed.", sourceColumns, bySource(testSets, positiveClass))}
<ul class="notes">${testSets.map(({ name, manifest }) => html`<li>${name}: ${manifest}</li>`)}</ul>
`;
  return { ...head, body };
}

function rankingColumns(first: TestSetResults): Column<TestSetResults>[] {
  return [
    { head: "Test set", cell: ({ name }) => name },
    { head: "Positive", cell: ({ counts }) => count(counts.positives) },
    { head: "Negative", cell: ({ counts }) => count(counts.negatives) },
    {
      head: "AUC",
      cell: ({ auc }) =>
        auc.value === null
          ? unknown
          : html`${decimals(auc.value)} <small>${exactPercent(auc.level)}: ${decimals(auc.low)}–${decimals(auc.high)}</small>`,
    },
    ...first.tprAtFpr.map(({ fpr }, i) => ({
      head: `TPR at FPR ${exactPercent(fpr)}`,
      cell: ({ tprAtFpr }: TestSetResults) => rateOrUnknown(tprAtFpr[i].value),
    })),
    { head: "EER", cell: ({ eer }) => rateOrUnknown(eer.value) },
  ];
}

const unknown = "n/a";
const rateOrUnknown = (rate: number | null): HtmlValue => (rate === null ? unknown : percent(rate));

const decisionColumns: Column<TestSetResults>[] = [
  { head: "Test set", cell: ({ name }) => name },
  { head: "Accuracy", cell: ({ atThreshold }) => percent(atThreshold.accuracy) },
  { head: "APCER", cell: ({ atThreshold }) => rateOrUnknown(atThreshold.apcer) },
  { head: "BPCER", cell: ({ atThreshold }) => rateOrUnknown(atThreshold.bpcer) },
  { head: "ACER", cell: ({ atThreshold }) => rateOrUnknown(atThreshold.acer) },
  { head: "Positives found", cell: ({ atThreshold: { confusion } }) => count(confusion.truePositives) },
  { head: "Positives missed", cell: ({ atThreshold: { confusion } }) => count(confusion.falseNegatives) },
  { head: "False alarms", cell: ({ atThreshold: { confusion } }) => count(confusion.falsePositives) },
  { head: "Negatives passed", cell: ({ atThreshold: { confusion } }) => count(confusion.trueNegatives) },
  { head: "Class accuracy", cell: ({ classAccuracy }) => percent(classAccuracy) },
];

const sourceText = (source: string) => (source === "" ? "(not named)" : source);

const bySource = (testSets: readonly TestSetResults[], positiveClass: string) =>
  testSets.flatMap(({ name, counts, atThreshold }) =>
    counts.bySource.map((entry) => ({
      name,
      ...entry,
      missed: entry.label === positiveClass && atThreshold.apcerBySource.find(({ source }) => source === entry.source),
    })),
  );
const sourceColumns: Column<ReturnType<typeof bySource>[number]>[] = [
  { head: "Test set", cell: ({ name }) => name },
  { head: "Class", cell: ({ label }) => label, text: true },
  { head: "Source", cell: ({ source }) => sourceText(source), text: true },
  { head: "Images", cell: (entry) => count(entry.count) },
  { head: "Missed (APCER)", cell: ({ missed }) => (missed ? percent(missed.apcer) : "–") },
];

/** Why numbers are missing, each reason once a test set. */
function reasons(testSets: readonly TestSetResults[]): Html | false {
  const notes = testSets.flatMap(({ name, auc, tprAtFpr, eer }) => {
    const measures = [
      { measure: "AUC", ...auc },
      ...tprAtFpr.map((entry) => ({ measure: `TPR at FPR ${exactPercent(entry.fpr)}`, ...entry })),
      { measure: "EER", ...eer },
    ];
    const missing = measures.flatMap((entry) => ("reason" in entry ? [entry] : []));
    const byReason = groupBy(missing, ({ reason }) => reason);
    return [...byReason].map(
      ([reason, entries]) => html`<li>${name}: ${entries.map((e) => e.measure).join(", ")}: ${reason}</li>`,
    );
  });
  return notes.length > 0 && html`<ul class="notes">${notes}</ul>`;
}

function thresholdText({ threshold, positiveClass }: EvaluationResults): Html {
  const { value, rule, from } = threshold;
  return html`An image is called ${positiveClass} when its score is at least <strong class="number">${decimals(value)}</strong>.
This threshold was chosen ${ruleText(rule)} on the split “${from.split}” of ${from.manifest}; no test image had a part in it.`;
}

function ruleText(rule: ThresholdRule): string {
  return rule.rule === "eer"
    ? "where both kinds of error are equally frequent"
    : `so that at most ${exactPercent(rule.fpr)} of negative images are called positive`;
}
