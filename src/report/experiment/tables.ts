/** The tables of an experiment. */
import type { Cell, Comparison, ExperimentResults, MeasureKey } from "../../experiment/results/index.ts";
import {
  inPercent,
  markBest,
  measureStyle,
  missingCell,
  pText,
  summaryCell,
  summaryColumn,
  textCell,
  threeDecimals,
  withPlus,
} from "./cells.ts";
import type { DataTable, TableCell, TableColumn } from "./data-table.ts";

/** The anchor of the runs of an arm with a network. */
export const runsAnchor = ({ arms, networks }: ExperimentResults, arm: string, network: string) =>
  `runs-${networks.indexOf(network)}-${arms.findIndex(({ name }) => name === arm)}`;

const runsLink = (results: ExperimentResults, arm: string, network: string) => `#${runsAnchor(results, arm, network)}`;

const textColumn = (head: string): TableColumn => ({ head, text: true });
/** Which runs a row rests on. */
const idsColumn: TableColumn = { head: "Run ids", csvOnly: true };
const idsCell = (runs: readonly string[]) => textCell(runs.join(" "));
const across = ({ level }: ExperimentResults) => `${Number((100 * level).toPrecision(6))}%`;

/** The paper's table: AUC by strategy and test set. */
export function aucTable(results: ExperimentResults): DataTable {
  const { networks, arms, testSets } = results;
  const rows: TableCell[][] = [];
  for (const network of networks) {
    const block = arms.map(({ name }) => {
      const own = results.cells.filter((cell) => cell.arm === name && cell.network === network);
      return [
        textCell(name),
        textCell(network),
        ...own.map((cell) => summaryCell(cell.pooled.auc, threeDecimals, runsLink(results, name, network))),
        idsCell(own[0].runs),
      ];
    });
    testSets.forEach((_, i) => {
      markBest(block, i + 2, false);
    });
    rows.push(...block);
  }
  return {
    name: "auc",
    caption: "AUC by strategy and test set: mean ± standard deviation over seeds; the best of a network in bold.",
    columns: [
      textColumn("Strategy"),
      textColumn("Network"),
      ...testSets.map(({ name }) => summaryColumn(name, name)),
      idsColumn,
    ],
    rows,
  };
}

const ranking: MeasureKey[] = ["auc", "tpr@0.001", "tpr@0.01", "tpr@0.05", "fpr@0.9", "fpr@0.95", "fpr@0.99", "eer"];
const decisions: MeasureKey[] = ["apcer", "bpcer", "acer"];

/** All measures, by test set. */
export function measureTables(results: ExperimentResults): DataTable[] {
  const over = { pooled: "over all images of a set", macro: "averaged over generators" } as const;
  return (["pooled", "macro"] as const).flatMap((kind) => {
    const suffix = kind === "pooled" ? "" : "-macro";
    const worst = kind === "pooled" ? "; APCER is that of the worst generator" : "; APCER is the mean over generators";
    return [
      measureTable(
        results,
        kind,
        ranking,
        `ranking${suffix}`,
        `Ranking, ${over[kind]}: mean ± standard deviation over seeds.`,
      ),
      measureTable(
        results,
        kind,
        decisions,
        `decisions${suffix}`,
        `Error rates at the threshold chosen on validation, ${over[kind]}${worst}.`,
      ),
    ];
  });
}

function measureTable(
  results: ExperimentResults,
  kind: "pooled" | "macro",
  keys: readonly MeasureKey[],
  name: string,
  caption: string,
): DataTable {
  const styles = keys.map(measureStyle);
  const rows: TableCell[][] = [];
  for (const testSet of results.testSets)
    for (const network of results.networks) {
      const own = results.cells.filter((cell) => cell.testSet === testSet.name && cell.network === network);
      const block = own.map((cell) => [
        textCell(testSet.name),
        ...armCells(cell),
        ...keys.map((key, i) => summaryCell(cell[kind][key], styles[i].write, runsLink(results, cell.arm, network))),
        idsCell(cell.runs),
      ]);
      styles.forEach(({ lowerIsBetter }, i) => {
        markBest(block, i + 3, lowerIsBetter);
      });
      rows.push(...block);
    }
  const columns = [
    ...[textColumn("Test set"), textColumn("Strategy"), textColumn("Network")],
    ...styles.map(({ head }, i) => summaryColumn(head, keys[i])),
    idsColumn,
  ];
  return { name, caption, columns, rows };
}

const armCells = ({ arm, network }: Pick<Cell, "arm" | "network">) => [textCell(arm), textCell(network)];

