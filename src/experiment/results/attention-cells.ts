/** Where the networks of an arm look: whether all alike, how spread out, and how like people. Pure. */
import { groupBy } from "../../base/group-by.ts";
import type { AttentionEntry } from "../../evaluation/attention-file.ts";
import { pearson } from "../../saliency/map-measures.ts";
import type { AttentionCell, HumanCeiling, Measured, RunCam } from "./experiment-results.ts";
import { summary, summaryOf } from "./summaries.ts";

type Images = AttentionCell["images"];

/** One run's, over several sets of images. */
export interface RunAttention {
  run: string;
  label: string;
  map: RunCam["map"];
  entropy: number | null;
  alignment: AttentionEntry["alignment"];
}

const imagesOf = ({ testSet }: AttentionEntry): Images => (testSet === "validation" ? "validation" : "test sets");

/** Each class's entries of several sets as one, sets weighed by their images. */
export function overSets(run: string, entries: readonly AttentionEntry[], images: Images): RunAttention[] {
  const byLabel = groupBy(
    entries.filter((entry) => imagesOf(entry) === images),
    ({ label }) => label,
  );
  return [...byLabel].map(([label, own]) => {
    const { width, height } = own[0].mean;
    const values = own[0].mean.values.map((_, i) => weighted(own.map((e) => [e.mean.values[i], e.images])));
    const spread = own.filter(({ entropy }) => entropy !== null);
    const aligned = own.flatMap(({ alignment }) => alignment ?? []);
    const of = (key: "pearson" | "spearman" | "topIou" | "kl") => weighted(aligned.map((a) => [a[key], a.images]));
    return {
      run,
      label,
      map: { width, height, values },
      entropy: spread.length === 0 ? null : weighted(spread.map(({ entropy, images }) => [entropy!, images])),
      alignment:
        aligned.length === 0
          ? null
          : {
              images: aligned.reduce((sum, { images }) => sum + images, 0),
              ...{ pearson: of("pearson"), spearman: of("spearman"), topIou: of("topIou"), kl: of("kl") },
            },
    };
  });
}

function weighted(values: readonly (readonly [value: number, weight: number])[]): number {
  const total = values.reduce((sum, [, weight]) => sum + weight, 0);
  return values.reduce((sum, [value, weight]) => sum + value * weight, 0) / total;
}

/** @param runs of one arm, network and class */
export function attentionCell(
  place: Pick<AttentionCell, "arm" | "network" | "images" | "label">,
  runs: readonly RunAttention[],
  ceiling: Measured<HumanCeiling>,
): AttentionCell {
  const aligned = runs.flatMap(({ alignment }) => alignment ?? []);
  const alignment: AttentionCell["alignment"] =
    aligned.length < runs.length || aligned.length === 0
      ? { value: null, reason: "the images have no human maps" }
      : {
          value: {
            images: aligned[0].images,
            pearson: summary(aligned.map((a) => a.pearson)),
            spearman: summary(aligned.map((a) => a.spearman)),
            topIou: summary(aligned.map((a) => a.topIou)),
            kl: summary(aligned.map((a) => a.kl)),
          },
        };
  return {
    ...place,
    runs: runs.map(({ run }) => run),
    consistency: consistency(runs.map(({ map }) => map.values)),
    entropy: summaryOf(
      runs.map(({ entropy }) => entropy),
      "every CAM is constant",
    ),
    alignment,
    ofCeiling: shareOfCeiling(alignment, ceiling),
  };
}

function shareOfCeiling(alignment: AttentionCell["alignment"], ceiling: Measured<HumanCeiling>): Measured<number> {
  if (alignment.value === null) return alignment;
  if (ceiling.value === null) return ceiling;
  if (ceiling.value.value <= 0) return { value: null, reason: "people do not agree with one another" };
  return { value: alignment.value.pearson.mean / ceiling.value.value };
}

function consistency(maps: readonly (readonly number[])[]): AttentionCell["consistency"] {
  if (maps.length < 2) return { value: null, reason: "it takes two runs" };
  const found: number[] = [];
  for (let i = 0; i < maps.length; i++)
    for (let j = i + 1; j < maps.length; j++) {
      const correlation = maps[i].length === maps[j].length ? pearson(maps[i], maps[j]) : undefined;
      if (correlation !== undefined) found.push(correlation);
    }
  const pairs = (maps.length * (maps.length - 1)) / 2;
  if (found.length < pairs) return { value: null, reason: "a mean CAM is constant, or of another size" };
  const mean = found.reduce((sum, value) => sum + value, 0) / pairs;
  return { value: { mean, least: Math.min(...found), greatest: Math.max(...found), pairs } };
}
