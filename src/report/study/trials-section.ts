/** How the trials went: learning, times, drop-out, catch trials, judgements of the images. */
import type { ConditionAnalysis, Quartiles, StudyAnalysis } from "../../study/analysis/index.ts";
import { count } from "../format.ts";
import { html } from "../html.ts";
import { absent, figure, type Section } from "../page.ts";
import { type Column, table } from "../table.ts";
import { hasJudgements, nothingAnalysed } from "./accuracy-section.ts";
import { dropOutFigure, judgementsFigure, learningFigure, responseTimeFigure } from "./figures.ts";
import { conditionNames, inWords, orReason, seconds } from "./words.ts";

export function learningSection(analysis: StudyAnalysis): Section {
  const head = { id: "learning", title: "Over the trials" };
  if (!hasJudgements(analysis)) return { ...head, body: absent(nothingAnalysed) };
  const body = html`
<div class="figures">${figure(
    learningFigure(analysis.conditions),
    "Accuracy in groups of neighbouring main trials with clustered interval; the level rule is guessing. Whether it rises or falls is tested above.",
  )}</div>`;
  return { ...head, body };
}

export function timesSection(analysis: StudyAnalysis): Section {
  const head = { id: "times", title: "Times" };
  if (!hasJudgements(analysis)) return { ...head, body: absent(nothingAnalysed) };
  const rows = analysis.conditions.flatMap(({ condition, responseMs, markingMs }) => [
    { condition, what: "to the choice", ...responseMs },
    ...(condition === "choice-and-mark" ? [{ condition, what: "marking", ...markingMs }] : []),
  ]);
  const quartiles = ({ q1, median, q3 }: Quartiles) =>
    html`${seconds(median)} <small>${seconds(q1)} to ${seconds(q3)}</small>`;
  const columns: Column<(typeof rows)[number]>[] = [
    { head: "Condition", cell: ({ condition }) => conditionNames[condition] },
    { head: "Time", cell: ({ what }) => what, text: true },
    { head: "Judgements", cell: ({ all }) => count(all.value?.judgements ?? 0) },
    { head: "All", cell: ({ all }) => orReason(all, quartiles) },
    { head: "Right", cell: ({ correct }) => orReason(correct, quartiles) },
    { head: "Wrong", cell: ({ wrong }) => orReason(wrong, quartiles) },
  ];
  const body = html`
<p>The response time runs from both images painted to the choice, the marking time from there to “continue”; both by the
browser’s monotonic clock.</p>
${table("Median of main trials, with the quartiles.", columns, rows)}
<div class="figures">${figure(responseTimeFigure(analysis.conditions), "The dot is the median, the bar spans the middle half of the judgements.")}</div>`;
  return { ...head, body };
}

export function qualitySection(analysis: StudyAnalysis): Section {
  const head = { id: "quality", title: "Drop-out and attention" };
  const { conditions } = analysis;
  if (conditions.every(({ dropOut }) => dropOut.began === 0))
    return { ...head, body: absent("Nobody has begun the trials yet.") };
  const columns: Column<ConditionAnalysis>[] = [
    { head: "Condition", cell: ({ condition }) => conditionNames[condition] },
    { head: "Began", cell: ({ dropOut }) => count(dropOut.began) },
    { head: "Left before the last trial", cell: ({ dropOut }) => count(dropOut.left) },
    { head: "Catch trials", cell: ({ catchTrials }) => count(catchTrials.committed) },
    { head: "Failed", cell: ({ catchTrials }) => count(catchTrials.failed) },
    { head: "Participants by failures", cell: ({ catchTrials }) => failures(catchTrials), text: true },
  ];
  const body = html`
${table("Of all who began, whether analysed or not.", columns, conditions)}
<div class="figures">${figure(
    dropOutFigure(conditions),
    "Kaplan–Meier estimate: whoever is still under way counts as far as they have come. If the conditions lose different people, their comparison is no longer one of like with like.",
  )}</div>`;
  return { ...head, body };
}

const failures = ({ participants }: ConditionAnalysis["catchTrials"]) =>
  participants.length === 0
    ? "none did one"
    : inWords(
        participants.map(
          ({ failed, participants: number }) => `${count(number)} failed ${failed === 0 ? "none" : failed}`,
        ),
      );

export function judgementsSection(analysis: StudyAnalysis): Section {
  const head = { id: "judgements", title: "Judgements per image" };
  const { conditions, study } = analysis;
  if (conditions.every(({ judgements }) => judgements.committed.images === 0))
    return { ...head, body: absent("The study has no images.") };
  const columns: Column<ConditionAnalysis>[] = [
    { head: "Condition", cell: ({ condition }) => conditionNames[condition] },
    { head: "Images", cell: ({ judgements }) => count(judgements.committed.images) },
    {
      head: "Judgements per image",
      cell: ({ judgements }) => orReason(judgements.committed.mean, (mean) => mean.toFixed(1)),
    },
    { head: `With ${study.targetJudgements} or more`, cell: ({ judgements }) => count(judgements.committed.atTarget) },
    {
      head: "Per image, analysed",
      cell: ({ judgements }) => orReason(judgements.analysed.mean, (mean) => mean.toFixed(1)),
    },
    {
      head: `With ${study.targetJudgements} or more, analysed`,
      cell: ({ judgements }) => count(judgements.analysed.atTarget),
    },
  ];
  const body = html`
${table(`Main trials, each of which judges both its images. Wanted of each image in each condition: ${study.targetJudgements}.`, columns, conditions)}
<div class="figures">${figure(judgementsFigure(analysis), "Of all committed main trials.")}</div>`;
  return { ...head, body };
}
