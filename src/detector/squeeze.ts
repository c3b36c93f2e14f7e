/**
 * An image squeezed to the square that the network sees, by the model's own filter: a triangle that widens when shrinking
 * (ONNX's antialiased `linear`, Pillow's BILINEAR), rounded to 8 bits, halves to even. The model's Resize then finds
 * nothing left to do. So images of all sizes run in one batch, and a large one never lies in memory as floats, where a
 * hundred megapixels would take gigabytes. Pure: no Node, no DOM.
 */
import type { RgbImage } from "../vision/decode.ts";

/** @param size side of the square, in pixels */
export function squeeze(image: RgbImage, size: number): RgbImage {
  return resize(image, size, size);
}

/** The image at another size, in pixels. Its aspect ratio may change. */
export function resize({ width, height, data }: RgbImage, toWidth: number, toHeight: number): RgbImage {
  if (width === toWidth && height === toHeight) return { width, height, data };
  const columns = filterTaps(width, toWidth);
  const rows = filterTaps(height, toHeight);
  const out = new Uint8Array(toWidth * toHeight * 3);
  const row = new Float32Array(width * 3);
  for (let y = 0; y < toHeight; y++) {
    blendRows(row, data, rows, y);
    for (let x = 0; x < toWidth; x++) {
      const weights = columns.weights[x];
      let at = columns.first[x] * 3;
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let tap = 0; tap < weights.length; tap++, at += 3) {
        const weight = weights[tap];
        red += weight * row[at];
        green += weight * row[at + 1];
        blue += weight * row[at + 2];
      }
      const to = (y * toWidth + x) * 3;
      out[to] = roundHalfToEven(red);
      out[to + 1] = roundHalfToEven(green);
      out[to + 2] = roundHalfToEven(blue);
    }
  }
  return { width: toWidth, height: toHeight, data: out };
}

interface Taps {
  /** For each place of the result, the first place of the input that counts. */
  first: Int32Array;
  /** Of it and those behind it; they sum to 1. */
  weights: Float64Array[];
}

function filterTaps(from: number, to: number): Taps {
  const scale = from / to;
  const reach = Math.max(scale, 1);
  const first = new Int32Array(to);
  const weights = Array.from({ length: to }, (_, place) => {
    const centre = (place + 0.5) * scale;
    const begin = Math.max(0, Math.floor(centre - reach + 0.5));
    const end = Math.min(from, Math.floor(centre + reach + 0.5));
    first[place] = begin;
    const taps = Float64Array.from({ length: end - begin }, (_, tap) =>
      Math.max(0, 1 - Math.abs(begin + tap + 0.5 - centre) / reach),
    );
    const sum = taps.reduce((a, b) => a + b, 0);
    return taps.map((tap) => tap / sum);
  });
  return { first, weights };
}

/** `row` becomes the weighted sum of the input's rows for row `y` of the result. In pairs, for half the passes over it. */
function blendRows(row: Float32Array, data: Uint8Array, { first, weights }: Taps, y: number): void {
  const taps = weights[y];
  const length = row.length;
  row.fill(0);
  for (let tap = 0; tap < taps.length; tap += 2) {
    const start = (first[y] + tap) * length;
    const next = tap + 1 < taps.length ? start + length : start;
    const [weight, nextWeight] = [taps[tap], tap + 1 < taps.length ? taps[tap + 1] : 0];
    for (let at = 0; at < length; at++) row[at] += weight * data[start + at] + nextWeight * data[next + at];
  }
}

function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest === 0.5) return below + (below & 1);
  return rest > 0.5 ? below + 1 : below;
}
