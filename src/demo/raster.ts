/**
 * A small rasteriser: filled outlines with antialiased edges on a square RGB canvas, in plain TypeScript so that
 * the same outlines give the same pixels on every machine. Coordinates are fractions of the canvas: (0, 0) is the
 * upper left corner, (1, 1) the lower right one.
 */

export type Point = readonly [x: number, y: number];
/** Red, green, blue in 0 … 255. */
export type Colour = readonly [red: number, green: number, blue: number];

export interface Canvas {
  /** Width and height in pixels. */
  readonly size: number;
  /** Rows of RGB triples, 0 … 255, not yet rounded. */
  readonly pixels: Float32Array;
}

/** How much of each pixel an outline covers (0 … 1), within the pixel box `left … right`, `top … bottom` (exclusive). */
export interface Coverage {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly values: Float32Array;
}

export interface FillOptions {
  /** 0 … 1, the same everywhere or by place. Default 1. */
  opacity?: number | ((x: number, y: number) => number);
  /** Only what lies inside this coverage is painted. */
  clip?: Coverage;
}

export function createCanvas(size: number): Canvas {
  return { size, pixels: new Float32Array(size * size * 3) };
}

/** Paints the inside of the closed `outline`. */
export function fill(canvas: Canvas, outline: readonly Point[], colour: Colour, options: FillOptions = {}): void {
  fillCoverage(canvas, coverage(canvas.size, outline), colour, options);
}

export function fillCoverage(canvas: Canvas, area: Coverage, colour: Colour, options: FillOptions = {}): void {
  const { size, pixels } = canvas;
  const { opacity = 1, clip } = options;
  const width = area.right - area.left;
  for (let y = area.top; y < area.bottom; y++) {
    for (let x = area.left; x < area.right; x++) {
      let alpha = area.values[(y - area.top) * width + x - area.left];
      if (alpha === 0) continue;
      if (clip) alpha *= coverageAt(clip, x, y);
      alpha *= typeof opacity === "number" ? opacity : opacity((x + 0.5) / size, (y + 0.5) / size);
      const at = (y * size + x) * 3;
      for (let c = 0; c < 3; c++) pixels[at + c] += alpha * (colour[c] - pixels[at + c]);
    }
  }
}

export function coverageAt(area: Coverage, x: number, y: number): number {
  if (x < area.left || x >= area.right || y < area.top || y >= area.bottom) return 0;
  return area.values[(y - area.top) * (area.right - area.left) + x - area.left];
}

/**
 * The coverage of the closed `outline` on a canvas of `size` pixels, exact but where the outline crosses itself.
 * Each edge adds, row by row, the signed area between itself and the next pixel; the sum along the row is the
 * coverage (the method of the font rasterisers libart and font-rs).
 */
export function coverage(size: number, outline: readonly Point[]): Coverage {
  const bounds = { left: size, top: size, right: 0, bottom: 0 };
  for (const [x, y] of outline) {
    bounds.left = Math.max(0, Math.min(bounds.left, Math.floor(x * size)));
    bounds.top = Math.max(0, Math.min(bounds.top, Math.floor(y * size)));
    bounds.right = Math.min(size, Math.max(bounds.right, Math.ceil(x * size)));
    bounds.bottom = Math.min(size, Math.max(bounds.bottom, Math.ceil(y * size)));
  }
  const { left, top } = bounds;
  const width = Math.max(0, bounds.right - left);
  const height = Math.max(0, bounds.bottom - top);
  const values = new Float32Array(width * height);
  if (values.length > 0) {
    let [fromX, fromY] = outline[outline.length - 1];
    for (const [x, y] of outline) {
      addEdge(values, width, height, fromX * size - left, fromY * size - top, x * size - left, y * size - top);
      [fromX, fromY] = [x, y];
    }
  }
  for (let row = 0; row < values.length; row += width) {
    let sum = 0;
    for (let x = row; x < row + width; x++) {
      sum += values[x];
      values[x] = Math.min(1, Math.abs(sum));
    }
  }
  return { left, top, right: left + width, bottom: top + height, values };
}

