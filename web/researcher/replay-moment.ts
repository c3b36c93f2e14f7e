/** What of a trial had happened at a moment. Pure. */
import type { Stroke } from "../../src/study/contract/strokes.ts";

/** The part of `strokes` that was drawn `ms` after the images were painted; the last of them may be half drawn. */
export function drawnUntil(strokes: readonly Stroke[], ms: number): Stroke[] {
  return strokes.flatMap((stroke) => {
    const points = stroke.points.filter(([, , time]) => time <= ms);
    return points.length > 0 ? [{ ...stroke, points }] : [];
  });
}

/** When the trial was over: the last thing that it has a time of. */
export function endOf(trial: { responseMs: number; markingMs: number }, strokes: readonly Stroke[]): number {
  const last = strokes.reduce((latest, { points }) => Math.max(latest, points[points.length - 1][2]), 0);
  return Math.max(trial.responseMs + trial.markingMs, last);
}
