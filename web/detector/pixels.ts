/** The pixels of a part of an image file, decoded by the browser: upright, sRGB, transparency laid on white. */
import type { RgbImage } from "../../src/vision/decode.ts";
import type { Crop } from "./crop.ts";

/** Side of the squares in which pixels are read: no browser's canvas is too small for it, whatever the image's size. */
const tile = 2048;

/** @throws Error in plain words when the browser cannot decode the file or has not the memory */
export async function readPixels(file: Blob, crop: Crop): Promise<RgbImage> {
  const bitmap = await decode(file);
  try {
    return read(bitmap, crop);
  } finally {
    bitmap.close();
  }
}

async function decode(file: Blob): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    throw new Error(
      "The browser cannot decode this image: the file is damaged, of a kind it does not know, or too large for this device’s memory.",
    );
  }
}

function read(bitmap: ImageBitmap, { left, top, width, height }: Crop): RgbImage {
  const data = new Uint8Array(width * height * 3);
  const canvas = new OffscreenCanvas(Math.min(tile, width), Math.min(tile, height));
  const context = canvas.getContext("2d", { colorSpace: "srgb", willReadFrequently: true })!;
  context.fillStyle = "#fff";
  for (let y = 0; y < height; y += tile) {
    for (let x = 0; x < width; x += tile) {
      context.fillRect(0, 0, canvas.width, canvas.height);
      context.drawImage(bitmap, -(left + x), -(top + y));
      const columns = Math.min(tile, width - x);
      const rows = Math.min(tile, height - y);
      const rgba = context.getImageData(0, 0, columns, rows).data;
      for (let row = 0; row < rows; row++) {
        let from = row * columns * 4;
        let to = ((y + row) * width + x) * 3;
        for (let column = 0; column < columns; column++, from += 4) {
          data[to++] = rgba[from];
          data[to++] = rgba[from + 1];
          data[to++] = rgba[from + 2];
        }
      }
    }
  }
  return { width, height, data };
}
