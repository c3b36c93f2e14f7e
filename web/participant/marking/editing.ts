/** What has been drawn, and the way back: pure. Strokes are never changed, so a step back is the earlier lists. */
import type { Side } from "../../../src/study/contract/api.ts";
import type { Stroke } from "../../../src/study/contract/strokes.ts";

/** In the order they were drawn. */
export type Strokes = Readonly<Record<Side, readonly Stroke[]>>;

export interface Editing {
  readonly present: Strokes;
  readonly past: readonly Strokes[];
  readonly future: readonly Strokes[];
  /** Strokes taken back with undo. */
  readonly undone: number;
}

/**
 * The limits of the contract (`strokeLimits`, which is not imported since it brings the checking library along; a test
 * holds them together).
 */
export const limits = {
  pointsPerStroke: 5_000,
  strokesPerImage: 300,
  pointsPerImage: 20_000,
  radius: { least: 0.002, greatest: 0.25 },
} as const;

const nothing: Strokes = { left: [], right: [] };

/** After a reload: the way back leads stroke by stroke through what is there. */
export function resumeEditing(strokes: Strokes = nothing, undone = 0): Editing {
  const order = (["left", "right"] as const)
    .flatMap((side) => strokes[side].map((stroke) => ({ side, stroke })))
    .sort((a, b) => a.stroke.points[0][2] - b.stroke.points[0][2]);
  let editing: Editing = { present: nothing, past: [], future: [], undone };
  for (const { side, stroke } of order) editing = addStroke(editing, side, stroke);
  return editing;
}

export function addStroke(editing: Editing, side: Side, stroke: Stroke): Editing {
  return step(editing, { ...editing.present, [side]: [...editing.present[side], stroke] });
}

/** Takes away all marks of one image; can be undone. */
export function clear(editing: Editing, side: Side): Editing {
  return editing.present[side].length === 0 ? editing : step(editing, { ...editing.present, [side]: [] });
}

export function undo(editing: Editing): Editing {
  const { past, present, future, undone } = editing;
  const earlier = past.at(-1);
  if (earlier === undefined) return editing;
  const tookStroke = count(earlier) < count(present) ? 1 : 0;
  return {
    present: earlier,
    past: past.slice(0, -1),
    future: [present, ...future],
    undone: Math.min(10_000, undone + tookStroke),
  };
}

export function redo(editing: Editing): Editing {
  const { past, present, future } = editing;
  if (future.length === 0) return editing;
  return { ...editing, present: future[0], past: [...past, present], future: future.slice(1) };
}

function step(editing: Editing, present: Strokes): Editing {
  return { ...editing, present, past: [...editing.past, editing.present], future: [] };
}

export const count = ({ left, right }: Strokes) => left.length + right.length;

/** How many points another stroke on this image may have; 0 when there is no room for a stroke. */
export function roomFor(strokes: readonly Stroke[]): number {
  if (strokes.length >= limits.strokesPerImage) return 0;
  const used = strokes.reduce((sum, { points }) => sum + points.length, 0);
  return Math.max(0, Math.min(limits.pointsPerStroke, limits.pointsPerImage - used));
}

type Point = Stroke["points"][number];

/** A point as it is kept: within the image, to a hundred-thousandth of its sides and a millisecond. */
export function toPoint(x: number, y: number, time: number): Point {
  return [round(x), round(y), Math.max(0, Math.round(time))];
}

const round = (share: number) => Math.round(Math.min(1, Math.max(0, share)) * 100_000) / 100_000;

/**
 * Whether `point` is far enough from the last one to be worth keeping.
 * @param aspect the image's height divided by its width
 * @param gap the least distance, as a share of the image's width
 */
export function isApart(last: Point, point: Point, aspect: number, gap: number): boolean {
  const [dx, dy] = [point[0] - last[0], (point[1] - last[1]) * aspect];
  return dx * dx + dy * dy >= gap * gap;
}
