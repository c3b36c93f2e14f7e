/** The centre bias: people look at, and photographers point at, the middle. One map for all images, a control. Pure. */
import type { Size } from "../scan-lines.ts";

/**
 * A round Gaussian about the image's middle.
 * @param sigma standard deviation in both directions as a share of the width, above 0
 * @returns height × width, 255 in the middle, rows from the top
 */
export function centreMap({ width, height }: Size, sigma: number): Uint8Array {
  const deviation = sigma * width;
  const profile = (length: number) =>
    Float64Array.from({ length }, (_, i) => Math.exp(-0.5 * ((i + 0.5 - length / 2) / deviation) ** 2));
  const [across, down] = [profile(width), profile(height)];
  // A side of an even number of pixels has no pixel in the middle: the greatest value is stretched to white.
  const scale = 255 / (across[width >> 1] * down[height >> 1]);
  const map = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) map[y * width + x] = Math.round(scale * down[y] * across[x]);
  }
  return map;
}
