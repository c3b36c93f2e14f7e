/**
 * Images as 8-bit sRGB, whatever comes: grey, palette, alpha (laid on a background), CMYK, 16 bit (the upper 8 are
 * kept), other colour spaces by their ICC profile, EXIF-rotated (turned upright), several frames or pages (the first).
 */

import { InputError } from "../base/errors.ts";
import { explainDecodeError, firstBytes, type ImageSource, nameOf, openImage, readMetadata } from "./image-source.ts";

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
  if (isTiff(firstBytes(source, name))) await requireIntegers(source, name);
  try {
    const { data, info } = await openImage(source)
      .flatten({ background })
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`${name}: expected 3 channels, sharp gave ${info.channels}`);
    return { width: info.width, height: info.height, data };
  } catch (error) {
    throw await explainDecodeError(error, source, name);
  }
}

function isTiff([first, second, third, fourth]: Uint8Array): boolean {
  return (
    (first === 0x49 && second === 0x49 && (third === 0x2a || third === 0x2b) && fourth === 0) ||
    (first === 0x4d && second === 0x4d && third === 0 && (fourth === 0x2a || fourth === 0x2b))
  );
}

async function requireIntegers(source: ImageSource, name: string): Promise<void> {
  const { depth } = await readMetadata(source, name);
  if (depth === "uchar" || depth === "ushort") return;
  throw new InputError(`${name}: pixels of type ${depth}; an image must have 8 or 16 bits per channel`);
}
