/** The analysis of a study as one page that can be mailed, printed and kept, and as JSON for further work. */
import { join } from "node:path";
import { writeFileAtomic } from "../../base/files.ts";
import type { StudyAnalysis } from "../../study/analysis/index.ts";
import { count, percent } from "../format.ts";
import { type Html, type HtmlValue, html } from "../html.ts";
import { page } from "../page.ts";
import { accuracySection, sourcesSection } from "./accuracy-section.ts";
import { flowSection } from "./flow-section.ts";
import { methodsSection } from "./methods-section.ts";
import { participantsSection } from "./participants-section.ts";
import { testsSection } from "./tests-section.ts";
import { judgementsSection, learningSection, qualitySection, timesSection } from "./trials-section.ts";
import { conditionNames, points } from "./words.ts";

/**
 * Writes `report.html` and `analysis.json` into the folder.
 * @returns the path of the report
 * @throws InputError when the folder cannot be written to
 */
export function writeStudyReport(analysis: StudyAnalysis, folder: string): string {
  const file = join(folder, "report.html");
  writeFileAtomic(join(folder, "analysis.json"), `${JSON.stringify(analysis, null, 2)}\n`);
  writeFileAtomic(file, studyReport(analysis));
  return file;
}

/** The report as an HTML document of its own: nothing is fetched, nothing runs. */
export function studyReport(analysis: StudyAnalysis): string {
  return page(analysis.study.title, facts(analysis), [
    flowSection(analysis),
    accuracySection(analysis),
    testsSection(analysis),
    sourcesSection(analysis),
    learningSection(analysis),
    timesSection(analysis),
    qualitySection(analysis),
    judgementsSection(analysis),
    participantsSection(analysis),
    methodsSection(analysis),
  ]).text;
}

/** The few things to know first. */
function facts({ study, collected, flow, conditions, comparison }: StudyAnalysis): Html {
  const analysed = flow.steps[flow.steps.length - 1].participants.all;
  const judgements = conditions.reduce((sum, { accuracy }) => sum + accuracy.judgements, 0);
  const known: [term: string, fact: HtmlValue][] = [
    ["Question", study.question.text],
    ["Collected", collected === null ? "nothing yet" : dates(collected)],
    ["Participants analysed", count(analysed)],
    ["Judgements", count(judgements)],
    ...conditions.flatMap(({ condition, accuracy }): [string, HtmlValue][] =>
      accuracy.share.value === null ? [] : [[`Accuracy, ${conditionNames[condition]}`, percent(accuracy.share.value)]],
    ),
    ...(comparison.value === null
      ? []
      : ([["Difference", `${points(comparison.value.difference)} points`]] satisfies [string, HtmlValue][])),
  ];
  return html`<dl class="facts">${known.map(([term, fact]) => html`<div><dt>${term}</dt><dd>${fact}</dd></div>`)}</dl>`;
}

function dates({ from, to }: { from: string; to: string }): string {
  const [first, last] = [from.slice(0, 10), to.slice(0, 10)];
  return first === last ? first : `${first} to ${last}`;
}
