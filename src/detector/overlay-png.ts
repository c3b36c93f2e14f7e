/** The overlay as a PNG file's bytes. */
import sharp from "sharp";
import type { RgbImage } from "../vision/decode.ts";
import type { Cam } from "./detector.ts";
import { overlayPixels } from "./overlay.ts";
import { resize } from "./squeeze.ts";

/** Larger images are shrunk to it, pixels: the map itself has a few dozen cells. */
const longestSide = 1024;

export function overlayPng(image: RgbImage, cam: Cam): Promise<Buffer> {
  const scale = Math.min(1, longestSide / Math.max(image.width, image.height));
  const side = (pixels: number) => Math.max(1, Math.round(pixels * scale));
  const { width, height, data } = overlayPixels(resize(image, side(image.width), side(image.height)), cam);
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}
