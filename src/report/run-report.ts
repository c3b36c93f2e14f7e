/** `report.html`: all that a run folder holds, in one file that can be mailed, printed and kept. */
import { join } from "node:path";
import { writeFileAtomic } from "../base/files.ts";
import { rocSection, scoresSection } from "./curves-section.ts";
import { decimals, percent } from "./format.ts";
import { type Html, type HtmlValue, html } from "./html.ts";
import { meaningsSection } from "./meanings-section.ts";
import { page } from "./page.ts";
import { picturesSection } from "./pictures-section.ts";
import { resultsSection } from "./results-section.ts";
import { type RunContents, readRunContents } from "./run-contents.ts";
import { settingsSection } from "./settings-section.ts";
import { trainingSection } from "./training-section.ts";

/**
 * Writes `report.html` into the run folder from what is there: config.yaml, and as far as the run has come metrics.jsonl,
 * evaluation.json, scores/ and maps/. Sections that have nothing to show yet say so.
 * @returns the path of the report
 * @throws InputError when it is not a run folder, or naming the file in it that cannot be used; no report is then written
 */
export async function writeRunReport(runFolder: string): Promise<string> {
  const file = join(runFolder, "report.html");
  writeFileAtomic(file, runReport(readRunContents(runFolder)).text);
  return file;
}

function runReport(run: RunContents): Html {
  return page(`Run ${run.name}`, facts(run), [
    resultsSection(run.evaluation),
    rocSection(run.evaluation),
    scoresSection(run.evaluation, run.scores),
    picturesSection(run.pictures),
    trainingSection(run.epochs),
    settingsSection(run.config),
    meaningsSection(run.evaluation?.positiveClass ?? null),
  ]);
}

/** The few things to know first, as far as they are known. */
function facts({ config, epochs, evaluation }: RunContents): Html {
  const best = epochs?.findLast((epoch) => epoch.best);
  const aucs = (evaluation?.testSets ?? []).flatMap(({ auc }) => auc.value ?? []);
  const known: [term: string, fact: HtmlValue | undefined][] = [
    ["Network", setting(config, "network")],
    ["Loss", setting(config, "guidance", "name")],
    ["Seed", setting(config, "seed")],
    ["Best epoch", best?.epoch],
    [
      "Validation",
      best &&
        `AUC ${best.validation.auc === null ? "n/a" : decimals(best.validation.auc)}, accuracy ${percent(best.validation.accuracy)}`,
    ],
    [
      "Mean AUC of test sets",
      aucs.length > 0 ? `${decimals(aucs.reduce((a, b) => a + b) / aucs.length)} (of ${aucs.length})` : undefined,
    ],
  ];
  return html`<dl class="facts">${known.map(([term, fact]) => fact !== undefined && html`<div><dt>${term}</dt><dd>${fact}</dd></div>`)}</dl>`;
}

/** The configuration's text or number at the path; undefined where it has none. */
function setting(config: unknown, ...path: string[]): string | number | undefined {
  let value = config;
  for (const key of path)
    value = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  return typeof value === "string" || typeof value === "number" ? value : undefined;
}
