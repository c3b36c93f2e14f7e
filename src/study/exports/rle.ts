/**
 * COCO's run-length encoding of masks, as its reference (cocoapi, `common/maskApi.c`) defines it: runs down the columns,
 * the first of pixels that are not marked; in the compressed form each run, from the fourth on less the one two before,
 * as characters of five bits from "0" on, the least first, with a bit that says whether more follow. Pure.
 */
import type { Size } from "../contract/geometry.ts";

/** COCO's `segmentation`. */
export interface Rle {
  /** Height, width. */
  size: [number, number];
  counts: string;
}

/** @param mask height × width, rows from the top, 0 where nothing is marked */
export function encodeRle(mask: Uint8Array, { width, height }: Size): Rle {
  const runs: number[] = [];
  let marked = false;
  let run = 0;
  for (let x = 0; x < width; x++) {
    for (let at = x; at < mask.length; at += width) {
      if ((mask[at] !== 0) !== marked) {
        runs.push(run);
        run = 0;
        marked = !marked;
      }
      run++;
    }
  }
  runs.push(run);
  return { size: [height, width], counts: compress(runs) };
}

function compress(runs: readonly number[]): string {
  let text = "";
  runs.forEach((run, i) => {
    let rest = i > 2 ? run - runs[i - 2] : run;
    for (let more = true; more; ) {
      let bits = rest & 0x1f;
      rest >>= 5;
      // The fifth bit is the sign of what is left.
      more = (bits & 0x10) === 0 ? rest !== 0 : rest !== -1;
      if (more) bits |= 0x20;
      text += String.fromCharCode(bits + 48);
    }
  });
  return text;
}

/** x, y, width and height of the least rectangle around what is marked, in pixels; all 0 when nothing is. */
export function boundingBox(mask: Uint8Array, { width, height }: Size): [number, number, number, number] {
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let y = 0; y < height; y++) {
    const first = mask.subarray(y * width, (y + 1) * width).indexOf(1);
    if (first < 0) continue;
    left = Math.min(left, first);
    right = Math.max(right, mask.subarray(y * width, (y + 1) * width).lastIndexOf(1));
    top = Math.min(top, y);
    bottom = y;
  }
  return right < 0 ? [0, 0, 0, 0] : [left, top, right - left + 1, bottom - top + 1];
}
