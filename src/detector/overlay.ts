/** The map of where the evidence is, in the project's map colours, laid over the image. Pure: no Node, no DOM. */
import { mapColor } from "../vision/colormap.ts";
import type { RgbImage } from "../vision/decode.ts";
import type { Cam } from "./detector.ts";

/** How much of the map's colour shows; the rest is the image. */
export const defaultOpacity = 0.45;

/** Colours of the map's values, computed once: 256 steps, which no eye tells from more. */
const colours = Array.from({ length: 256 }, (_, step) => mapColor(step / 255));

/**
 * @param opacity of the map, 0..1
 * @returns an image of the same size, the map enlarged to it bilinearly
 */
export function overlayPixels({ width, height, data }: RgbImage, cam: Cam, opacity = defaultOpacity): RgbImage {
  const out = new Uint8Array(data.length);
  const columns = Array.from({ length: width }, (_, x) => between(x, width, cam.width));
  for (let y = 0; y < height; y++) {
    const row = between(y, height, cam.height);
    for (let x = 0; x < width; x++) {
      const column = columns[x];
      const value = (cellRow: number) =>
        mix(
          cam.values[cellRow * cam.width + column.below],
          cam.values[cellRow * cam.width + column.above],
          column.share,
        );
      const colour = colours[Math.round(255 * mix(value(row.below), value(row.above), row.share))];
      const at = (y * width + x) * 3;
      for (let c = 0; c < 3; c++) out[at + c] = Math.round(mix(data[at + c], colour[c], opacity));
    }
  }
  return { width, height, data: out };
}

const mix = (a: number, b: number, share: number) => a + (b - a) * share;

/** The cells whose centres lie around a pixel's centre, and how far it is on the way to the second. */
function between(pixel: number, pixels: number, cells: number): { below: number; above: number; share: number } {
  const place = Math.min(Math.max(((pixel + 0.5) * cells) / pixels - 0.5, 0), cells - 1);
  const below = Math.floor(place);
  return { below, above: Math.min(below + 1, cells - 1), share: place - below };
}
