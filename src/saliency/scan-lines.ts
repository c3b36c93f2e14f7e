/**
 * Filled outlines as pixels, exact to the pixel: the same points give the same mask in every engine. Pure, and used in
 * the browser as well: no Node, no DOM.
 *
 * An outline becomes, along each row of pixels, changes of a winding number: an edge adds or takes 1 by its direction.
 * Summed from the left, what is not zero is inside (the non-zero rule).
 */

/** Pixels. */
export interface Size {
  width: number;
  height: number;
}

export interface Winding extends Size {
  /**
   * height × (width + 1): how the winding number changes from the pixel before; one column more than there are pixels,
   * where a span that reaches the right border ends. All 0 after `fill`.
   */
  changes: Int32Array;
  /** Rows that hold changes; the last before the first when none does. */
  firstRow: number;
  lastRow: number;
}

/** @param size whole pixels, at least 1 */
export function emptyWinding({ width, height }: Size): Winding {
  return { width, height, changes: new Int32Array((width + 1) * height), firstRow: height, lastRow: -1 };
}

/** Writes `value` where the winding number is not 0, and clears the changes. @param mask height × width */
export function fill(winding: Winding, mask: Uint8Array, value: 0 | 1): void {
  const { width, height, changes, firstRow, lastRow } = winding;
  for (let row = firstRow; row <= lastRow; row++) {
    const start = row * (width + 1);
    let sum = 0;
    for (let x = 0, at = row * width; x < width; x++, at++) {
      sum += changes[start + x];
      if (sum !== 0) mask[at] = value;
    }
    changes.fill(0, start, start + width + 1);
  }
  winding.firstRow = height;
  winding.lastRow = -1;
}

/**
 * The inside of the closed outline; a pixel centre exactly on it belongs to it on the left and upper sides only.
 * @param points x and y (what else they hold is ignored), closed from the last to the first
 * @param scale pixels of one unit of x and of y
 */
export function addPolygon(
  winding: Winding,
  points: readonly (readonly [number, number, ...number[]])[],
  scale: readonly [number, number],
): void {
  const { width, height, changes } = winding;
  for (let i = 0; i < points.length; i++) {
    const [from, to] = [points[i], points[(i + 1) % points.length]];
    const direction = from[1] < to[1] ? 1 : -1;
    // Always reckoned from the upper end, so that an edge and its way back cancel to the pixel.
    const [upper, lower] = direction === 1 ? [from, to] : [to, from];
    const [upperX, upperY] = [upper[0] * scale[0], upper[1] * scale[1]];
    const [lowerX, lowerY] = [lower[0] * scale[0], lower[1] * scale[1]];
    // Half-open, so that an outline through a pixel centre's row is met once where two edges join.
    const top = Math.max(0, Math.ceil(upperY - 0.5));
    const bottom = Math.min(height, Math.ceil(lowerY - 0.5)) - 1;
    if (top > bottom) continue;
    const slope = (lowerX - upperX) / (lowerY - upperY);
    for (let row = top; row <= bottom; row++) {
      const x = upperX + (row + 0.5 - upperY) * slope;
      const first = Math.min(width, Math.max(0, Math.ceil(x - 0.5)));
      changes[row * (width + 1) + first] += direction;
    }
    touch(winding, top, bottom);
  }
}

/** Says that the rows from `top` to `bottom` may hold changes. */
export function touch(winding: Winding, top: number, bottom: number): void {
  winding.firstRow = Math.min(winding.firstRow, top);
  winding.lastRow = Math.max(winding.lastRow, bottom);
}
