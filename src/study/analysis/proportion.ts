/** A share of judgements with both its intervals. */

import { groupBy } from "../../base/group-by.ts";
import { type RandomStream, randomStream } from "../../base/random.ts";
import { bootstrapInterval } from "../../evaluation/statistics/bootstrap.ts";
import { type Bounds, wilsonInterval } from "../../evaluation/statistics/wilson.ts";
import type { TrialRecord } from "../records.ts";
import type { Measured, Method, Proportion } from "./study-analysis.ts";

export const method: Method = { level: 0.95, resamples: 4_000, permutations: 20_000 };

/**
 * The random streams of a study's analysis, by name. Bootstraps of one condition draw the same participants, so that a
 * number which stands in two tables has one interval.
 */
export type Draw = (...names: (string | number)[]) => RandomStream;
export const drawFrom =
  (seed: number): Draw =>
  (...names) =>
    randomStream(seed, "analysis", ...names);

/** How often `holds` among the judgements. */
export function proportion(
  trials: readonly TrialRecord[],
  holds: (trial: TrialRecord) => boolean,
  random: RandomStream,
): Proportion {
  const clusters = [...groupBy(trials, ({ participant }) => participant).values()];
  const counts = Float64Array.from(clusters, (own) => own.filter(holds).length);
  const sizes = Float64Array.from(clusters, (own) => own.length);
  const count = counts.reduce((sum, n) => sum + n, 0);
  const totals = { count, judgements: trials.length, participants: clusters.length };
  if (trials.length === 0) {
    const none = { value: null, reason: "no judgement" };
    return { ...totals, share: none, wilson: none, clustered: none };
  }
  return {
    ...totals,
    share: { value: count / trials.length },
    wilson: { value: wilsonInterval(count, trials.length, method.level) },
    clustered: clusteredInterval([clusters.length], ([drawn]) => ratioOf(counts, sizes, drawn), random),
  };
}

/** The bootstrap interval over participants of one or more groups, or why there is none. */
export function clusteredInterval(
  participants: readonly number[],
  statistic: (drawn: readonly Int32Array[]) => number,
  random: RandomStream,
): Measured<Bounds> {
  if (participants.some((count) => count < 2)) return { value: null, reason: "fewer than 2 participants" };
  const interval = bootstrapInterval(participants, statistic, { ...method, random });
  if (interval === null) return { value: null, reason: "too few participants have such judgements" };
  if (interval.low === interval.high)
    return { value: null, reason: "participants do not differ, so that drawing them again shows no spread" };
  return { value: interval };
}

function ratioOf(counts: Float64Array, sizes: Float64Array, drawn: Int32Array): number {
  let [count, size] = [0, 0];
  for (let i = 0; i < drawn.length; i++) {
    count += counts[drawn[i]];
    size += sizes[drawn[i]];
  }
  return count / size;
}
