/** One row of a manifest: an image, what it shows, and where people looked. */

export const splits = ["train", "val", "test"] as const;
export type Split = (typeof splits)[number];

export interface Sample {
  split: Split;
  label: string;
  /** The image file, absolute. */
  path: string;
  /** The path as the manifest writes it: what reports and score files call the image. */
  name: string;
  /** The saliency map's file, absolute; an image without one is not guided. */
  saliency?: string;
  /** Where the image comes from, e.g. the generator. */
  source?: string;
  /** Who or what it shows, so that nobody is on both sides of a split. */
  subject?: string;
  /** Its line in the manifest, counted from 1. */
  line: number;
}
