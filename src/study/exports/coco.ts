/** The study's marks as a COCO data set: https://cocodataset.org/#format-data. Pure. */
import type { ImageRecord } from "../records.ts";
import { boundingBox, encodeRle } from "./rle.ts";
import type { MarkRow } from "./rows.ts";

const category = { id: 1, name: "marked", supercategory: "region" };

/** What stands before the annotations. @param study the study's name */
export function cocoBeginning(study: string, images: readonly ImageRecord[]): string {
  const info = { description: `Regions that the participants of the study "${study}" marked` };
  const listed = images.map(({ id, name, width, height, label, source }) => ({
    id,
    file_name: name,
    width,
    height,
    label,
    source,
  }));
  const head = JSON.stringify({ info, licenses: [], images: listed, categories: [category] });
  return `${head.slice(0, -1)},"annotations":[`;
}

export const cocoEnd = "]}\n";

/** One mark as an annotation; participant, trial and correctness are additions that readers of COCO pass over. */
export function cocoAnnotation(id: number, { trial, image, mask }: MarkRow): string {
  const pixels = mask();
  return JSON.stringify({
    id,
    image_id: image.id,
    category_id: category.id,
    segmentation: encodeRle(pixels, image),
    area: pixels.reduce((sum, value) => sum + value, 0),
    bbox: boundingBox(pixels, image),
    iscrowd: 0,
    participant: trial.participant,
    trial: trial.id,
    kind: trial.kind,
    correct: trial.correct,
  });
}
