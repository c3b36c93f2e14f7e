/** From runs to their mean and spread. Pure. */
import { spread } from "../../evaluation/over-seeds.ts";
import type { Measured, MeasureSummaries, Summary } from "./experiment-results.ts";
import { type MeasureKey, type Measures, measureKeys, whyMissing } from "./measures.ts";

export const noRun = "no run is done";

export function summary(values: readonly number[]): Summary {
  const { mean, sd } = spread(values);
  return { mean, sd, values: [...values] };
}

/** @param values of all runs, null where a run lacks it */
export function summaryOf(values: readonly (number | null)[], whyNull: string): Measured<Summary> {
  if (values.length === 0) return { value: null, reason: noRun };
  const known = values.filter((value) => value !== null);
  return known.length < values.length ? { value: null, reason: whyNull } : { value: summary(known) };
}

/** @param runs the measures of each run @param counts of the images, which explain what is missing */
export function summarise(
  runs: readonly Measures[],
  counts: { positives: number; negatives: number },
): MeasureSummaries {
  const entry = (key: MeasureKey) =>
    [
      key,
      summaryOf(
        runs.map((measures) => measures[key]),
        whyMissing(key, counts),
      ),
    ] as const;
  return Object.fromEntries(measureKeys.map(entry)) as MeasureSummaries;
}
