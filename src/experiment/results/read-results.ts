/** From an experiment's folder to what it has shown: reads what its finished runs have written, one network at a time. */
import { existsSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { InputError } from "../../base/errors.ts";
import { groupBy } from "../../base/group-by.ts";
import { type AttentionEntry, attentionPath, readAttention } from "../../evaluation/attention-file.ts";
import { type EvaluationResults, readEvaluation } from "../../evaluation/results.ts";
import { scoresPath } from "../../evaluation/scores-file.ts";
import { type EpochMetrics, readMetrics } from "../../training/metrics.ts";
import { type ExperimentPlan, readPlan } from "../plan.ts";
import { isDone, readRunStatus } from "../run-status.ts";
import type { ExperimentRun } from "../runs.ts";
import { attentionCell, overSets } from "./attention-cells.ts";
import { armsOf, makeCells } from "./cells.ts";
import { adjust } from "./comparisons.ts";
import type {
  AttentionCell,
  ExperimentResults,
  RunCam,
  RunEntry,
  TestSetEntry,
  TrainingCurve,
} from "./experiment-results.ts";
import { ceilingBeside, readHumanAccuracy, readHumanCeiling } from "./humans.ts";
import { ScoredSets } from "./scored-sets.ts";
import { summary } from "./summaries.ts";

export interface ResultsOptions {
  /** `analysis.json` of a study, to set people's accuracy beside the networks'. */
  study?: string | undefined;
  /** A folder that `oversight study maps` made, for the ceiling of agreement; looked for beside the manifests without it. */
  humanMaps?: string | undefined;
  onProgress?: ((done: number, total: number) => void) | undefined;
}

/** A run that has a part in the results. */
export interface FinishedRun {
  run: ExperimentRun;
  arm: string;
  evaluation: EvaluationResults;
  epochs: EpochMetrics[];
}

const level = 0.95;

/**
 * @throws InputError when the folder holds no plan, or naming the file of a finished run that cannot be used
 */
export function readResults(folder: string, options: ResultsOptions = {}): ExperimentResults {
  const plan = readPlan(folder);
  const arms = armsOf(plan.runs);
  const armOf = ({ strategy, alpha }: ExperimentRun) =>
    arms.find((arm) => arm.strategy === strategy && arm.alpha === alpha)!.name;
  const finished: FinishedRun[] = [];
  const runs = plan.runs.map((run): RunEntry => {
    const status = readRunStatus(run);
    const missing = isDone(status, plan) ? null : (status.error ?? notDone[status.state]);
    const epochs = missing === null ? readMetrics(join(run.folder, "metrics.jsonl")) : [];
    if (missing === null) finished.push({ run, arm: armOf(run), evaluation: readEvaluation(run.folder), epochs });
    const { id, name, network, seed } = run;
    const place = relative(plan.folder, run.folder).split(sep).join("/");
    const trainingImages = epochs.at(-1)?.images ?? null;
    return { id, name, arm: armOf(run), network, seed, folder: place, state: status.state, missing, trainingImages };
  });
  const positiveClass = onePositiveClass(finished);
  const networks = [...new Set(plan.runs.map(({ network }) => network))];
  const sets = new ScoredSets(plan.tests, positiveClass);
  const results: ExperimentResults = {
    ...{ name: plan.name, positiveClass, level, arms, networks, runs },
    ...{ testSets: [], cells: [], comparisons: [] },
    training: trainingCurves(finished),
    ...attentionOf(finished, ceilingOf(plan, options)),
    humans: humansOf(options.study, positiveClass),
  };
  let done = 0;
  for (const network of networks) {
    const own = finished.filter(({ run }) => run.network === network);
    const measured = own.map((run) => {
      const scores = sets.measure(run.evaluation, (name) => scoresPath(run.run.folder, name));
      options.onProgress?.(++done, finished.length);
      return { ...run, sets: scores };
    });
    const { cells, comparisons } = makeCells({ network, arms, sets: sets.entries, runs: measured, level });
    results.cells.push(...cells);
    results.comparisons.push(...comparisons);
  }
  adjust(results.comparisons);
  results.testSets = sets.entries.map(
    ({ name, manifests, pooled, images }): TestSetEntry => ({ name, manifests, pooled, images }),
  );
  return results;
}

const notDone: Record<RunEntry["state"], string> = {
  waiting: "it has not been run, or was stopped",
  running: "it is being trained",
  evaluating: "it is being evaluated",
  // Evaluated, but not on this plan's test sets, or at another threshold.
  done: "the test sets have changed since it was evaluated",
  failed: "it failed",
  cancelled: "it was cancelled",
};

/** @throws InputError when two runs speak of different classes: their scores cannot be compared */
function onePositiveClass(finished: readonly FinishedRun[]): string | null {
  const [first, ...others] = finished;
  if (first === undefined) return null;
  const { positiveClass } = first.evaluation;
  const other = others.find(({ evaluation }) => evaluation.positiveClass !== positiveClass);
  if (other !== undefined)
    throw new InputError(
      `${other.run.folder}: its positive class is "${other.evaluation.positiveClass}", that of ${first.run.folder} is "${positiveClass}": set data.positive alike`,
    );
  return positiveClass;
}

function trainingCurves(finished: readonly FinishedRun[]): TrainingCurve[] {
  const groups = groupBy(finished, ({ arm, run }) => JSON.stringify([arm, run.network]));
  return [...groups.values()].map((runs) => {
    const byEpoch = groupBy(
      runs.flatMap(({ epochs }) => epochs),
      ({ epoch }) => epoch,
    );
    const epochs = [...byEpoch]
      .sort(([a], [b]) => a - b)
      .map(([epoch, own]) => ({ epoch, accuracy: summary(own.map(({ validation }) => validation.accuracy)) }));
    return { arm: runs[0].arm, network: runs[0].run.network, epochs };
  });
}

function ceilingOf({ tests, runs }: ExperimentPlan, { humanMaps }: ResultsOptions): ExperimentResults["humanCeiling"] {
  if (humanMaps !== undefined) return readHumanCeiling(humanMaps);
  const manifests = [...runs.map(({ config }) => config.data.manifest), ...tests.map(({ manifest }) => manifest)];
  const value = ceilingBeside([...new Set(manifests.map((manifest) => dirname(manifest)))]);
  return value === undefined
    ? { value: null, reason: "no summary.json of a study's maps is known: give --human-maps" }
    : { value };
}

function humansOf(study: string | undefined, positiveClass: string | null): ExperimentResults["humans"] {
  if (study === undefined) return { value: null, reason: "no study is known: give --study analysis.json" };
  if (positiveClass === null) return { value: null, reason: "no run is done that people could be compared with" };
  return readHumanAccuracy(study, positiveClass);
}

function attentionOf(
  finished: readonly FinishedRun[],
  humanCeiling: ExperimentResults["humanCeiling"],
): Pick<ExperimentResults, "attention" | "cams" | "humanCeiling"> {
  const cams: RunCam[] = [];
  const attention: AttentionCell[] = [];
  const groups = groupBy(finished, ({ arm, run }) => JSON.stringify([arm, run.network]));
  for (const runs of groups.values()) {
    const { arm, run } = runs[0];
    const entries = runs.map(({ run }) => ({ id: run.id, entries: attentionOfRun(run).map(humanOnly(run)) }));
    for (const images of ["test sets", "validation"] as const) {
      const looked = entries.flatMap(({ id, entries }) => overSets(id, entries, images));
      if (images === "test sets")
        cams.push(...looked.map(({ run, label, map }) => ({ run, label, map: rounded(map) })));
      const byLabel = groupBy(looked, ({ label }) => label);
      for (const [label, own] of byLabel)
        attention.push(attentionCell({ arm, network: run.network, images, label }, own, humanCeiling));
    }
  }
  return { cams, attention, humanCeiling };
}

/** A control's validation images are those of its own manifest, whose maps are not people's. */
const humanOnly =
  ({ otherMaps }: ExperimentRun) =>
  (entry: AttentionEntry): AttentionEntry =>
    otherMaps && entry.testSet === "validation" ? { ...entry, alignment: null } : entry;

/** A run that was evaluated before CAMs were kept as numbers has none. */
function attentionOfRun({ folder }: ExperimentRun): AttentionEntry[] {
  return existsSync(attentionPath(folder)) ? readAttention(folder) : [];
}

/** For pictures; all that is reckoned from it is reckoned before. */
const rounded = ({ values, ...size }: RunCam["map"]) => ({
  ...size,
  values: values.map((value) => Number(value.toFixed(4))),
});
