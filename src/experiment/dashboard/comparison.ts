/** Chosen runs side by side: their curves, and what their evaluations say, over the seeds of each way to train. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readTextFile } from "../../base/files.ts";
import { groupBy } from "../../base/group-by.ts";
import { parseJson } from "../../base/schema.ts";
import { readEvaluation, type TestSetResults } from "../../evaluation/index.ts";
import { epochMetrics } from "../../training/metrics.ts";
import { summaryOf } from "../results/summaries.ts";
import type { ExperimentRun } from "../runs.ts";
import { type BoardRun, wordsOf } from "./board.ts";
import type { ComparedCell, ComparedRun, Comparison, CurvePoint, RunCurve, RunMeasures } from "./contract.ts";

const measureNames = ["auc", "eer", "apcer", "bpcer", "acer", "accuracy"] as const;

/** What of `metrics.jsonl` can be read. Throws nothing. */
export function readCurve({ id, folder }: Pick<ExperimentRun, "id" | "folder">): RunCurve {
  const file = join(folder, "metrics.jsonl");
  const points: CurvePoint[] = [];
  try {
    const text = existsSync(file) ? readTextFile(file).trimEnd() : "";
    for (const [i, line] of text === "" ? [] : text.split("\n").entries()) {
      const { epoch, train, validation } = parseJson(epochMetrics, line, `${file}: line ${i + 1}`);
      const { loss, crossEntropy, guidance } = train;
      points.push({ epoch, loss, crossEntropy, guidance, auc: validation.auc, accuracy: validation.accuracy });
    }
    return { run: id, points, trouble: null };
  } catch (error) {
    return { run: id, points, trouble: wordsOf(error) };
  }
}

/** What a run's evaluation says. Throws nothing. */
export function readRunResults({ id, folder }: Pick<ExperimentRun, "id" | "folder">): ComparedRun {
  if (!existsSync(join(folder, "evaluation.json")))
    return { run: id, sets: [], trouble: "it has not been evaluated yet" };
  try {
    const sets = readEvaluation(folder).testSets.map((set) => ({ testSet: set.name, measures: measuresOf(set) }));
    return { run: id, sets, trouble: null };
  } catch (error) {
    return { run: id, sets: [], trouble: wordsOf(error) };
  }
}

const measuresOf = ({ auc, eer, atThreshold }: TestSetResults): RunMeasures => {
  const { apcer, bpcer, acer, accuracy } = atThreshold;
  return { auc: auc.value, eer: eer.value, apcer, bpcer, acer, accuracy };
};

export function compareRuns(chosen: readonly BoardRun[]): Comparison {
  const read = chosen.map(({ run, arm }) => ({ arm, network: run.network, results: readRunResults(run) }));
  const found = read.flatMap(({ arm, network, results }) =>
    results.sets.map(({ testSet, measures }) => ({ arm, network, testSet, run: results.run, measures })),
  );
  const cells = [...groupBy(found, ({ arm, network, testSet }) => JSON.stringify([arm, network, testSet])).values()];
  return {
    runs: read.map(({ results }) => results),
    cells: cells.map((own): ComparedCell => {
      const { arm, network, testSet } = own[0];
      const entries = measureNames.map((name) => [
        name,
        summaryOf(
          own.map(({ measures }) => measures[name]),
          "a class is missing",
        ),
      ]);
      return { arm, network, testSet, runs: own.map(({ run }) => run), measures: Object.fromEntries(entries) };
    }),
  };
}
