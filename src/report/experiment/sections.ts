/** The sections of an experiment's page. */
import type { ExperimentResults } from "../../experiment/results/index.ts";
import { count } from "../format.ts";
import { type Html, type HtmlValue, html } from "../html.ts";
import { absent, figure, type Section } from "../page.ts";
import { table } from "../table.ts";
import { threeDecimals } from "./cells.ts";
import { type DataTable, htmlTable } from "./data-table.ts";
import type { FigureKind, NamedFigure } from "./figure-set.ts";
import { sharedGenerators } from "./humans-figure.ts";
import { runsAnchor } from "./rows.ts";
import { aucsOf } from "./tables.ts";

/** What sections are made from. */
export interface PageContents {
  results: ExperimentResults;
  tables: ReadonlyMap<string, DataTable>;
  figures: readonly NamedFigure[];
  /** Where a run's report or folder lies, relative to the page. */
  linkOf: (folder: string) => string;
}

/** The table with links to its files. */
function tableWithFiles({ tables }: PageContents, name: string): Html {
  const found = tables.get(name)!;
  const links = ["md", "csv", "tex"].map((ending) => html` <a href="report/tables/${name}.${ending}">${ending}</a>`);
  return html`<div class="wide">${htmlTable(found)}</div><p class="files">As a file:${links}</p>`;
}

/** Long tables are opened by whoever wants them. */
const folded = (summary: string, body: HtmlValue) => html`<details><summary>${summary}</summary>${body}</details>\n`;

function figuresOf({ figures }: PageContents, ...kinds: FigureKind[]): Html | null {
  const own = kinds.flatMap((kind) => figures.filter((one) => one.kind === kind));
  if (own.length === 0) return null;
  const files = (name: string) =>
    html` <span class="files"><a href="report/figures/${name}.svg">svg</a> <a href="report/figures/${name}.png">png</a></span>`;
  return html`<div class="${kinds.includes("cams") ? "cams" : "figures"}">${own.map(({ name, svg, caption }) => figure(svg, html`${caption}${files(name)}`))}</div>`;
}

export function resultsSection(contents: PageContents): Section {
  const body = html`
<p>AUC is how often an image of ${contents.results.positiveClass ?? "the positive class"} scores higher than one of another class; 0.5 is a coin. What stands behind ± is the
standard deviation over seeds, which tells how much a single run would vary. Each number leads to its runs.</p>
${tableWithFiles(contents, "auc")}
${figuresOf(contents, "auc")}
${folded("TPR at fixed FPR, FPR at fixed TPR, EER", tableWithFiles(contents, "ranking"))}
${folded("The same, averaged over generators", tableWithFiles(contents, "ranking-macro"))}
${folded("APCER, BPCER and ACER at the threshold chosen on validation", tableWithFiles(contents, "decisions"))}
${folded("The same, averaged over generators", tableWithFiles(contents, "decisions-macro"))}
${folded("Generator by generator", tableWithFiles(contents, "generators"))}`;
  return { id: "results", title: "Results", body };
}

export function comparisonsSection(contents: PageContents): Section {
  const head = { id: "comparisons", title: "Comparisons" };
  const { comparisons } = contents.results;
  if (comparisons.length === 0) return { ...head, body: absent("There are no two strategies to compare.") };
  const pairs = comparisons.reduce((sum, { delong }) => sum + (delong.value?.length ?? 0), 0);
  const body = html`
<p>Two questions are asked apart. Over seeds: would other seeds give such a difference again? Welch’s test compares means,
Mann–Whitney’s asks whether runs of one are more often the better ones; both take the test images as given. Seed by seed: do two runs
differ on these images by more than the choice of images explains? DeLong’s paired test answers that, and says nothing of
other seeds.</p>
${tableWithFiles(contents, "comparisons")}
${
  pairs === 0
    ? absent("No seed is done with two strategies, so there is no paired test.")
    : folded(`DeLong’s test of ${count(pairs)} seed pairs`, tableWithFiles(contents, "seed-pairs"))
}`;
  return { ...head, body };
}

export function rocSection(contents: PageContents): Section {
  const figures = figuresOf(contents, "roc");
  const body =
    figures === null
      ? absent("No test set holds both classes and has a finished run, so there is no ROC curve.")
      : html`<p>Mean over seeds at each false positive rate (vertical averaging) with a band of one standard deviation to each side.</p>${figures}`;
  return { id: "roc", title: "ROC curves", body };
}

export function trainingSection(contents: PageContents): Section {
  const body = figuresOf(contents, "training", "alpha", "training-images") ?? absent("No run is done.");
  return { id: "training", title: "Training", body };
}

export function attentionSection(contents: PageContents): Section {
  const head = { id: "attention", title: "Where networks look" };
  const { results } = contents;
  if (results.attention.length === 0)
    return { ...head, body: absent("No finished run has maps/attention.json: evaluate them with this version.") };
  const { humanCeiling } = results;
  const ceiling =
    humanCeiling.value === null
      ? html`The ceiling of human agreement is not known: ${humanCeiling.reason}.`
      : html`People’s maps of one image agree with a correlation of ${threeDecimals(humanCeiling.value.value)} (split halves of ${humanCeiling.value.study}, ${count(humanCeiling.value.images)} images, by Spearman–Brown): no network can be expected to agree better with people than people with one another.`;
  const body = html`
<p>A class activation map (CAM) shows which places spoke for the class that the network answered. Runs that look alike have learned the same;
runs whose maps differ from seed to seed have each found something else.</p>
${figuresOf(contents, "cams")}
${tableWithFiles(contents, "attention")}
<p>${ceiling}</p>`;
  return { ...head, body };
}

