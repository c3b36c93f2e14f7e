/**
 * Where a lab's copy of the paper's data differs from the published names: a YAML file, its paths relative to the data's
 * root. What it does not name is looked for where it was published (published.ts).
 *
 *     original: {csv: lists/train.csv, imageRoot: faces}
 *     large:
 *       train: {real: big/real, synthetic: big/fake}
 *       validation: {real: val/real, synthetic: val/fake}
 *     maps: annotations/mean
 *     masks: {labels: celebamask, region: face}
 *     tests:
 *       ProGAN: {real: celeba, synthetic: gans/progan}
 */
import { z } from "zod";
import { InputError } from "../../base/errors.ts";
import { checkSchema } from "../../base/schema.ts";
import { nearest } from "../../base/suggest.ts";
import { faceRegions } from "../../saliency/non-human/face-regions.ts";
import { readConfigFile } from "../../training/config.ts";
import { testSets } from "./published.ts";

const path = z.string().min(1);
/** Two folders; images may lie in folders below. */
const classFolders = z.strictObject({ real: path, synthetic: path });
const csv = z.strictObject({ csv: path, imageRoot: path.optional() });
/** A CSV of training and validation images, or folders. */
const training = z.union([csv, z.strictObject({ train: classFolders, validation: classFolders })], {
  error: "expected csv (and imageRoot), or train and validation with the folders real and synthetic each",
});
const test = z.union([csv, classFolders], {
  error: "expected csv (and imageRoot), or the folders real and synthetic",
});
const region = z.enum(faceRegions).optional();
const masks = z.union([z.strictObject({ labels: path, region }), z.strictObject({ landmarks: path, region })], {
  error: `expected labels (a folder) or landmarks (a CSV), and region: ${faceRegions.join(", ")}`,
});

const layoutSchema = z.strictObject({
  original: training.optional(),
  large: training.optional(),
  maps: path.optional(),
  masks: masks.optional(),
  tests: z.record(z.string(), test).default({}),
});

export type Layout = z.output<typeof layoutSchema>;
export type ClassFolders = z.output<typeof classFolders>;
export type CsvPlace = z.output<typeof csv>;

export const publishedLayout: Layout = { tests: {} };

/** @throws InputError naming the file and the field */
export function readLayout(file: string): Layout {
  const layout = checkSchema(layoutSchema, readConfigFile(file), file);
  const known = testSets.map(({ name }) => name);
  const stranger = Object.keys(layout.tests).find((name) => !known.includes(name));
  if (stranger !== undefined) {
    throw new InputError(
      `${file}: tests: the paper has no test set "${stranger}"${nearest(stranger, known)}; it has ${known.join(", ")}`,
    );
  }
  return layout;
}
