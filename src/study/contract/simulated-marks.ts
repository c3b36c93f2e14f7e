/**
 * The marks of a simulated participant: brush strokes that hatch a region, or a lasso around it, by a hand that trembles.
 * What is drawn always meets the marking rule: where the regions that are meant do not, they are made larger or others
 * are added, as somebody does who is told that it is not enough yet.
 */
import type { MarkingRule } from "./api.ts";
import { requirementGrid, type Size, unmetRequirement } from "./geometry.ts";
import { type EvidenceGrid, type Gaze, type Spot, spotsByHabit, spotsOf } from "./simulated-spots.ts";
import type { Stroke } from "./strokes.ts";

export interface Hand extends Gaze {
  /** How far marks lie beside what they mean, as a share of the image's width. */
  tremor: number;
  pointer: Stroke["pointer"];
  /** Milliseconds since the images were painted; drawing takes time. */
  now: number;
}

export type Rule = Pick<MarkingRule, "leastArea" | "leastRegions">;
type Point = Stroke["points"][number];

/** Shares of the image's width in a second. */
const drawingSpeed = 0.6;
const lassoShare = 0.25;
const eraserShare = 0.05;
const attempts = 12;

/** @throws RangeError when such an image has no room for the area and regions that the rule asks for */
export function markImage(size: Size, rule: Rule, evidence: EvidenceGrid | undefined, hand: Hand): Stroke[] {
  const begun = hand.now;
  const seen = evidence === undefined ? [] : spotsOf(evidence, hand);
  let spots = (seen.length > 0 ? seen : spotsByHabit(hand)).map((spot) => displaced(spot, size, hand));
  for (let attempt = 0; attempt < attempts; attempt++) {
    hand.now = begun;
    const strokes = spots.map((spot) => draw(spot, size, hand));
    const unmet = unmetRequirement(strokes, size, rule);
    if (unmet === undefined) return touchedUp(strokes, spots, size, rule, hand);
    if (unmet.lacking.includes("regions")) spots = [...spots, elsewhere(spots, size, hand)];
    else spots = spots.map((spot) => grown(spot, Math.sqrt(rule.leastArea / Math.max(unmet.area, 1e-4))));
  }
  const steady = { ...hand, tremor: 0, now: begun };
  const tiles = tiled(size, rule).map((outline) => strokeOf("lasso", outline, 0.02, size, steady));
  hand.now = steady.now;
  if (unmetRequirement(tiles, size, rule) === undefined) return tiles;
  throw new RangeError(
    `no marks on an image of ${size.width} × ${size.height} pixels have ${rule.leastRegions} regions and the area ${rule.leastArea}`,
  );
}

function displaced({ x, y, rx, ry }: Spot, { width, height }: Size, { normal, uniform, tremor }: Hand): Spot {
  const scale = 0.85 + 0.4 * uniform();
  return {
    x: within(x + tremor * normal()),
    y: within(y + (tremor * normal() * width) / height),
    rx: rx * scale,
    ry: ry * scale,
  };
}

/** A little more than by the factor, in both directions; at most the whole image. */
function grown({ x, y, rx, ry }: Spot, factor: number): Spot {
  const by = Math.min(2, 1.1 * factor);
  return { x, y, rx: Math.min(1, rx * by), ry: Math.min(1, ry * by) };
}

/** A small spot, of some places the one that lies furthest from all others. */
function elsewhere(spots: readonly Spot[], { width, height }: Size, { uniform }: Hand): Spot {
  let best: Spot | undefined;
  let furthest = Number.NEGATIVE_INFINITY;
  for (let candidate = 0; candidate < 20; candidate++) {
    const [x, y] = [0.05 + 0.9 * uniform(), 0.05 + 0.9 * uniform()];
    const distances = spots.map((spot) => {
      const [dx, dy] = [x - spot.x, ((y - spot.y) * height) / width];
      return Math.sqrt(dx * dx + dy * dy) - Math.max(spot.rx, (spot.ry * height) / width);
    });
    const distance = Math.min(...distances);
    if (distance <= furthest) continue;
    furthest = distance;
    best = { x, y, rx: 0.03, ry: (0.03 * width) / height };
  }
  return best!;
}

function draw(spot: Spot, size: Size, hand: Hand): Stroke {
  return hand.uniform() < lassoShare ? lasso(spot, size, hand) : hatching(spot, size, hand);
}

