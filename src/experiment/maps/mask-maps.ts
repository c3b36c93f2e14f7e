/** Masks of a face, or of a region of it, in place of human maps: the paper's "non-human saliency". */
import { parse } from "node:path";
import type { Sample } from "../../data/sample.ts";
import { requireSameAspect } from "../../saliency/aspect.ts";
import type { FaceRegion } from "../../saliency/non-human/face-regions.ts";
import { maskFromLabels, maskFromLandmarks } from "../../saliency/non-human/masks.ts";
import type { Size } from "../../saliency/scan-lines.ts";
import { imageHeader } from "../../vision/image-source.ts";
import { openLabelFolder, readLabels } from "./label-folder.ts";
import { readLandmarks } from "./landmark-file.ts";
import { type MapsInput, type NonHumanMapsSummary, writeMaps } from "./write-maps.ts";

/** Where masks come from: a folder of label images, or a CSV file of landmarks. */
export type MaskSource = { labels: string } | { landmarks: string };

export interface MaskOptions extends MapsInput {
  region: FaceRegion;
  source: MaskSource;
  /** Only for images that the manifest has a map of, so that the same images are guided as by those. */
  onlyMapped?: boolean | undefined;
}

/** White where the face, or the part of it that is asked for, is. A mask that is the same everywhere is none. */
export function makeMasks({ region, source, onlyMapped = false, ...input }: MaskOptions): Promise<NonHumanMapsSummary> {
  const from = "labels" in source ? "labels" : "landmarks";
  return writeMaps(input, { kind: "masks", region, from, onlyMapped }, (samples, names) => {
    const maskOf = "labels" in source ? fromLabels(source.labels, region) : fromLandmarks(source.landmarks, region);
    return async (index) => {
      const sample = samples[index];
      if (onlyMapped && sample.saliency === undefined) return { without: "no human map" };
      const found = await maskOf(sample);
      if (found === undefined) return { without: `no ${from}` };
      const { width, height, mask } = found;
      if (mask.every((value) => value === mask[0])) return { without: "blank" };
      return { file: names[index], map: { width, height, grey: mask.map((value) => 255 * value) } };
    };
  });
}

type Mask = Size & { mask: Uint8Array };

function fromLabels(folder: string, region: FaceRegion): (sample: Sample) => Promise<Mask | undefined> {
  const labels = openLabelFolder(folder);
  return async ({ path }) => {
    const files = labels.partsOf(parse(path).name);
    if (files === undefined) return undefined;
    const { width, height, parts } = await readLabels(files);
    requireSameAspect({ width, height }, [...files.values()][0], await imageHeader(path), path);
    return { width, height, mask: maskFromLabels(parts, region, width * height) };
  };
}

function fromLandmarks(file: string, region: FaceRegion): (sample: Sample) => Promise<Mask | undefined> {
  const landmarks = readLandmarks(file);
  return async ({ path, name }) => {
    const points = landmarks.get(name);
    if (points === undefined) return undefined;
    const { width, height } = await imageHeader(path);
    return { width, height, mask: maskFromLandmarks(points, region, { width, height }) };
  };
}