export function generatorTable(results: ExperimentResults): DataTable {
  const own = results.cells.filter(({ testSet }) => !results.testSets.find(({ name }) => name === testSet)!.pooled);
  return {
    name: "generators",
    caption:
      "By generator, its images against all negatives of its test set: AUC, and the share missed at the threshold.",
    columns: [
      ...[textColumn("Generator"), textColumn("Test set"), textColumn("Strategy"), textColumn("Network")],
      { head: "Images", numbers: ["images"] },
      summaryColumn("AUC", "auc"),
      summaryColumn("APCER, %", "apcer"),
      idsColumn,
    ],
    rows: own.flatMap((cell) =>
      cell.generators.map(({ source, images, auc, apcer }) => {
        const link = runsLink(results, cell.arm, cell.network);
        return [
          ...[textCell(source === "" ? "(not named)" : source), textCell(cell.testSet), ...armCells(cell)],
          { text: images.toLocaleString("en-US"), numbers: [images] },
          ...[summaryCell(auc, threeDecimals, link), summaryCell(apcer, inPercent, link), idsCell(cell.runs)],
        ];
      }),
    ),
  };
}

export function comparisonTable(results: ExperimentResults): DataTable {
  const interval = across(results);
  return {
    name: "comparisons",
    caption: `AUC of one strategy against another over seeds: difference with ${interval} interval and p by Welch; p by Mann–Whitney; both adjusted by Holm over all rows. Effect: Hedges' g with ${interval} interval. Seeds: how many of each a difference as found would take to show itself at 80%.`,
    columns: [
      ...[textColumn("Strategy"), textColumn("Against"), textColumn("Test set"), textColumn("Network")],
      { head: "Difference", numbers: ["difference", "difference low", "difference high"] },
      { head: "Welch p", numbers: ["welch t", "welch degrees of freedom", "welch p"] },
      { head: "adjusted", numbers: ["welch adjusted p"] },
      { head: "Mann–Whitney p", numbers: ["u", "superiority", "mann-whitney p"] },
      { head: "adjusted", numbers: ["mann-whitney adjusted p"] },
      { head: "Effect g", numbers: ["g", "g low", "g high"] },
      { head: "Seeds", numbers: ["seeds needed of each", "more of the strategy", "more of the other"] },
      { head: "Seed pairs above, below", numbers: ["pairs", "pairs above", "pairs below"] },
    ],
    rows: results.comparisons.map((comparison) => comparisonRow(results, comparison)),
  };
}

function comparisonRow(results: ExperimentResults, comparison: Comparison): TableCell[] {
  const { first, second, testSet, network, welch, mannWhitney, effect, runsNeeded, delong } = comparison;
  const range = (low: number, high: number) => `[${threeDecimals(low)}, ${threeDecimals(high)}]`;
  const linked = (text: string, numbers: (number | null)[]): TableCell => ({
    ...{ text, numbers },
    link: runsLink(results, first, network),
  });
  const w = welch.value;
  const u = mannWhitney.value;
  const pairs = seedPairCounts(comparison, 1 - results.level);
  return [
    ...[textCell(first), textCell(second), textCell(testSet), textCell(network)],
    w === null
      ? missingCell(welch.reason)
      : linked(`${withPlus(w.difference)} ${range(w.low, w.high)}`, [w.difference, w.low, w.high]),
    w === null ? textCell("n/a") : linked(pText(w.p), [w.t, w.freedom, w.p]),
    w === null ? textCell("n/a") : linked(pText(w.adjustedP), [w.adjustedP]),
    u === null ? textCell("n/a") : linked(pText(u.p), [u.u, u.superiority, u.p]),
    u === null ? textCell("n/a") : linked(pText(u.adjustedP), [u.adjustedP]),
    effect.value === null
      ? textCell("n/a")
      : linked(
          `${effect.value.g.toFixed(2).replace("-", "−")} [${twoDecimals(effect.value.low)}, ${twoDecimals(effect.value.high)}]`,
          [effect.value.g, effect.value.low, effect.value.high],
        ),
    runsNeeded.value === null
      ? { text: effect.value === null ? "n/a" : runsNeeded.reason! }
      : linked(runsNeeded.value.each.toLocaleString("en-US"), [
          runsNeeded.value.each,
          runsNeeded.value.moreFirst,
          runsNeeded.value.moreSecond,
        ]),
    delong.value === null
      ? missingCell(delong.reason)
      : linked(`${pairs.above}, ${pairs.below} of ${pairs.all}`, [pairs.all, pairs.above, pairs.below]),
  ];
}

const twoDecimals = (value: number) => value.toFixed(2).replace("-", "−");

/** Seed pairs that differ by DeLong's test after the adjustment. */
export function seedPairCounts({ delong }: Comparison, alpha: number) {
  const pairs = delong.value ?? [];
  const significant = pairs.filter(({ adjustedP }) => adjustedP !== null && adjustedP <= alpha);
  const above = significant.filter(({ difference }) => difference > 0).length;
  return { all: pairs.length, above, below: significant.length - above };
}

