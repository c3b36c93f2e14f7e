/** What was tested, with the outcome in words that say no more than the test does. */
import type { ConditionAnalysis, StudyAnalysis } from "../../study/analysis/index.ts";
import { count, percent } from "../format.ts";
import { type HtmlValue, html } from "../html.ts";
import { absent, type Section } from "../page.ts";
import { type Column, table } from "../table.ts";
import { hasJudgements, nothingAnalysed } from "./accuracy-section.ts";
import { conditionNames, countOf, isSignificant, percentRange, permutationText, points, pValue } from "./words.ts";

/** A row of the table of tests. */
interface Tested {
  question: HtmlValue;
  effect: HtmlValue;
  test: HtmlValue;
  p: HtmlValue;
  words: HtmlValue;
}

export function testsSection(analysis: StudyAnalysis): Section {
  const head = { id: "tests", title: "Tests" };
  if (!hasJudgements(analysis)) return { ...head, body: absent(nothingAnalysed) };
  const { conditions, method } = analysis;
  const rows = [
    ...comparisonRows(analysis),
    ...conditions.flatMap((condition) => chanceRows(condition, method.level)),
    ...conditions.flatMap((condition) => learningRow(condition, method.level)),
  ];
  const body = html`
<p>p is how often chance alone, with no effect at all, would give a result at least as far from none. It is not the probability
that there is no effect, and a large p does not show that there is none: the interval says which effects remain possible.
A p of at most ${(1 - method.level).toFixed(2)} is called significant. All tests are two-sided; no adjustment is made for their number but where it is said.</p>
${table("Participants are the units of every test but where it is said.", columns, rows)}
`;
  return { ...head, body };
}

const columns: Column<Tested>[] = [
  { head: "Question", cell: ({ question }) => question },
  { head: "Effect", cell: ({ effect }) => effect },
  { head: "Test", cell: ({ test }) => test, text: true },
  { head: "p", cell: ({ p }) => html`<span class="number">${p}</span>` },
  { head: "In words", cell: ({ words }) => words, text: true },
];

const untested = (question: string, test: string, reason: string): Tested => ({
  question,
  effect: "n/a",
  test,
  p: "n/a",
  words: `Not tested: ${reason}.`,
});

function comparisonRows({ comparison, method, study }: StudyAnalysis): Tested[] {
  if (study.conditions.length < 2) return [];
  const questions = ["Does marking change accuracy?", "Does marking change the response time?"] as const;
  const test = "permutation of participants";
  if (comparison.value === null) return questions.map((question) => untested(question, test, comparison.reason));
  const { difference, interval, cohensD, responseTime, test: accuracy } = comparison.value;
  const better = difference > 0 ? "more" : "less";
  const time = responseTime.ratio > 1 ? "longer" : "less long";
  return [
    {
      question: questions[0],
      effect: html`${points(difference)} points${interval.value !== null && html` <small>${points(interval.value.low)} to ${points(interval.value.high)}</small>`}${
        cohensD.value !== null && html` <small>d = ${cohensD.value.toFixed(2)}</small>`
      }`,
      test: `${test}, ${permutationText(accuracy)}`,
      p: pValue(accuracy.p),
      words: isSignificant(accuracy.p, method.level)
        ? `Participants who had to mark were right ${better} often than those who only chose, by more than chance explains. Participants do not choose their condition, so what differs between the conditions is a likely cause; which part of it (the marking, or the time it takes) is not told.`
        : `No difference is shown. Effects within the interval remain possible.`,
    },
    {
      question: questions[1],
      effect: html`× ${responseTime.ratio.toFixed(2)}${
        responseTime.interval.value !== null &&
        html` <small>${responseTime.interval.value.low.toFixed(2)} to ${responseTime.interval.value.high.toFixed(2)}</small>`
      }`,
      test: `${test} (log of their medians), ${permutationText(responseTime.test)}`,
      p: pValue(responseTime.test.p),
      words: isSignificant(responseTime.test.p, method.level)
        ? `Participants who had to mark looked ${time} before they chose, by more than chance explains.`
        : "No difference is shown. Ratios within the interval remain possible.",
    },
  ];
}

function chanceRows({ condition, accuracy, againstChance }: ConditionAnalysis, level: number): Tested[] {
  const name = conditionNames[condition];
  const question = `Other than guessing? (${name})`;
  const { pooled, byParticipant, individuals } = againstChance;
  const rows: Tested[] = [];
  if (byParticipant.value === null) rows.push(untested(question, "sign flips of participants", byParticipant.reason));
  else {
    const { p, meanAccuracy } = byParticipant.value;
    const side = meanAccuracy > 0.5 ? "more" : "less";
    rows.push({
      question,
      effect: html`${percent(meanAccuracy)} <small>mean of participants</small>${
        accuracy.clustered.value !== null && html` <small>${percentRange(accuracy.clustered.value)}</small>`
      }`,
      test: `sign flips of participants, ${permutationText(byParticipant.value)}`,
      p: pValue(p),
      words: isSignificant(p, level)
        ? `As a group they were right ${side} often than guessing explains.`
        : "The group is not shown to do other than guess; that is no proof that it guesses.",
    });
  }
  if (pooled.value !== null)
    rows.push({
      question: `The same, all judgements together (${name})`,
      effect: `${count(accuracy.count)} of ${count(accuracy.judgements)}`,
      test: "exact binomial",
      p: pValue(pooled.value.p),
      words:
        "Judgements of one participant depend on one another, which this test ignores: its p is too small where participants differ. For comparison with studies that report it.",
    });
  if (individuals.tested > 0) {
    const { tested, above, below, expectedOnEachSide, aboveAdjusted, belowAdjusted } = individuals;
    rows.push({
      question: `Single participants (${name})`,
      effect: `${count(above)} above, ${count(below)} below, of ${count(tested)}`,
      test: "exact binomial of each",
      p: "≤ 0.05",
      words: `If everybody guessed, about ${expectedOnEachSide.toFixed(1)} on either side would look so. After Holm’s adjustment for ${countOf(tested, "test")}: ${count(aboveAdjusted)} above, ${count(belowAdjusted)} below.`,
    });
  }
  return rows;
}

function learningRow({ condition, learning }: ConditionAnalysis, level: number): Tested[] {
  const question = `Better or worse over the trials? (${conditionNames[condition]})`;
  const test = "logistic regression, errors clustered by participant";
  const { slope } = learning;
  if (slope.value === null) return [untested(question, test, slope.reason)];
  const { slope: change, low, high, p } = slope.value;
  return [
    {
      question,
      effect: html`odds × ${Math.exp(change).toFixed(2)} <small>${Math.exp(low).toFixed(2)} to ${Math.exp(high).toFixed(2)} for ten trials</small>`,
      test,
      p: pValue(p),
      words: isSignificant(p, level)
        ? `Right answers became ${change > 0 ? "more" : "less"} frequent over the trials, by more than chance explains.`
        : "No change over the trials is shown.",
    },
  ];
}
