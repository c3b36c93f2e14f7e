/** Whether a file can be judged, and its size in pixels, before anything large is decoded. */
import type { Size } from "./crop.ts";

/** As `oversight score` takes at most. */
const mostPixels = 100e6;

/**
 * @param url of the file, which the page keeps to show it
 * @returns the size of the upright image
 * @throws Error in plain words
 */
export async function openImage(file: Blob, url: string): Promise<Size> {
  if (file.size === 0) throw new Error("The file is empty.");
  if (file.type.includes("svg")) throw new Error("This is a drawing (SVG): it has no pixels to judge.");
  const { naturalWidth: width, naturalHeight: height } = await readHeader(url);
  if (width * height > mostPixels) {
    const megapixels = Math.round((width * height) / 1e6);
    throw new Error(`The image has ${megapixels} megapixels; 100 are the most that can be judged. Make it smaller.`);
  }
  return { width, height };
}

/** An element loads the file and knows its size; it decodes only when it is to be painted. */
function readHeader(url: string): Promise<HTMLImageElement> {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => reject(new Error("This is not an image that the browser can read."));
    image.src = url;
  });
}
