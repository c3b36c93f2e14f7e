/**
 * The manners in which generators spoil a part of a face: operations on the pixels inside a region, fading out at its
 * edge. They resemble what is seen in generated faces: melted outlines, stray colours, doubled contours, the grids that
 * upsampling leaves. Lengths are in 64ths of the image's width.
 */
import type { RandomStream } from "../base/random.ts";
import { between, sign } from "./chance.ts";
import type { Region } from "./parts.ts";
import type { Canvas } from "./raster.ts";

/** Spoils the canvas inside the region; `severity` 1 is ordinary, 0 would leave it as it is. */
export type Manner = (canvas: Canvas, region: Region, severity: number, random: RandomStream) => void;

/** Outlines run in waves. */
const melted: Manner = (canvas, region, severity, random) => {
  const height = between(random, 2, 3) * severity;
  const frequency = between(random, 1, 1.5);
  const phase = between(random, 0, 2 * Math.PI);
  move(canvas, region, (x, y) => [x, y + height * Math.sin(x * frequency + phase)]);
};

/** A hue of its own lies over the part. */
const discoloured: Manner = (canvas, region, severity, random) => {
  const hue = between(random, 0, 2 * Math.PI);
  const shift = [0, 1, 2].map((c) => 32 * severity * Math.cos(hue + (c * 2 * Math.PI) / 3));
  within(canvas, region, (_x, _y, at, weight) => {
    for (let c = 0; c < 3; c++) canvas.pixels[at + c] += weight * shift[c];
  });
};

/** The part is seen twice, one time beside the other. */
const doubled: Manner = (canvas, region, severity, random) => {
  const direction = between(random, 0, 2 * Math.PI);
  const distance = between(random, 3, 4.5);
  const [dx, dy] = [distance * Math.cos(direction), distance * Math.sin(direction)];
  move(canvas, region, (x, y) => [x + dx, y + dy], Math.min(0.8, 0.5 * severity));
};

/** Coarse dark grain. */
const speckled: Manner = (canvas, region, severity, random) => {
  const depth = between(random, 0.4, 0.6) * severity;
  darken(canvas, region, () => depth * random.uniform());
};

/** Fine parallel waves of shade. */
const rippled: Manner = (canvas, region, severity, random) => {
  const depth = between(random, 0.25, 0.4) * severity;
  const direction = between(random, 0, Math.PI);
  const phase = between(random, 0, 2 * Math.PI);
  const frequency = (2 * Math.PI) / 3.2;
  const [fx, fy] = [Math.cos(direction) * frequency, Math.sin(direction) * frequency];
  darken(canvas, region, (x, y) => depth * (0.5 + 0.5 * Math.sin(x * fx + y * fy + phase)));
};

/** A chequered grid of shade. */
const chequered: Manner = (canvas, region, severity, random) => {
  const depth = between(random, 0.2, 0.32) * severity;
  darken(canvas, region, (x, y) => depth * ((Math.floor(x / 2) + Math.floor(y / 2)) % 2));
};

/** Coarse squares of one colour. */
const blocky: Manner = (canvas, region, severity, random) => {
  const side = between(random, 2.6, 3.4) * severity;
  move(canvas, region, (x, y) => [(Math.floor(x / side) + 0.5) * side, (Math.floor(y / side) + 0.5) * side]);
};

/** Rows slide to the left and to the right in turn. */
const combed: Manner = (canvas, region, severity, random) => {
  const slide = between(random, 2, 3) * severity;
  move(canvas, region, (x, y) => [x + (Math.floor(y / 2) % 2 ? slide : -slide), y]);
};

/** The part is twisted about its middle. */
const twisted: Manner = (canvas, region, severity, random) => {
  const most = between(random, 1.2, 1.8) * severity * sign(random);
  const { x: cx, y: cy, rx, ry } = region;
  move(canvas, region, (x, y) => {
    const [dx, dy] = [x - 64 * cx, y - 64 * cy];
    const turn = most * Math.max(0, 1 - Math.hypot(dx / (64 * rx), dy / (64 * ry)));
    const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
    return [64 * cx + dx * cos - dy * sin, 64 * cy + dx * sin + dy * cos];
  });
};

/** The part fades towards its own mean colour. */
const washedOut: Manner = (canvas, region, severity) => {
  const mean = [0, 0, 0];
  let total = 0;
  within(canvas, region, (_x, _y, at, weight) => {
    total += weight;
    for (let c = 0; c < 3; c++) mean[c] += weight * canvas.pixels[at + c];
  });
  const share = Math.min(0.9, 0.7 * severity);
  within(canvas, region, (_x, _y, at, weight) => {
    for (let c = 0; c < 3; c++) canvas.pixels[at + c] += weight * share * (mean[c] / total - canvas.pixels[at + c]);
  });
};

export const MANNERS = {
  melted,
  discoloured,
  doubled,
  speckled,
  rippled,
  chequered,
  blocky,
  combed,
  twisted,
  "washed out": washedOut,
} as const;
export type MannerName = keyof typeof MANNERS;

/** Visits the pixels of the region: their middle in 64ths, where their colour begins, and a weight that fades to 0. */
function within(
  { size }: Canvas,
  { x, y, rx, ry }: Region,
  visit: (x: number, y: number, at: number, weight: number) => void,
): void {
  const reach = 1.15;
  const first = (centre: number, radius: number) => Math.max(0, Math.floor((centre - reach * radius) * size));
  const last = (centre: number, radius: number) => Math.min(size, Math.ceil((centre + reach * radius) * size));
  for (let row = first(y, ry); row < last(y, ry); row++) {
    for (let column = first(x, rx); column < last(x, rx); column++) {
      const [px, py] = [(column + 0.5) / size, (row + 0.5) / size];
      const weight = Math.min(1, (reach - Math.hypot((px - x) / rx, (py - y) / ry)) / 0.3);
      if (weight > 0) visit(px * 64, py * 64, (row * size + column) * 3, weight);
    }
  }
}

/** Takes a share of the light away: neither the brightest nor the darkest spot of a picture tells of it. */
function darken(canvas: Canvas, region: Region, share: (x: number, y: number) => number): void {
  within(canvas, region, (x, y, at, weight) => {
    const factor = 1 - weight * share(x, y);
    for (let c = 0; c < 3; c++) canvas.pixels[at + c] *= factor;
  });
}

/** Shows at each place what was at `from` (bilinear), mixed into what is there by `share`. */
function move(canvas: Canvas, region: Region, from: (x: number, y: number) => [number, number], share = 1): void {
  const { size, pixels } = canvas;
  const before = pixels.slice();
  const inside = (position: number) => Math.max(0, Math.min(size - 1.001, (position / 64) * size - 0.5));
  within(canvas, region, (x, y, at, weight) => {
    const [u, v] = from(x, y).map(inside);
    const [left, top] = [Math.floor(u), Math.floor(v)];
    const [fx, fy] = [u - left, v - top];
    const corner = (top * size + left) * 3;
    for (let c = 0; c < 3; c++) {
      const i = corner + c;
      const upper = before[i] * (1 - fx) + before[i + 3] * fx;
      const lower = before[i + size * 3] * (1 - fx) + before[i + size * 3 + 3] * fx;
      pixels[at + c] += weight * share * (upper * (1 - fy) + lower * fy - before[at + c]);
    }
  });
}
