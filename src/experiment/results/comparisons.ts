/** Whether strategies differ: over seeds, and seed by seed on the same images. Pure. */
import { type Components, compareComponents } from "../../evaluation/delong.ts";
import { hedgesG } from "../../evaluation/statistics/effect-size.ts";
import { holm } from "../../evaluation/statistics/holm.ts";
import { mannWhitneyTest } from "../../evaluation/statistics/mann-whitney.ts";
import { mostRuns, runsNeeded } from "../../evaluation/statistics/power.ts";
import { welchTest } from "../../evaluation/statistics/welch.ts";
import type { Comparison, Measured, RunsNeeded, SeedPair } from "./experiment-results.ts";
import { noRun } from "./summaries.ts";

/** A run on one set of images. */
export interface ComparedRun {
  id: string;
  seed: number;
  auc: number | null;
  components: Components | null;
}

/** The runs of two arms, both on one network and set of images. */
export interface ComparedRuns {
  network: string;
  testSet: string;
  first: { arm: string; runs: readonly ComparedRun[] };
  second: { arm: string; runs: readonly ComparedRun[] };
}

/** Not adjusted yet: that takes the whole family, see `adjust`. */
export function compare({ network, testSet, first, second }: ComparedRuns, level: number): Comparison {
  const place = { network, testSet, first: first.arm, second: second.arm };
  const aucs = [first, second].map(({ runs }) => runs.flatMap(({ auc }) => auc ?? []));
  const lacking = [first, second].find((_, i) => aucs[i].length === 0);
  if (lacking !== undefined) {
    const reason =
      lacking.runs.length === 0 ? `${noRun} of ${lacking.arm}` : "there is no AUC where one class is missing";
    const missing = { value: null, reason };
    return { ...place, welch: missing, mannWhitney: missing, effect: missing, runsNeeded: missing, delong: missing };
  }
  const [a, b] = aucs;
  const few = a.length < 2 || b.length < 2 ? oneSeed(a.length, b.length) : undefined;
  const effect = few ?? measured(hedgesG(a, b, level));
  return {
    ...place,
    welch: few ?? unadjusted(welchTest(a, b, level)),
    mannWhitney: few ?? unadjusted(mannWhitneyTest(a, b)),
    effect,
    runsNeeded: effect.value === null ? effect : more(effect.value.g, a.length, b.length, level),
    delong: seedPairs(first.runs, second.runs, level),
  };
}

const oneSeed = (a: number, b: number): Measured<never> => ({
  value: null,
  reason: `a test over seeds needs two runs of each at least, there are ${a} and ${b}`,
});
const measured = <T>(found: T | string): Measured<T> =>
  typeof found === "string" ? { value: null, reason: found } : { value: found };
const unadjusted = <T extends { p: number }>(found: T | string) =>
  measured(typeof found === "string" ? found : { ...found, adjustedP: found.p });

function more(g: number, first: number, second: number, level: number): Measured<RunsNeeded> {
  const each = runsNeeded(g, { alpha: 1 - level });
  if (each === null) return { value: null, reason: `more than ${mostRuns.toLocaleString("en-US")} runs of each` };
  return { value: { each, moreFirst: Math.max(0, each - first), moreSecond: Math.max(0, each - second) } };
}

function seedPairs(first: readonly ComparedRun[], second: readonly ComparedRun[], level: number): Measured<SeedPair[]> {
  const pairs = first.flatMap((run) => {
    const other = second.find(({ seed }) => seed === run.seed);
    if (!isTestable(run.components) || !isTestable(other?.components)) return [];
    const { difference, p } = compareComponents(run.components, other!.components!, level);
    const { value, low, high } = difference;
    return [{ seed: run.seed, first: run.id, second: other!.id, difference: value, low, high, p, adjustedP: p }];
  });
  if (pairs.length > 0) return { value: pairs };
  const shared = first.some(({ seed }) => second.some((other) => other.seed === seed));
  return { value: null, reason: shared ? "a class has fewer than two images" : "no seed is done with both" };
}

/** DeLong's variance takes two images of each class. */
const isTestable = (found: Components | null | undefined): found is Components =>
  found !== null && found !== undefined && Math.min(found.overPositives.length, found.overNegatives.length) > 1;

/** Holm's adjustment over all comparisons, of each kind of test apart. */
export function adjust(comparisons: readonly Comparison[]): void {
  const inPlace = <T extends { p: number | null; adjustedP: number | null }>(tests: readonly T[]) => {
    const applied = tests.filter(({ p }) => p !== null);
    const adjusted = holm(applied.map(({ p }) => p!));
    applied.forEach((test, i) => {
      test.adjustedP = adjusted[i];
    });
  };
  inPlace(comparisons.flatMap(({ welch }) => welch.value ?? []));
  inPlace(comparisons.flatMap(({ mannWhitney }) => mannWhitney.value ?? []));
  inPlace(comparisons.flatMap(({ delong }) => delong.value ?? []));
}