export function humansSection(contents: PageContents): Section {
  const head = { id: "humans", title: "People and networks" };
  const { humans } = contents.results;
  if (humans.value === null) return { ...head, body: absent(`There is nothing to compare: ${humans.reason}.`) };
  const figures = figuresOf(contents, "humans");
  if (figures === null || sharedGenerators(contents.results).length === 0)
    return { ...head, body: absent(`“${humans.value.title}” and the test sets have no generator in common.`) };
  const body = html`
<p>In “${humans.value.title}” people saw two images and chose the one asked for. Put before the same choice a network would take the
image with the higher score, and be right as often as its AUC says: so the two can be compared. They judged other
pairs, of the same generators.</p>
${figures}`;
  return { ...head, body };
}

export function runsSection({ results, linkOf }: PageContents): Section {
  const { networks, arms, testSets } = results;
  const groups = networks.flatMap((network) => arms.map(({ name }) => ({ network, arm: name })));
  const columns = [
    { head: "Seed", cell: (run: Run) => html`<span id="run-${run.id}">${run.seed}</span>` },
    ...testSets.map(({ name }, i) => ({
      head: name,
      cell: (run: Run) => {
        const auc = aucsOf(results, run)[i];
        return auc === null ? "n/a" : threeDecimals(auc);
      },
    })),
    {
      head: "Run",
      text: true as const,
      cell: (run: Run) =>
        html`<a href="${linkOf(run.folder)}">${run.id}</a>${run.missing !== null && html` <small class="reason">missing: ${run.missing}</small>`}`,
    },
  ];
  const body = groups.map(({ network, arm }) => {
    const own = results.runs.filter((run) => run.network === network && run.arm === arm);
    const done = own.filter(({ missing }) => missing === null).length;
    return html`<h3 id="${runsAnchor(results, arm, network)}">${arm}, ${network}</h3>
${table(`${count(done)} of ${count(own.length)} runs; AUC on each test set.`, columns, own)}`;
  });
  return { id: "runs", title: "Runs", body };
}

type Run = ExperimentResults["runs"][number];

export function methodsSection(results: ExperimentResults): Section {
  const across = `${Number((100 * results.level).toPrecision(6))}%`;
  const meanings: [term: string, meaning: string][] = [
    [
      "Test sets",
      `${results.testSets.map(({ name, manifests }) => `${name} (${manifests.join(", ")})`).join("; ")}. The pool of all sets counts an image that is in two of them once.`,
    ],
    [
      "TPR at FPR, FPR at TPR",
      "What a threshold really reaches, without interpolation; not given where the images are too few to tell the rate.",
    ],
    ["EER", "Where both error rates are equal, on the curve drawn with straight lines."],
    [
      "APCER, BPCER, ACER",
      "ISO/IEC 30107-3: the share of a generator’s images that are missed, of the worst generator; the share of negatives called positive; their mean. At each run’s own threshold, chosen on its validation scores.",
    ],
    [
      "Averaged over generators",
      "Each generator’s images against all negatives of its test set, and the mean of what they give. Unlike the pool it does not weigh generators by their images, and scores of different generators need not be on one scale.",
    ],
    ["Welch", `Student’s t for groups of unequal spread, with the ${across} interval of the difference. Two-sided.`],
    ["Mann–Whitney", "Exact up to 100 runs, ties included; two-sided as twice the smaller tail."],
    [
      "Holm",
      "Of each kind of test apart, over all comparisons of this report: strategies pairwise × test sets × networks. Values of α of one strategy are not tested against one another.",
    ],
    [
      "Hedges’ g",
      `The difference in standard deviations of runs, freed from the bias of small samples, with the ${across} interval of the noncentral t distribution.`,
    ],
    [
      "Seeds",
      "The least number of each for a power of 80% in a two-sided t test at 0.05, taking the effect found for the true one. An effect found is itself uncertain, and those that look great tend to be overestimated: read it as an order of magnitude.",
    ],
    ["DeLong", "Paired, for runs of one seed on the same images."],
    [
      "Consistency",
      "Pearson’s correlation over the places of two runs’ mean CAMs, averaged over all pairs of runs. The pairs share runs, so no interval is given.",
    ],
    [
      "Entropy",
      "Shannon’s, of each image’s CAM taken as a distribution over its places, over the entropy of a CAM that is the same everywhere; 0 is one place, 1 everywhere. Mean over images.",
    ],
    [
      "Agreement with human maps",
      "CAM and human map of an image on a grid of 56 × 56: Pearson’s and Spearman’s correlation, intersection over union of the 10% highest places, Kullback–Leibler divergence of the CAM from the human map. Means over images.",
    ],
  ];
  return {
    id: "methods",
    title: "How it was reckoned",
    body: html`<dl class="meanings">${meanings.map(([term, meaning]) => html`<dt>${term}</dt><dd>${meaning}</dd>\n`)}</dl>`,
  };
}

/** Which runs have no part, and why. */
export function missingSection({ results, linkOf }: PageContents): Section | null {
  const missing = results.runs.filter((run) => run.missing !== null);
  if (missing.length === 0) return null;
  const body = html`
<p class="absent">${count(missing.length)} of ${count(results.runs.length)} planned runs have no part in these results. Means and
tests are over the others: they will change.</p>
${folded(
  "Which, and why",
  html`<ul class="notes">${missing.map((run) => html`<li><a href="${linkOf(run.folder)}">${run.name}</a>: ${run.missing}</li>\n`)}</ul>`,
)}`;
  return { id: "missing", title: "Missing runs", body };
}
