/** Marks as pixels: the same reckoning as the study's own, so that what is seen here is what becomes of the marks. */
import * as Plot from "@observablehq/plot";
import { rasterise, type StrokeShape } from "../../src/study/contract/geometry.ts";

export interface Grid {
  width: number;
  height: number;
}

/** The image's shape with `longestSide` pixels on its longest side. */
export function gridOf({ width, height }: Grid, longestSide: number): Grid {
  const scale = longestSide / Math.max(width, height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Red, green, blue; 0 … 255. */
export type Rgb = readonly [number, number, number];

/** Lays one mask over `pixels`: its inside tinted by `fill` (0..1), its border solid. */
export function paintMask(pixels: ImageData, strokes: readonly StrokeShape[], color: Rgb, fill: number): void {
  const { width, height, data } = pixels;
  const mask = rasterise(strokes, width, height);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      if (mask[at] === 0) continue;
      const inside =
        x > 0 &&
        x < width - 1 &&
        y > 0 &&
        y < height - 1 &&
        mask[at - 1] &&
        mask[at + 1] &&
        mask[at - width] &&
        mask[at + width];
      blend(data, at * 4, color, inside ? fill : 1);
    }
  }
}

/** Source over destination, neither premultiplied. */
function blend(data: Uint8ClampedArray, at: number, color: Rgb, alpha: number): void {
  const below = (data[at + 3] / 255) * (1 - alpha);
  const all = alpha + below;
  for (let c = 0; c < 3; c++) data[at + c] = (color[c] * alpha + data[at + c] * below) / all;
  data[at + 3] = all * 255;
}

/** For each pixel, what share of the lists of strokes marks it, 0..1. */
export function meanOfMasks(lists: readonly (readonly StrokeShape[])[], { width, height }: Grid): Float32Array {
  const mean = new Float32Array(width * height);
  for (const strokes of lists) {
    const mask = rasterise(strokes, width, height);
    for (let i = 0; i < mean.length; i++) mean[i] += mask[i] / lists.length;
  }
  return mean;
}

/** The colour map of all figures. */
const viridis = Plot.scale({ color: { type: "linear", scheme: "viridis", domain: [0, 1] } });
const mapColors: readonly Rgb[] = Array.from({ length: 256 }, (_, i) => {
  const hex = Number.parseInt(viridis.apply(i / 255).slice(1), 16);
  return [hex >> 16, (hex >> 8) & 255, hex & 255];
});

/** A map as a picture to be laid over its image: its greatest value becomes 1, and what nobody marked stays clear. */
export function paintMap(pixels: ImageData, map: Float32Array): void {
  const greatest = map.reduce((most, value) => Math.max(most, value), 0);
  if (greatest === 0) return;
  for (let i = 0; i < map.length; i++) {
    const value = map[i] / greatest;
    if (value === 0) continue;
    pixels.data.set(mapColors[Math.round(value * 255)], i * 4);
    pixels.data[i * 4 + 3] = 255 * (0.35 + 0.4 * value);
  }
}
