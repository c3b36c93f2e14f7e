/** Masks of a region of a face: from label images, one a part, or from landmarks. Pure. */
import { addPolygon, emptyWinding, fill, type Size } from "../scan-lines.ts";
import { convexHull, type Point } from "./convex-hull.ts";
import { type FaceRegion, labelsOfRegion, landmarksOfRegion, pointsOfPart } from "./face-regions.ts";

/**
 * @param parts masks by the part's name, all of one length, 1 where a pixel is of the part; a part that is absent (closed
 *   eyes, no glasses) is not in the image
 * @param pixels of a mask
 * @returns 1 where a pixel is of the region, else 0
 */
export function maskFromLabels(parts: ReadonlyMap<string, Uint8Array>, region: FaceRegion, pixels: number): Uint8Array {
  const { of, without } = labelsOfRegion[region];
  const mask = new Uint8Array(pixels);
  const paint = (names: readonly string[], value: 0 | 1) => {
    for (const name of names) {
      const part = parts.get(name);
      if (part === undefined) continue;
      for (let i = 0; i < pixels; i++) if (part[i] !== 0) mask[i] = value;
    }
  };
  paint(of, 1);
  paint(without, 0);
  return mask;
}

/**
 * The convex hulls of the region's parts, cut off at the image's border.
 * @param landmarks all 68, in pixels from the upper left corner; they may lie outside of the image
 * @returns height × width, 1 where a pixel's centre is of the region, else 0
 */
export function maskFromLandmarks(landmarks: readonly Point[], region: FaceRegion, size: Size): Uint8Array {
  const { of, without } = landmarksOfRegion[region];
  const mask = new Uint8Array(size.width * size.height);
  const winding = emptyWinding(size);
  const paint = (parts: typeof of, value: 0 | 1) => {
    for (const part of parts) addPolygon(winding, convexHull(pointsOfPart(landmarks, part)), [1, 1]);
    // All hulls turn the same way, so where two overlap they do not cancel.
    fill(winding, mask, value);
  };
  paint(of, 1);
  paint(without, 0);
  return mask;
}
