/**
 * How well the people who marked an image agree. Pure. Reckoned on a grid of at most 256 pixels on the longest side, so
 * that the memory is bounded whatever the image's size and the number of people: shares and correlations of regions do
 * not need the last pixel.
 */

import { alphaOfTallies, pixelTallies, type Tally } from "../../saliency/alpha.ts";
import { gaussianBlur } from "../../saliency/blur.ts";
import { dice, iou, meanOverPairs } from "../../saliency/overlap.ts";
import { splitHalf } from "../../saliency/split-half.ts";
import { markedArea, rasterise, requirementGrid, type Size } from "../contract/geometry.ts";
import type { Mark } from "./judgements.ts";

/** Null where a measure has no meaning, as with a single mark. */
export interface Agreement {
  /** Share of the image that one person marked, 0..1; mean over people. */
  area: number;
  /** Intersection over union, and Dice's coefficient, 0..1; means over pairs of people. */
  iou: number | null;
  dice: number | null;
  /** Krippendorff's, nominal, pixels as units; at most 1. */
  alpha: number | null;
  /** Correlation of mean maps over halves of the people, as blurred as the map is; `full` by Spearman–Brown. */
  splitHalf: { half: number; full: number } | null;
}

export interface ImageAgreement {
  agreement: Agreement;
  /** Of the pixels, for an alpha over many images. */
  tallies: Tally[];
}

/** @param blur as the map's; @param seed of the random halves */
export function agreementOf(marks: readonly Mark[], size: Size, blur: number, seed: number): ImageAgreement {
  const { width, height } = requirementGrid(size);
  const masks = marks.map(({ strokes }) => rasterise(strokes, width, height));
  const blurred = masks.map((mask) => gaussianBlur(new Float32Array(mask), width, height, blur));
  const tallies = pixelTallies(masks);
  return {
    tallies,
    agreement: {
      area: masks.reduce((sum, mask) => sum + markedArea(mask), 0) / masks.length,
      iou: meanOverPairs(masks, iou) ?? null,
      dice: meanOverPairs(masks, dice) ?? null,
      alpha: alphaOfTallies(tallies) ?? null,
      splitHalf: splitHalf(blurred, { seed }) ?? null,
    },
  };
}