export function seedPairTable(results: ExperimentResults): DataTable {
  const interval = across(results);
  return {
    name: "seed-pairs",
    caption: `AUC of runs of one seed on the same images: difference with ${interval} interval and p by DeLong's paired test, adjusted by Holm over all rows.`,
    columns: [
      ...[textColumn("Strategy"), textColumn("Against"), textColumn("Test set"), textColumn("Network")],
      { head: "Seed", numbers: ["seed"] },
      { head: "Difference", numbers: ["difference", "low", "high"] },
      { head: "DeLong p", numbers: ["p"] },
      { head: "adjusted", numbers: ["adjusted p"] },
      idsColumn,
    ],
    rows: results.comparisons.flatMap(({ first, second, testSet, network, delong }) =>
      (delong.value ?? []).map(({ seed, difference, low, high, p, adjustedP, ...ids }) => [
        ...[textCell(first), textCell(second), textCell(testSet), textCell(network)],
        { text: String(seed), numbers: [seed] },
        {
          text: `${withPlus(difference)} [${threeDecimals(low)}, ${threeDecimals(high)}]`,
          numbers: [difference, low, high],
          link: `#run-${ids.first}`,
        },
        p === null ? missingCell("neither run's ranking varies") : { text: pText(p), numbers: [p] },
        adjustedP === null ? textCell("n/a") : { text: pText(adjustedP), numbers: [adjustedP] },
        idsCell([ids.first, ids.second]),
      ]),
    ),
  };
}

export function attentionTable(results: ExperimentResults): DataTable {
  const measures = [
    ["pearson", "Correlation"],
    ["spearman", "Spearman"],
    ["topIou", "Top-10% IoU"],
    ["kl", "KL, nats"],
  ] as const;
  return {
    name: "attention",
    caption:
      "Where networks look, by true class. Consistency: mean correlation of the runs' mean CAMs over all pairs of runs, with least and greatest. Entropy of single CAMs as a share of the greatest possible. Agreement with human maps, n/a where images have none, and correlation as a share of what people reach among themselves.",
    columns: [
      ...[textColumn("Strategy"), textColumn("Network"), textColumn("Images"), textColumn("Class")],
      { head: "Consistency", numbers: ["consistency", "least", "greatest", "pairs of runs"] },
      summaryColumn("Entropy", "entropy"),
      ...measures.map(([key, head]) => summaryColumn(head, key)),
      { head: "Of the ceiling, %", numbers: ["of the ceiling"] },
      idsColumn,
    ],
    rows: results.attention.map(({ arm, network, images, label, runs, consistency, entropy, alignment, ofCeiling }) => {
      const link = runsLink(results, arm, network);
      const c = consistency.value;
      return [
        ...[...armCells({ arm, network }), textCell(images), textCell(label)],
        c === null
          ? missingCell(consistency.reason)
          : {
              text: `${threeDecimals(c.mean)} [${threeDecimals(c.least)}, ${threeDecimals(c.greatest)}]`,
              numbers: [c.mean, c.least, c.greatest, c.pairs],
              link,
            },
        summaryCell(entropy, threeDecimals, link),
        ...measures.map(([key]) =>
          alignment.value === null
            ? textCell("n/a")
            : summaryCell({ value: alignment.value[key] }, threeDecimals, link),
        ),
        ofCeiling.value === null
          ? textCell("n/a")
          : { text: inPercent(ofCeiling.value), numbers: [ofCeiling.value], link },
        idsCell(runs),
      ];
    }),
  };
}

/** Every planned run with its AUCs. */
export function runTable(results: ExperimentResults): DataTable {
  return {
    name: "runs",
    caption: "All runs that are planned, with their AUC on each test set.",
    columns: [
      ...[textColumn("Run"), textColumn("Strategy"), textColumn("Network")],
      { head: "Seed", numbers: ["seed"] },
      textColumn("Run id"),
      { head: "Training images", numbers: ["training images"] },
      ...results.testSets.map(({ name }) => ({ head: name, numbers: [name] })),
      textColumn("Missing because"),
    ],
    rows: results.runs.map((run) => [
      ...[textCell(run.name), textCell(run.arm), textCell(run.network)],
      { text: String(run.seed), numbers: [run.seed] },
      textCell(run.id),
      run.trainingImages === null
        ? textCell("")
        : { text: run.trainingImages.toLocaleString("en-US"), numbers: [run.trainingImages] },
      ...aucsOf(results, run).map((auc) =>
        auc === null ? textCell("") : { text: threeDecimals(auc), numbers: [auc] },
      ),
      textCell(run.missing ?? ""),
    ]),
  };
}

/** One run's AUC on each test set; null where there is none. */
export function aucsOf(
  results: ExperimentResults,
  run: { id: string; arm: string; network: string },
): (number | null)[] {
  const own = results.cells.filter(({ arm, network }) => arm === run.arm && network === run.network);
  return own.map(({ runs, pooled }) => pooled.auc.value?.values[runs.indexOf(run.id)] ?? null);
}

/** In the order of the page. */
export function allTables(results: ExperimentResults): DataTable[] {
  return [
    aucTable(results),
    ...measureTables(results),
    generatorTable(results),
    comparisonTable(results),
    seedPairTable(results),
    attentionTable(results),
    runTable(results),
  ];
}
