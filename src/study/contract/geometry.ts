/**
 * From strokes to pixels: what a participant has marked, as browser and server both reckon it. Pure, and exact to the
 * pixel: the same strokes give the same mask everywhere, since nothing is used that engines round differently (no
 * `Math.hypot`, no canvas).
 *
 * A stroke becomes, along each row of pixels, changes of a winding number (scan-lines.ts): a piece of a brush's path adds
 * 1 where it begins and takes 1 where it ends, an edge of a lasso adds or takes 1 by its direction. Summed from the left,
 * what is not zero is inside. So a self-crossing lasso is filled by the non-zero rule (a loop drawn twice around stays
 * full, an eight fills both its bellies; a hole is made with the eraser), and a stroke costs its rows, not its pixels.
 */
import { addPolygon, emptyWinding, fill, type Size, touch, type Winding } from "../../saliency/scan-lines.ts";
import type { MarkingRule } from "./api.ts";
import type { Stroke } from "./strokes.ts";

export type { Size };

/** What of a stroke matters to its shape. */
export type StrokeShape = Pick<Stroke, "tool" | "radius" | "points">;

/** Regions with a smaller share of the image do not count: crumbs that an eraser left. */
export const speckShare = 0.0002;

/** The longest side, in pixels, of the grid on which requirements are checked. */
export const requirementGridSide = 256;

/**
 * The mask of what is marked after all strokes, applied in their order.
 *
 * Brush and eraser are the union of the discs along their polyline, border included (a canvas's line with round caps
 * and joins); their radius is `radius × width` pixels in both directions. A lasso is closed from its last point to its
 * first; a pixel centre exactly on its border belongs to it on the left and upper sides only, and one of fewer than
 * three points, or without an inside, marks nothing. What lies outside of the image is cut off.
 * @param strokes as `strokesSchema` allows them: coordinates are not checked again
 * @param width pixels, at least 1; as is `height`
 * @returns height × width, rows from the top, 1 where the pixel's centre is marked, else 0
 */
export function rasterise(strokes: readonly StrokeShape[], width: number, height: number): Uint8Array {
  const mask = new Uint8Array(width * height);
  const winding = emptyWinding({ width, height });
  for (const { tool, radius, points } of strokes) {
    if (tool === "lasso") addPolygon(winding, points, [width, height]);
    else addPath(winding, points, radius * width);
    fill(winding, mask, tool === "eraser" ? 0 : 1);
  }
  return mask;
}

/** The discs of `radius` pixels along a polyline. */
function addPath(winding: Winding, points: StrokeShape["points"], radius: number): void {
  const { width, height } = winding;
  let [x, y] = [points[0][0] * width, points[0][1] * height];
  if (points.length === 1) addCapsule(winding, x, y, x, y, radius);
  for (let i = 1; i < points.length; i++) {
    const [nextX, nextY] = [points[i][0] * width, points[i][1] * height];
    addCapsule(winding, x, y, nextX, nextY, radius);
    x = nextX;
    y = nextY;
  }
}

/**
 * All within `radius` of the segment from a to b. Its outline is two arcs and two sides, so a row's span reaches from
 * the least to the greatest of the places where the row meets the two discs and the two sides.
 */
function addCapsule(winding: Winding, ax: number, ay: number, bx: number, by: number, radius: number): void {
  const { width, height, changes } = winding;
  const [top, bottom] = rowsBetween(Math.min(ay, by) - radius, Math.max(ay, by) + radius, height);
  if (top > bottom) return;
  const [dx, dy] = [bx - ax, by - ay];
  const length = Math.sqrt(dx * dx + dy * dy);
  // From the segment to one of its sides; the other lies opposite. A level segment's sides meet no row that its discs
  // do not meet further out.
  const [sideX, sideY] = length === 0 ? [0, 0] : [(-dy / length) * radius, (dx / length) * radius];
  for (let row = top; row <= bottom; row++) {
    const y = row + 0.5;
    let least = Number.POSITIVE_INFINITY;
    let greatest = Number.NEGATIVE_INFINITY;
    const halfA = radius * radius - (y - ay) * (y - ay);
    if (halfA >= 0) {
      const half = Math.sqrt(halfA);
      least = ax - half;
      greatest = ax + half;
    }
    const halfB = radius * radius - (y - by) * (y - by);
    if (halfB >= 0) {
      const half = Math.sqrt(halfB);
      least = Math.min(least, bx - half);
      greatest = Math.max(greatest, bx + half);
    }
    if (dy !== 0) {
      const along = (y - ay - sideY) / dy;
      if (along >= 0 && along <= 1) {
        const x = ax + sideX + along * dx;
        least = Math.min(least, x);
        greatest = Math.max(greatest, x);
      }
      const opposite = (y - ay + sideY) / dy;
      if (opposite >= 0 && opposite <= 1) {
        const x = ax - sideX + opposite * dx;
        least = Math.min(least, x);
        greatest = Math.max(greatest, x);
      }
    }
    // Pixels whose centre lies in least..greatest.
    const first = Math.max(0, Math.ceil(least - 0.5));
    const last = Math.min(width - 1, Math.floor(greatest - 0.5));
    if (first > last) continue;
    changes[row * (width + 1) + first]++;
    changes[row * (width + 1) + last + 1]--;
  }
  touch(winding, top, bottom);
}

