/** `maps/attention.json` of a run folder: where the network looked, as numbers; the pictures are in `maps/index.json`. */
import { join } from "node:path";
import { z } from "zod";
import { writeFileAtomic } from "../base/files.ts";
import { checkSchema, readJsonFile } from "../base/schema.ts";
import { testSetName } from "./results.ts";

const share = z.number().min(0).max(1);
const correlation = z.number().min(-1).max(1);

/** The classes of a set of images, `validation` among them, one entry each; see `Attention`. */
export const attentionEntry = z.strictObject({
  testSet: testSetName,
  /** The true class. */
  label: z.string(),
  images: z.int().min(1),
  mean: z
    .strictObject({ width: z.int().min(1), height: z.int().min(1), values: z.array(share) })
    .refine(({ width, height, values }) => values.length === width * height, {
      error: "a map has width × height values",
    }),
  entropy: share.nullable(),
  alignment: z
    .strictObject({
      images: z.int().min(1),
      pearson: correlation,
      spearman: correlation,
      topIou: share,
      kl: z.number().min(0),
    })
    .nullable(),
});
export type AttentionEntry = z.infer<typeof attentionEntry>;

const attentionFile = z.array(attentionEntry);
export const attentionPath = (runFolder: string) => join(runFolder, "maps", "attention.json");

/** Writes `maps/attention.json`, wholly or not at all. */
export function writeAttention(runFolder: string, entries: readonly AttentionEntry[]): void {
  const file = attentionPath(runFolder);
  writeFileAtomic(file, `${JSON.stringify(checkSchema(attentionFile, entries, file))}\n`);
}

/** @throws InputError naming file and field when it is missing or not what `writeAttention` writes */
export function readAttention(runFolder: string): AttentionEntry[] {
  return readJsonFile(attentionFile, attentionPath(runFolder));
}
