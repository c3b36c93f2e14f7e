/** The tables of an experiment. */
import type { Cell, ExperimentResults, MeasureKey } from "../../experiment/results/index.ts";
import {
  inPercent,
  markBest,
  measureStyle,
  missingCell,
  summaryCell,
  summaryColumn,
  textCell,
  threeDecimals,
} from "./cells.ts";
import { comparisonTable, seedPairTable } from "./comparison-tables.ts";
import type { DataTable, TableCell } from "./data-table.ts";
import { idsCell, idsColumn, runsLink, textColumn } from "./rows.ts";

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
