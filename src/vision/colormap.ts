/**
 * The colour map of every class activation map and human map in figures: viridis (van der Walt & Smith 2015, CC0), dark
 * violet for 0 to yellow for 1. Its lightness climbs evenly, so equal steps look equal, it survives printing in grey, and
 * it can be told apart with any common colour blindness.
 *
 * Every 17th of matplotlib's 256 colours is kept and the rest interpolated; no channel is then off by more than 7 of 255.
 */

/** Red, green and blue, whole numbers in 0 … 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** The colour of a map's value; values outside 0 … 1 take the colour of the nearer end. @throws RangeError on NaN */
export function mapColor(value: number): Rgb {
  if (Number.isNaN(value)) throw new RangeError("NaN has no colour");
  const place = Math.min(Math.max(value, 0), 1) * (anchors.length - 1);
  const below = Math.min(Math.floor(place), anchors.length - 2);
  const channel = (c: 0 | 1 | 2) =>
    Math.round(anchors[below][c] + (place - below) * (anchors[below + 1][c] - anchors[below][c]));
  return [channel(0), channel(1), channel(2)];
}

const anchors: readonly Rgb[] = [
  [68, 1, 84],
  [72, 26, 108],
  [71, 47, 125],
  [65, 68, 135],
  [57, 86, 140],
  [49, 104, 142],
  [42, 120, 142],
  [35, 136, 142],
  [31, 152, 139],
  [34, 168, 132],
  [53, 183, 121],
  [84, 197, 104],
  [122, 209, 81],
  [165, 219, 54],
  [210, 226, 27],
  [253, 231, 37],
];
