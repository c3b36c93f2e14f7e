/**
 * Images as 8-bit sRGB, whatever comes: grey, palette, alpha (laid on a background), CMYK, 16 bit (the upper 8 are
 * kept), other colour spaces by their ICC profile, EXIF-rotated (turned upright), several frames or pages (the first).
 */

import { InputError } from "../base/errors.ts";
import {
  explainDecodeError,
  type ImageSource,
  isTiff,
  nameOf,
  openImage,
  readImage,
  readMetadata,
} from "./image-source.ts";

export interface RgbImage {
  /** Pixels. */
  width: number;
  height: number;
  /** height × width × 3: rows from the top, red, green, blue side by side. */
  data: Uint8Array;
}

export interface DecodeOptions {
  /** The colour behind transparent pixels, as CSS writes it; white without it, as a page would show them. */
  background?: string;
  /** What errors call the image; its path without it. */
  name?: string;
}

/**
 * Decodes the whole image on one of libuv's threads.
 * @throws InputError naming the file when it is missing, a folder, empty, not an image, truncated or damaged, has more
 * than 100 megapixels, or holds floating-point values (which have no agreed black and white)
 */
export async function decodeImage(source: ImageSource, options: DecodeOptions = {}): Promise<RgbImage> {
  const { background = "#ffffff", name = nameOf(source) } = options;
  const content = readImage(source, name);
  if (isTiff(content)) await requireIntegers(content, name);
  try {
    const { data, info } = await openImage(content)
      .flatten({ background })
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`${name}: expected 3 channels, sharp gave ${info.channels}`);
    return { width: info.width, height: info.height, data };
  } catch (error) {
    throw await explainDecodeError(error, content, name);
  }
}

async function requireIntegers(content: Uint8Array, name: string): Promise<void> {
  const { depth } = await readMetadata(content, name);
  if (depth === "uchar" || depth === "ushort") return;
  throw new InputError(`${name}: pixels of type ${depth}; an image must have 8 or 16 bits per channel`);
}
