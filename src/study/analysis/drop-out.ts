/** Who goes before the end, and after how many trials. */

/** So many participants who stand alike. */
export interface Stand {
  /** Trials committed. */
  done: number;
  /** `left`: went before the last trial, for good; `there`: did all trials, or may still come back. */
  fate: "left" | "there";
  participants: number;
}

/**
 * Kaplan–Meier estimate (Kaplan & Meier 1958) over trials instead of time, so that people who are still under way count
 * for as far as they have come. `staying` is the share, 0..1, of those who began who do more than `trials` trials; the
 * curve begins at 0 trials and has a point wherever somebody stands. Who left or stands at `done` was at risk there.
 */
export function dropOutCurve(stands: readonly Stand[]): { trials: number; staying: number }[] {
  const places = [...new Set([0, ...stands.map(({ done }) => done)])].sort((a, b) => a - b);
  const count = (chosen: (stand: Stand) => boolean) =>
    stands.filter(chosen).reduce((sum, { participants }) => sum + participants, 0);
  let staying = 1;
  return places.map((trials) => {
    const atRisk = count(({ done }) => done >= trials);
    const left = count(({ done, fate }) => done === trials && fate === "left");
    if (left > 0) staying *= 1 - left / atRisk;
    return { trials, staying };
  });
}