/** Lines to and fro, close enough to leave nothing between them. */
function hatching({ x, y, rx, ry }: Spot, size: Size, hand: Hand): Stroke {
  const aspect = size.width / size.height;
  const radius = Math.min(0.1, Math.max(0.01, Math.min(rx, ry / aspect) * (0.4 + 0.3 * hand.uniform())));
  // The brush's own width reaches to the ellipse's border.
  const innerY = Math.max(0, ry - radius * aspect);
  const lines = Math.max(1, Math.ceil((2 * innerY) / (1.4 * radius * aspect)));
  const points: [number, number][] = [];
  for (let line = 0; line <= lines; line++) {
    const v = (2 * line) / lines - 1;
    const half = Math.max(0, rx * Math.sqrt(Math.max(0, 1 - v * v * 0.8)) - radius);
    const steps = Math.max(1, Math.ceil((2 * half) / Math.max(0.02, radius)));
    for (let step = 0; step <= steps; step++) {
      const along = ((2 * step) / steps - 1) * (line % 2 === 0 ? 1 : -1);
      points.push([x + along * half, y + v * innerY]);
    }
  }
  return strokeOf("brush", points, radius, size, hand);
}

function lasso({ x, y, rx, ry }: Spot, size: Size, hand: Hand): Stroke {
  const begin = 2 * Math.PI * hand.uniform();
  const points = Array.from({ length: 36 }, (_, step): [number, number] => {
    const angle = begin + (2 * Math.PI * step) / 36;
    return [x + rx * Math.cos(angle), y + ry * Math.sin(angle)];
  });
  return strokeOf("lasso", points, 0.03, size, hand);
}

/** Now and then something at the border of a region is taken away again, if that leaves enough. */
function touchedUp(strokes: Stroke[], spots: readonly Spot[], size: Size, rule: Rule, hand: Hand): Stroke[] {
  if (hand.uniform() >= eraserShare) return strokes;
  const { x, y, rx, ry } = spots[spots.length - 1];
  const before = hand.now;
  const edge: [number, number][] = [-0.5, 0, 0.5].map((along) => [x + along * rx, y + ry]);
  const touched = [...strokes, strokeOf("eraser", edge, Math.max(0.005, rx / 4), size, hand)];
  if (unmetRequirement(touched, size, rule) === undefined) return touched;
  hand.now = before;
  return strokes;
}

/** The path as the hand draws it, which takes its time. */
function strokeOf(
  tool: Stroke["tool"],
  path: readonly (readonly [number, number])[],
  radius: number,
  { width, height }: Size,
  hand: Hand,
): Stroke {
  const { normal, uniform, tremor, pointer } = hand;
  const aspect = width / height;
  hand.now += 250 + 500 * uniform();
  let last: readonly [number, number] = path[0];
  const points = path.map(([x, y]): Point => {
    const [dx, dy] = [x - last[0], (y - last[1]) / aspect];
    last = [x, y];
    hand.now += 8 + (1000 * Math.sqrt(dx * dx + dy * dy)) / drawingSpeed;
    const jitter = 0.2 * tremor;
    return [within(x + jitter * normal()), within(y + jitter * aspect * normal()), Math.round(hand.now)];
  });
  return { tool, radius: rounded(Math.min(0.25, radius)), pointer, points };
}

/** As many rectangles as regions are asked for, apart from each other, that have the area together. */
function tiled(size: Size, { leastArea, leastRegions }: Rule): [number, number][][] {
  const grid = requirementGrid(size);
  const columns = Math.min(leastRegions, Math.max(1, Math.round(Math.sqrt((leastRegions * grid.width) / grid.height))));
  const rows = Math.ceil(leastRegions / columns);
  const needed = Math.sqrt((1.15 * leastArea * columns * rows) / leastRegions);
  // Two pixels of the grid at least lie between two rectangles.
  const inset = (pixels: number, cells: number) =>
    Math.min(Math.max(needed, 0.3), 1 - (2 * cells) / pixels) / (2 * cells);
  const [halfX, halfY] = [inset(grid.width, columns), inset(grid.height, rows)];
  return Array.from({ length: leastRegions }, (_, index) => {
    const x = ((index % columns) + 0.5) / columns;
    const y = (Math.floor(index / columns) + 0.5) / rows;
    return [
      [x - halfX, y - halfY],
      [x + halfX, y - halfY],
      [x + halfX, y + halfY],
      [x - halfX, y + halfY],
    ];
  });
}

function within(share: number): number {
  return rounded(Math.min(1, Math.max(0, share)));
}

/** Finer than a pixel of any image. */
function rounded(share: number): number {
  return Math.round(share * 1e5) / 1e5;
}
