/** How many judgements the images have, against how many they should. */
import type { ImageRecord, TrialRecord } from "../records.ts";
import { histogramOf } from "./histogram.ts";
import type { ImageJudgements } from "./study-analysis.ts";

/** @param trials of one condition; each main trial judges both its images */
export function imageJudgements(
  images: readonly ImageRecord[],
  trials: readonly TrialRecord[],
  target: number,
): ImageJudgements {
  const judgements = new Map(images.filter(({ role }) => role === "main").map(({ id }) => [id, 0]));
  for (const { kind, left, right } of trials) {
    if (kind !== "main") continue;
    for (const id of [left, right]) judgements.set(id, (judgements.get(id) ?? 0) + 1);
  }
  const counts = [...judgements.values()];
  return {
    images: counts.length,
    atTarget: counts.filter((count) => count >= target).length,
    mean:
      counts.length === 0
        ? { value: null, reason: "no image" }
        : { value: counts.reduce((sum, count) => sum + count, 0) / counts.length },
    histogram: histogramOf(counts).map(({ value, count }) => ({ judgements: value, images: count })),
  };
}
