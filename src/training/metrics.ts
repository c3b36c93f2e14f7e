/** `metrics.jsonl` of a run folder: one line of JSON for each epoch. */
import { z } from "zod";
import { InputError } from "../base/errors.ts";
import { readTextFile } from "../base/files.ts";
import { parseJson } from "../base/schema.ts";

const rate = z.number().min(0).max(1);

export const epochMetrics = z.strictObject({
  kind: z.literal("epoch"),
  /** Counts from 1. */
  epoch: z.int().min(1),
  /** How many epochs the run is to have. */
  epochs: z.int().min(1),
  /** That of the epoch's last step. */
  learningRate: z.number(),
  /** Means over the epoch's images, taken while the network learns. */
  train: z.strictObject({
    loss: z.number(),
    crossEntropy: z.number(),
    /** The unweighted guidance term over guided images; null where none was guided. */
    guidance: z.number().nullable(),
    accuracy: rate,
  }),
  /** After the epoch. AUC is null where validation holds one class only. */
  validation: z.strictObject({ auc: rate.nullable(), accuracy: rate, crossEntropy: z.number() }),
  /** Whether this epoch's weights became `best.safetensors`. */
  best: z.boolean(),
  /** Training images seen in the epoch, and how many of them had a map to be guided by. */
  images: z.int(),
  guided: z.int(),
  imagesPerSecond: z.number(),
  /** Spent on training steps. */
  seconds: z.number(),
  /** When the epoch ended: seconds since 1970. */
  time: z.number(),
});
export type EpochMetrics = z.infer<typeof epochMetrics>;

/** @throws InputError naming file, line and field, or the line whose epoch does not come after the one before */
export function readMetrics(file: string): EpochMetrics[] {
  const text = readTextFile(file).trimEnd();
  const lines = text === "" ? [] : text.split("\n");
  const epochs = lines.map((line, i) => parseJson(epochMetrics, line, `${file}: line ${i + 1}`));
  const astray = epochs.findIndex(({ epoch }, i) => i > 0 && epoch <= epochs[i - 1].epoch);
  if (astray >= 0)
    throw new InputError(
      `${file}: line ${astray + 1}: epoch ${epochs[astray].epoch} does not come after epoch ${epochs[astray - 1].epoch}`,
    );
  return epochs;
}
