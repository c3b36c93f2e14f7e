/** From the marks of several people to one image's map. Pure. */
import { gaussianBlur } from "../../saliency/blur.ts";
import { rasterise, type Size } from "../contract/geometry.ts";
import type { Mark } from "./judgements.ts";

/**
 * The share of people who marked each pixel, blurred.
 * @param blur standard deviation as a share of the width; 0 for none
 * @returns height × width, rows from the top, 0..1
 */
export function meanMap(marks: readonly Mark[], { width, height }: Size, blur: number): Float32Array {
  const people = new Float32Array(width * height);
  for (const { strokes } of marks) {
    const mask = rasterise(strokes, width, height);
    for (let i = 0; i < people.length; i++) people[i] += mask[i];
  }
  for (let i = 0; i < people.length; i++) people[i] /= marks.length;
  return gaussianBlur(people, width, height, blur);
}

/** The map stretched to 0..255 (min-max); undefined when it has one value everywhere and so says nothing. */
export function toGrey(map: Float32Array): Uint8Array | undefined {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (const value of map) {
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  const range = greatest - least;
  if (!(range > 0)) return undefined;
  // A loop: `from` with a function takes a quarter of a microsecond a pixel.
  const grey = new Uint8Array(map.length);
  for (let i = 0; i < map.length; i++) grey[i] = Math.round(((map[i] - least) / range) * 255);
  return grey;
}
