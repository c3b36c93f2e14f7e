/** What is known of people: how well they agree where to look, and how often they are right. Read from a study's outcomes. */
import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../../base/errors.ts";
import { readJsonFile } from "../../base/schema.ts";
import { conditions } from "../../study/contract/api.ts";
import type { ExperimentResults, HumanCeiling } from "./experiment-results.ts";

const share = z.number().min(0).max(1);
const measured = <T extends z.ZodType>(value: T) =>
  z.union([z.object({ value }), z.object({ value: z.null(), reason: z.string() })]);

const bounds = z.object({ low: share, high: share });
const proportion = z.object({
  judgements: z.int(),
  share: measured(share),
  wilson: measured(bounds),
  clustered: measured(bounds),
});
const bySource = z.array(z.object({ source: z.string().nullable(), accuracy: proportion }));

/** As much of `analysis.json`, which `oversight study analyze` writes, as is needed. */
const analysisSchema = z.object({
  study: z.object({ title: z.string(), question: z.object({ target: z.string() }) }),
  conditions: z.array(z.object({ condition: z.enum(conditions), byTargetSource: bySource, byOtherSource: bySource })),
});

/**
 * How often people were right by the generator of the synthetic image.
 * @param positiveClass in whose sources we are interested: the target of the study's question, or the other class
 * @throws InputError when the file is not an analysis
 */
export function readHumanAccuracy(file: string, positiveClass: string): ExperimentResults["humans"] {
  const analysis = readJsonFile(analysisSchema, file);
  const of = analysis.study.question.target === positiveClass ? "byTargetSource" : "byOtherSource";
  const found = analysis.conditions.map((one) => ({
    condition: one.condition,
    generators: one[of].flatMap(({ source, accuracy: { share, clustered, wilson, judgements } }) => {
      if (source === null || share.value === null) return [];
      const { low, high } = clustered.value ?? wilson.value ?? { low: share.value, high: share.value };
      return [{ source, accuracy: share.value, low, high, judgements }];
    }),
  }));
  if (found.every(({ generators }) => generators.length === 0))
    return { value: null, reason: `${file}: the study's manifest names no source of its images` };
  return { value: { title: analysis.study.title, conditions: found } };
}

const spread = z.object({ images: z.int(), mean: z.number() });
/** As much of `summary.json`, which `oversight study maps` writes, as is needed. */
const summarySchema = z.object({
  study: z.string(),
  agreement: z.object({ splitHalf: z.object({ full: spread }).nullable() }),
});

/**
 * @param folder that `oversight study maps` made
 * @throws InputError when it has no summary.json, or another one
 */
export function readHumanCeiling(folder: string): ExperimentResults["humanCeiling"] {
  const { study, agreement } = readJsonFile(summarySchema, join(folder, "summary.json"));
  if (agreement.splitHalf === null)
    return { value: null, reason: `${study}: no image was marked by two people, whose maps could be compared` };
  const { mean, images } = agreement.splitHalf.full;
  return { value: { study, value: mean, images } };
}

/** The ceiling of the maps beside a manifest, if there are any. */
export function ceilingBeside(folders: readonly string[]): HumanCeiling | undefined {
  for (const folder of folders) {
    try {
      const { value } = readHumanCeiling(folder);
      if (value !== null) return value;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
    }
  }
  return undefined;
}
