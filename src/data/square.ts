/** Images and maps as the network takes them: squeezed to a square, as the paper's code did, not cropped. */

import { readMap, requireSameAspect } from "../saliency/index.ts";
import { decodeImage } from "../vision/decode.ts";
import { imageHeader } from "../vision/image-source.ts";
import { resizePlane, resizeRgb } from "../vision/resize.ts";

interface Square {
  pixels: Uint8Array;
  /** Bytes that the image took before it was resized. */
  memory: number;
}

/**
 * @param size side of the square, in pixels
 * @returns pixels size × size × 3
 * @throws InputError naming the file when it cannot be read
 */
export async function squareImage(path: string, size: number): Promise<Square> {
  const image = await decodeImage(path);
  return { pixels: resizeRgb(image, size, size).data, memory: image.data.byteLength };
}

/**
 * A saliency map, its least value at 0 and its greatest at 255 before it is resized.
 * @returns pixels size × size; all 0 when the map is blank (of one value everywhere)
 * @throws InputError when the map cannot be read, is no map, or has another aspect ratio than its image
 */
export async function squareMap(path: string, imagePath: string, size: number): Promise<Square & { blank: boolean }> {
  const [map, image] = await Promise.all([readMap(path), imageHeader(imagePath)]);
  requireSameAspect(map, path, image, imagePath);
  const memory = map.values.byteLength;
  if (map.blank) return { pixels: new Uint8Array(size * size), memory, blank: true };
  const { width, height } = map;
  const pixels = resizePlane({ width, height, values: map.values.map((value) => value * 255) }, size, size);
  return { pixels, memory, blank: false };
}
