/** The cells of the grid and their comparisons, from the runs of one network. Pure. */

import { type ComparedRuns, compare } from "./comparisons.ts";
import type { Arm, Cell, Comparison, GeneratorSummary } from "./experiment-results.ts";
import { type Measures, macroAverage } from "./measures.ts";
import type { ScoredSet } from "./scored-sets.ts";
import { rocGrid, type SetMeasures } from "./set-measures.ts";
import { noRun, summarise, summary, summaryOf } from "./summaries.ts";

interface PlannedArm {
  strategy: string;
  alpha: number | null;
}

/** In the order of their first run; α is named where a strategy has several. */
export function armsOf(runs: readonly PlannedArm[]): Arm[] {
  const distinct = new Map(runs.map(({ strategy, alpha }) => [JSON.stringify([strategy, alpha]), { strategy, alpha }]));
  const arms = [...distinct.values()];
  return arms.map(({ strategy, alpha }) => {
    const several = arms.filter((arm) => arm.strategy === strategy).length > 1;
    return { name: several ? `${strategy} α=${alpha}` : strategy, strategy, alpha };
  });
}

export interface MeasuredRun {
  run: { id: string; seed: number };
  arm: string;
  /** In the order of the sets. */
  sets: SetMeasures[];
}

interface NetworkRuns {
  network: string;
  arms: readonly Arm[];
  sets: readonly ScoredSet[];
  runs: readonly MeasuredRun[];
  level: number;
}

export function makeCells({ network, arms, sets, runs, level }: NetworkRuns): {
  cells: Cell[];
  comparisons: Comparison[];
} {
  const cells: Cell[] = [];
  const comparisons: Comparison[] = [];
  for (const [i, set] of sets.entries()) {
    const byArm = arms.map((arm) => ({ arm, runs: runs.filter((run) => run.arm === arm.name) }));
    for (const { arm, runs } of byArm) cells.push(makeCell({ arm: arm.name, network }, i, sets, runs));
    const compared = byArm.map(({ arm, runs }) => ({ arm: arm.name, strategy: arm.strategy, runs: onSet(runs, i) }));
    for (const [second, one] of compared.entries())
      for (const other of compared.slice(second + 1)) {
        // The values of α are a strategy's own choice, shown as a curve: each further test would weaken the others.
        if (one.strategy === other.strategy) continue;
        comparisons.push(compare({ network, testSet: set.name, first: other, second: one }, level));
      }
  }
  return { cells, comparisons };
}

const onSet = (runs: readonly MeasuredRun[], i: number): ComparedRuns["first"]["runs"] =>
  runs.map(({ run, sets }) => ({ ...run, auc: sets[i].pooled.auc, components: sets[i].components }));

function makeCell(
  place: Pick<Cell, "arm" | "network">,
  i: number,
  sets: readonly ScoredSet[],
  runs: readonly MeasuredRun[],
): Cell {
  const set = sets[i];
  const counts = set.images.value ?? { positives: 0, negatives: 0 };
  const own = runs.map((run) => run.sets[i]);
  const members = set.pooled ? sets.flatMap(({ pooled }, index) => (pooled ? [] : [index])) : [i];
  return {
    ...place,
    testSet: set.name,
    runs: runs.map(({ run }) => run.id),
    pooled: summarise(
      own.map(({ pooled }) => pooled),
      counts,
    ),
    macro: summarise(
      runs.map((run) => macroOf(members.map((member) => run.sets[member]))),
      fewest(members.map((member) => sets[member])),
    ),
    generators: members.flatMap((member) => generatorsOf(sets[member], member, runs)),
    roc: meanCurve(own.map(({ roc }) => roc)),
  };
}

/** Each generator against the negatives of its own test set. */
const macroOf = (members: readonly SetMeasures[]): Measures =>
  macroAverage(members.flatMap(({ generators }) => generators));

/** Of any generator and any set, which is what a macro-average may lack. */
function fewest(sets: readonly ScoredSet[]): { positives: number; negatives: number } {
  const least = (counts: readonly number[]) => (counts.length === 0 ? 0 : Math.min(...counts));
  return {
    positives: least(sets.flatMap(({ index }) => index?.generators.map(({ rows }) => rows.length) ?? [])),
    negatives: least(sets.flatMap(({ index }) => index?.negatives.length ?? [])),
  };
}

function generatorsOf(set: ScoredSet, member: number, runs: readonly MeasuredRun[]): GeneratorSummary[] {
  return (set.index?.generators ?? []).map(({ source, rows }, generator) => {
    const values = (key: "auc" | "apcer") => runs.map(({ sets }) => sets[member].generators[generator][key]);
    return {
      source,
      testSet: set.name,
      images: rows.length,
      auc: summaryOf(values("auc"), "there is no negative image"),
      apcer: summaryOf(values("apcer"), noRun),
    };
  });
}

function meanCurve(curves: readonly (Float64Array | null)[]): Cell["roc"] {
  const known = curves.filter((curve) => curve !== null);
  if (known.length === 0 || known.length < curves.length) return null;
  const points = rocGrid.map((_, at) => summary(known.map((curve) => curve[at])));
  const sd = known.length > 1 ? points.map((point) => point.sd!) : null;
  return { fpr: [...rocGrid], mean: points.map(({ mean }) => mean), sd };
}
