/** Whether a map can lie on its image: it is stretched to the network's input as the image is, so shapes must agree. */
import { InputError } from "../base/errors.ts";

interface Size {
  /** Pixels. */
  width: number;
  height: number;
}

/** How far the aspect ratios may differ: small maps round their sides to whole pixels. */
const tolerance = 0.02;

/** @throws InputError naming both files and sizes when the ratios width : height differ by more than 2 % */
export function requireSameAspect(map: Size, mapPath: string, image: Size, imagePath: string): void {
  if (hasSameAspect(map, image)) return;
  throw new InputError(
    `${mapPath}: the map has ${map.width} × ${map.height} pixels and another aspect ratio than its image ${imagePath} with ${image.width} × ${image.height}`,
  );
}

/** Whether the ratios width : height differ by at most 2 %. */
export function hasSameAspect(map: Size, image: Size): boolean {
  const ratio = (map.width * image.height) / (map.height * image.width);
  return Math.max(ratio, 1 / ratio) <= 1 + tolerance;
}