/** The first and last row whose centres lie in top..bottom, within the image. */
function rowsBetween(top: number, bottom: number, height: number): [number, number] {
  return [Math.max(0, Math.ceil(top - 0.5)), Math.min(height - 1, Math.floor(bottom - 0.5))];
}

/** The marked share of the image, 0..1. */
export function markedArea(mask: Uint8Array): number {
  let marked = 0;
  for (let i = 0; i < mask.length; i++) marked += mask[i];
  return mask.length === 0 ? 0 : marked / mask.length;
}

/**
 * How many separate regions a mask has: connected by sides or corners (8-neighbourhood).
 * @param leastShare regions with a smaller share of the image are not counted
 */
export function regionCount(mask: Uint8Array, width: number, height: number, leastShare = speckShare): number {
  // Runs of marked pixels row by row; a run belongs with those of the row above that it touches. `parent` leads from
  // each run to the first one of its region, which knows the region's pixels.
  const begins: number[] = [];
  const ends: number[] = [];
  const parent: number[] = [];
  const pixels: number[] = [];
  const rootOf = (run: number) => {
    let root = run;
    while (parent[root] !== root) root = parent[root] = parent[parent[root]];
    return root;
  };
  let above = 0;
  for (let row = 0; row < height; row++) {
    const aboveEnd = begins.length;
    const end = (row + 1) * width;
    for (let at = row * width; at < end; at++) {
      if (mask[at] === 0) continue;
      const begin = at;
      while (at < end && mask[at] !== 0) at++;
      const run = begins.length;
      begins.push(begin);
      ends.push(at);
      parent.push(run);
      pixels.push(at - begin);
      // Runs above that end before this one begins, corners included, touch none that follows either.
      while (above < aboveEnd && ends[above] + width < begin) above++;
      for (let other = above; other < aboveEnd && begins[other] + width <= at; other++) {
        const [mine, its] = [rootOf(run), rootOf(other)];
        if (mine === its) continue;
        parent[mine] = its;
        pixels[its] += pixels[mine];
      }
    }
    above = aboveEnd;
  }
  let regions = 0;
  for (let run = 0; run < parent.length; run++) {
    if (parent[run] === run && pixels[run] >= leastShare * width * height) regions++;
  }
  return regions;
}

export interface UnmetRequirement {
  /** What is marked: share of the image, 0..1, and separate regions. */
  area: number;
  regions: number;
  /** What is too little. */
  lacking: ("area" | "regions")[];
}

/**
 * Whether an image that is to be marked is marked enough. Reckoned on a grid of at most 256 pixels on the longest side,
 * so it takes a millisecond and says the same in the browser and on the server, whatever the size on the screen.
 * @param size of the image, pixels; only its shape counts from 256 pixels on
 * @returns undefined when the rule is met; there is always at least one region to be marked
 */
export function unmetRequirement(
  strokes: readonly StrokeShape[],
  size: Size,
  rule: Pick<MarkingRule, "leastArea" | "leastRegions">,
): UnmetRequirement | undefined {
  const { width, height } = requirementGrid(size);
  const mask = rasterise(strokes, width, height);
  const area = markedArea(mask);
  const regions = regionCount(mask, width, height);
  const lacking: UnmetRequirement["lacking"] = [];
  if (area < rule.leastArea) lacking.push("area");
  if (regions < rule.leastRegions) lacking.push("regions");
  return lacking.length === 0 ? undefined : { area, regions, lacking };
}

/** The grid on which an image's marks are checked: its shape, reduced to at most 256 pixels on the longest side. */
export function requirementGrid({ width, height }: Size): Size {
  const scale = Math.min(1, requirementGridSide / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
