/** The contact sheet of the demonstration: what a person should look at before believing any number. */
import sharp from "sharp";
import { annotators } from "./annotators.ts";
import { type Generator, TRAINING_GENERATORS, UNSEEN_GENERATORS } from "./generators.ts";
import { type ImageName, makeImage, makeMap } from "./image.ts";

/** Images in a row of the sheet. */
const COLUMNS = 10;

/**
 * A PNG with two rows for real faces and for each generator, the training ones first: images as they appear in
 * training (or, for unseen generators, in their test set), and below them the human maps; a grey field where an image
 * has no map. Unseen generators' maps are drawn for the sheet only: no manifest lists them.
 */
export async function demoContactSheet(seed: number, size: number): Promise<Buffer> {
  const pool = annotators(seed);
  const rows = [undefined, ...TRAINING_GENERATORS, ...UNSEEN_GENERATORS].flatMap((generator) => {
    const names = Array.from({ length: COLUMNS }, (_, index) => nameOnSheet(seed, generator, index));
    const images = names.map((name) => makeImage(name, size));
    const maps = names.map((name, i) => makeMap(name, images[i], pool, size) ?? new Uint8Array(size * size).fill(128));
    return [images.map((image) => image.pixels), maps.map(greyToRgb)];
  });
  return tile(rows, size);
}

function nameOnSheet(seed: number, generator: Generator | undefined, index: number): ImageName {
  return { seed, set: "contact sheet", index, generator, collected: !generator || generator.accident !== undefined };
}

function greyToRgb(grey: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: grey.length * 3 }, (_, i) => grey[Math.floor(i / 3)]);
}

/** Rows of 8-bit RGB images of `size` × `size` on one white sheet, twice as large, as a PNG. */
async function tile(rows: readonly (readonly Uint8Array[])[], size: number): Promise<Buffer> {
  const gap = 2;
  const step = size + gap;
  const [width, height] = [COLUMNS * step + gap, rows.length * step + gap];
  const sheet = new Uint8Array(width * height * 3).fill(255);
  rows.forEach((row, r) => {
    row.forEach((image, c) => {
      for (let y = 0; y < size; y++) {
        const line = image.subarray(y * size * 3, (y + 1) * size * 3);
        sheet.set(line, ((r * step + gap + y) * width + c * step + gap) * 3);
      }
    });
  });
  return sharp(sheet, { raw: { width, height, channels: 3 } })
    .resize(width * 2, height * 2, { kernel: "nearest" })
    .png()
    .toBuffer();
}
