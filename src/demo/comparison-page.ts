/** The demonstration as one page: what was simulated, the result, and each run's own report. */
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { readMapIndex } from "../evaluation/index.ts";
import { type Html, html } from "../report/html.ts";
import { page } from "../report/page.ts";
import { type Column, table } from "../report/table.ts";
import { type DemoRun, strategies } from "./compare.ts";
import { ACCIDENT_SHARE_REAL, ACCIDENT_SHARE_SYNTHETIC } from "./generators.ts";
import { formatDifference, formatSpread, type SummaryRow, verdict } from "./summary.ts";

const columns: Column<SummaryRow>[] = [
  { head: "Unseen generator", cell: ({ generator }) => generator },
  { head: "Classical", cell: ({ classical }) => formatSpread(classical) },
  { head: "CYBORG", cell: ({ cyborg }) => formatSpread(cyborg) },
  { head: "Difference, 95 % interval", cell: ({ difference }) => formatDifference(difference) },
];

/** @param sheet the contact sheet, a PNG */
export function comparisonPage(
  folder: string,
  runs: readonly DemoRun[],
  rows: readonly SummaryRow[],
  sheet: Buffer,
): Html {
  const share = (value: number) => `${Math.round(100 * value)} %`;
  const seeds = rows[0].classical.count;
  return page("Oversight: the demonstration", html`<p>${verdict(rows)}</p>`, [
    {
      id: "result",
      title: "Result",
      body: html`
${table(`AUC on three generators that training has not seen: mean ± standard deviation over ${seeds} seeds.`, columns, rows)}
<p>Both strategies had the same images, schedule and seeds; CYBORG also had the maps. The interval is Student's, over seeds.</p>`,
    },
    {
      id: "where",
      title: "Where the networks looked",
      body: html`
<p>Mean class activation maps over all synthetic test images, one a seed.</p>
${strategies.map(
  ({ name, title }) => html`<h3>${title}</h3>
<div class="figures">${runs.filter(({ strategy }) => strategy === name).map((run) => meanMap(run))}</div>`,
)}`,
    },
    {
      id: "data",
      title: "What was simulated",
      body: html`
<p>Everything: the faces are drawn by a program, the generators spoil parts of them in manners of their own, and the
annotators are simulated. In training, ${share(ACCIDENT_SHARE_SYNTHETIC)} of the synthetic images and
${share(ACCIDENT_SHARE_REAL)} of the real ones carry an accident outside the face; the test images carry none. So this
page shows that the software does what it says, not that people's maps help on real faces.</p>
<p><img alt="Faces of every generator, and below them the simulated human maps" src="${dataUri(sheet)}" style="max-width:100%"></p>
<p>From above: real faces, two training generators, three unseen ones; below each row the maps (grey: none).</p>`,
    },
    {
      id: "runs",
      title: "Runs",
      body: html`<ul>${runs.map(({ strategy, seed, folder: run }) => {
        const path = relative(folder, join(run, "report.html"));
        return html`<li><a href="${path}">${strategy}, seed ${seed}</a></li>`;
      })}</ul>`,
    },
  ]);
}

function meanMap({ folder, seed }: DemoRun): Html {
  const entries = readMapIndex(folder).filter(({ kind, label }) => kind === "mean-cam" && label === "Synthetic");
  const pictures = entries.map(({ file, testSet }) => {
    const uri = dataUri(readFileSync(join(folder, "maps", file)));
    return html`<img alt="mean CAM on ${testSet}, seed ${seed}" src="${uri}" width="96" height="96"> `;
  });
  return html`<figure>${pictures}<figcaption>seed ${seed}: ${entries.map(({ testSet }) => testSet).join(", ")}</figcaption></figure>`;
}

function dataUri(png: Buffer): string {
  return `data:image/png;base64,${png.toString("base64")}`;
}