function addEdge(
  values: Float32Array,
  width: number,
  height: number,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
): void {
  // An edge so flat covers nothing, and its slope would overflow.
  if (Math.abs(y1 - y0) < 1e-9) return;
  const direction = y0 < y1 ? 1 : -1;
  const [startX, startY, endY] = y0 < y1 ? [x0, y0, y1] : [x1, y1, y0];
  const slope = (x1 - x0) / (y1 - y0);
  for (let row = Math.max(0, Math.floor(startY)); row < Math.min(height, Math.ceil(endY)); row++) {
    const from = Math.max(row, startY);
    const to = Math.min(row + 1, endY);
    const a = startX + (from - startY) * slope;
    const b = startX + (to - startY) * slope;
    const [low, high] = a < b ? [a, b] : [b, a];
    const weight = direction * (to - from);
    // The part of the edge over each pixel, which covers that pixel to the right of the edge and all that follow.
    const first = Math.max(0, Math.floor(low));
    let added = 0;
    for (let x = first; x < width; x++) {
      const covered = areaRightOf(low, high, x);
      values[row * width + x] += weight * (covered - added);
      added = covered;
      if (high <= x) break;
    }
  }
}

/** The share of the unit pixel at `x` that lies to the right of an edge that runs evenly from `low` to `high`. */
function areaRightOf(low: number, high: number, x: number): number {
  if (high <= x) return 1;
  if (low >= x + 1) return 0;
  const spread = high - low;
  if (spread < 1e-6) return x + 1 - low;
  // Mean over the edge's points p of clamp(x + 1 − p, 0, 1).
  const before = Math.max(0, x - low);
  const from = Math.max(low, x);
  const to = Math.min(high, x + 1);
  return (before + (to - from) * (x + 1 - (from + to) / 2)) / spread;
}

/** An ellipse with half-axes `rx` and `ry`. */
export function ellipse([cx, cy]: Point, rx: number, ry: number): Point[] {
  const steps = 20;
  return Array.from({ length: steps }, (_, i) => {
    const turn = (2 * Math.PI * i) / steps;
    return [cx + rx * Math.cos(turn), cy + ry * Math.sin(turn)];
  });
}

/** A smooth curve through `points` (Catmull–Rom), `steps` pieces between each two. */
export function curve(points: readonly Point[], steps = 4): Point[] {
  const at = (i: number) => points[Math.max(0, Math.min(points.length - 1, i))];
  const result: Point[] = [];
  for (let i = 0; i < points.length - 1; i++) {
    const [p0, p1, p2, p3] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
    for (let s = 0; s < steps; s++) {
      const t = s / steps;
      const blend = (axis: 0 | 1) =>
        0.5 *
        (2 * p1[axis] +
          (p2[axis] - p0[axis]) * t +
          (2 * p0[axis] - 5 * p1[axis] + 4 * p2[axis] - p3[axis]) * t * t +
          (3 * p1[axis] - p0[axis] - 3 * p2[axis] + p3[axis]) * t * t * t);
      result.push([blend(0), blend(1)]);
    }
  }
  result.push(at(points.length - 1));
  return result;
}

/** The outline of a brush stroke along `line`, `width` wide in the middle and tapering to `taper` × width at the ends. */
export function stroke(line: readonly Point[], width: number, taper = 0.3): Point[] {
  const upper: Point[] = [];
  const lower: Point[] = [];
  for (let i = 0; i < line.length; i++) {
    const [x0, y0] = line[Math.max(0, i - 1)];
    const [x1, y1] = line[Math.min(line.length - 1, i + 1)];
    const length = Math.hypot(x1 - x0, y1 - y0) || 1;
    const t = line.length === 1 ? 0.5 : i / (line.length - 1);
    const half = (width / 2) * (taper + (1 - taper) * Math.sin(Math.PI * t));
    const [nx, ny] = [(-(y1 - y0) / length) * half, ((x1 - x0) / length) * half];
    upper.push([line[i][0] + nx, line[i][1] + ny]);
    lower.unshift([line[i][0] - nx, line[i][1] - ny]);
  }
  return [...upper, ...lower];
}
