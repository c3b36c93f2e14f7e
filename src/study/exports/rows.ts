/** A trial as exports look at it: with its images, and with the masks of what was marked, each reckoned once. Pure. */
import type { Side } from "../contract/api.ts";
import { sides } from "../contract/api.ts";
import { rasterise } from "../contract/geometry.ts";
import type { Stroke } from "../contract/strokes.ts";
import type { ImageRecord, TrialRecord } from "../records.ts";

export interface TrialRow {
  trial: TrialRecord;
  left: ImageRecord;
  right: ImageRecord;
  /** Of the images that were drawn on. */
  marks: MarkRow[];
}

export interface MarkRow {
  trial: TrialRecord;
  side: Side;
  image: ImageRecord;
  strokes: readonly Stroke[];
  /** Of the original's size; 0 or 1, rows from the top. */
  mask: () => Uint8Array;
}

export function trialRow(trial: TrialRecord, images: ReadonlyMap<number, ImageRecord>): TrialRow {
  const imageOf = (id: number) => {
    const image = images.get(id);
    if (image === undefined) throw new Error(`trial ${trial.id} shows image ${id}, which the study does not have`);
    return image;
  };
  const shown = { left: imageOf(trial.left), right: imageOf(trial.right) };
  const marks = sides
    .filter((side) => trial.strokes[side].length > 0)
    .map((side): MarkRow => {
      const [image, strokes] = [shown[side], trial.strokes[side]];
      let mask: Uint8Array | undefined;
      return { trial, side, image, strokes, mask: () => (mask ??= rasterise(strokes, image.width, image.height)) };
    });
  return { trial, ...shown, marks };
}
