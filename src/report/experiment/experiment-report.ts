/**
 * An experiment's results as a person reads them, in its folder:
 *
 *     report.html               one page, which fetches nothing
 *     report/tables/            each table as Markdown, CSV and LaTeX
 *     report/figures/           each figure as SVG and PNG
 *     report/results.json       everything in numbers
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../base/files.ts";
import { replaceFolder } from "../../base/replace-folder.ts";
import type { ExperimentResults } from "../../experiment/results/index.ts";
import { count } from "../format.ts";
import { type Html, type HtmlValue, html } from "../html.ts";
import { page } from "../page.ts";
import { svgToPng } from "../svg-png.ts";
import { csvTable, type DataTable, latexTable, markdownTable } from "./data-table.ts";
import { allFigures, type NamedFigure } from "./figure-set.ts";
import {
  attentionSection,
  comparisonsSection,
  humansSection,
  methodsSection,
  missingSection,
  type PageContents,
  resultsSection,
  rocSection,
  runsSection,
  trainingSection,
} from "./sections.ts";
import { allTables } from "./tables.ts";
import { verdictSection } from "./verdict-section.ts";

/** Pixels. */
const pngWidth = 1200;

/**
 * Writes page, tables and figures; what was there of an earlier report is replaced.
 * @returns the path of the page
 * @throws InputError when the folder cannot be written to, or holds another's folder `report`
 */
export async function writeExperimentReport(folder: string, results: ExperimentResults): Promise<string> {
  const tables = allTables(results);
  const figures = await allFigures(results);
  const linkOf = (run: string) => (existsSync(join(folder, run, "report.html")) ? `${run}/report.html` : `${run}/`);
  await replaceFolder(join(folder, "report"), async (fresh) => {
    writeFileAtomic(join(fresh, "results.json"), `${JSON.stringify(results)}\n`);
    writeTables(join(fresh, "tables"), tables);
    await writeFigures(join(fresh, "figures"), figures);
  });
  const file = join(folder, "report.html");
  const contents = { results, figures, linkOf, tables: new Map(tables.map((table) => [table.name, table])) };
  writeFileAtomic(file, experimentPage(contents).text);
  return file;
}

function writeTables(folder: string, tables: readonly DataTable[]): void {
  for (const table of tables) {
    writeFileAtomic(join(folder, `${table.name}.md`), markdownTable(table));
    writeFileAtomic(join(folder, `${table.name}.csv`), csvTable(table));
    writeFileAtomic(join(folder, `${table.name}.tex`), latexTable(table));
  }
}

async function writeFigures(folder: string, figures: readonly NamedFigure[]): Promise<void> {
  for (const { name, svg } of figures) {
    writeFileAtomic(join(folder, `${name}.svg`), svg);
    writeFileAtomic(join(folder, `${name}.png`), await svgToPng(svg, pngWidth));
  }
}

function experimentPage(contents: PageContents): Html {
  const sections = [
    verdictSection(contents.results),
    missingSection(contents),
    resultsSection(contents),
    comparisonsSection(contents),
    rocSection(contents),
    trainingSection(contents),
    attentionSection(contents),
    humansSection(contents),
    runsSection(contents),
    methodsSection(contents.results),
  ];
  return page(
    `Experiment ${contents.results.name}`,
    facts(contents.results),
    sections.filter((section) => section !== null),
  );
}

/** The few things to know first. */
function facts({ runs, arms, networks, testSets, positiveClass }: ExperimentResults): Html {
  const seeds = new Set(runs.map(({ seed }) => seed)).size;
  const done = runs.filter(({ missing }) => missing === null).length;
  const known: [term: string, fact: HtmlValue][] = [
    ["Runs", `${count(done)} of ${count(runs.length)}`],
    ["Strategies", count(arms.length)],
    ["Networks", networks.join(", ")],
    ["Seeds", count(seeds)],
    ["Test sets", count(testSets.filter(({ pooled }) => !pooled).length)],
    ["Positive class", positiveClass ?? "not known yet"],
  ];
  return html`<dl class="facts">${known.map(([term, fact]) => html`<div><dt>${term}</dt><dd>${fact}</dd></div>`)}</dl>`;
}
