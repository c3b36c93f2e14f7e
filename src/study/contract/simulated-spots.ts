/** Where a simulated participant means to mark: the regions of the evidence that it sees, or what it looks at by habit. */

/** How much evidence lies where, coarsely. */
export interface EvidenceGrid {
  columns: number;
  rows: number;
  /** rows × columns, rows from the top, 0..1. */
  weights: ArrayLike<number>;
}

/** An ellipse; x and rx as shares of the image's width, y and ry of its height. */
export interface Spot {
  x: number;
  y: number;
  rx: number;
  ry: number;
}

export interface Gaze {
  uniform: () => number;
  normal: () => number;
  /** The chance to take each region, 0..1. */
  thoroughness: number;
}

/** Evidence counts from this share of its greatest weight on. */
const visibleShare = 0.5;
const spotsAtMost = 6;

/** The regions of the evidence that are taken, at least one; none when there is no evidence anywhere. */
export function spotsOf(evidence: EvidenceGrid, { uniform, thoroughness }: Gaze): Spot[] {
  const regions = regionsOf(evidence);
  if (regions.length === 0) return [];
  const taken = regions.filter(() => uniform() < thoroughness).slice(0, spotsAtMost);
  // The heaviest is what one sees at least.
  return (taken.length > 0 ? taken : regions.slice(0, 1)).map(({ spot }) => spot);
}

/** One to three places, most of them near the middle. */
export function spotsByHabit({ uniform, normal, thoroughness }: Gaze): Spot[] {
  const count = 1 + (uniform() < 0.5 ? 1 : 0) + (uniform() < thoroughness ? 1 : 0);
  const near = () => Math.min(0.95, Math.max(0.05, 0.5 + 0.18 * normal()));
  const radius = () => 0.04 + 0.06 * uniform();
  return Array.from({ length: count }, () => ({ x: near(), y: near(), rx: radius(), ry: radius() }));
}

interface Region {
  weight: number;
  spot: Spot;
}

/** Cells with visible evidence, joined by their sides, as ellipses of the same moments; the heaviest first. */
function regionsOf({ columns, rows, weights }: EvidenceGrid): Region[] {
  let greatest = 0;
  for (let cell = 0; cell < columns * rows; cell++) greatest = Math.max(greatest, weights[cell]);
  const visible = (cell: number) => greatest > 0 && weights[cell] >= visibleShare * greatest;
  const seen = new Set<number>();
  const regions: Region[] = [];
  for (let first = 0; first < columns * rows; first++) {
    if (seen.has(first) || !visible(first)) continue;
    seen.add(first);
    const cells = [first];
    for (let at = 0; at < cells.length; at++) {
      const cell = cells[at];
      const column = cell % columns;
      const around = [cell - columns, cell + columns, column > 0 ? cell - 1 : -1, column < columns - 1 ? cell + 1 : -1];
      for (const next of around) {
        if (next < 0 || next >= columns * rows || seen.has(next) || !visible(next)) continue;
        seen.add(next);
        cells.push(next);
      }
    }
    regions.push(regionOf(cells, columns, rows, weights));
  }
  return regions.sort((a, b) => b.weight - a.weight);
}

function regionOf(cells: readonly number[], columns: number, rows: number, weights: ArrayLike<number>): Region {
  let [weight, x, y, xx, yy] = [0, 0, 0, 0, 0];
  for (const cell of cells) {
    const w = weights[cell];
    const cx = ((cell % columns) + 0.5) / columns;
    const cy = (Math.floor(cell / columns) + 0.5) / rows;
    weight += w;
    x += w * cx;
    y += w * cy;
    xx += w * cx * cx;
    yy += w * cy * cy;
  }
  x /= weight;
  y /= weight;
  // A cell has an extent itself, and the half axis of an even ellipse is two standard deviations.
  const axis = (square: number, mean: number, cellsAcross: number) =>
    2 * Math.sqrt(Math.max(0, square / weight - mean * mean) + 1 / (12 * cellsAcross * cellsAcross));
  return { weight, spot: { x, y, rx: axis(xx, x, columns), ry: axis(yy, y, rows) } };
}
