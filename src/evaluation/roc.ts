/**
 * The ROC curve and what is read off it. An image is called positive when its score is at least the threshold;
 * images that tie enter together, so there is one point for each distinct score and no order among ties is made up.
 */
import { ascending, type SplitScores } from "./ranking.ts";

/** The points from (0, 0), where nothing is called positive, to (1, 1), where everything is. */
export interface RocCurve {
  falsePositiveRate: Float64Array;
  truePositiveRate: Float64Array;
  /** The lowest score that is called positive at this point: infinite at the first, descending. */
  threshold: Float64Array;
  positives: number;
  negatives: number;
}

/** @throws RangeError when a class is empty or a score is NaN */
export function rocCurve({ positives, negatives }: SplitScores): RocCurve {
  return rankedRocCurve({ positives: ascending(positives), negatives: ascending(negatives) });
}

/** `rocCurve` of scores that are ascending in either class. */
export function rankedRocCurve({ positives, negatives }: SplitScores): RocCurve {
  const most = positives.length + negatives.length + 1;
  const falsePositiveRate = new Float64Array(most);
  const truePositiveRate = new Float64Array(most);
  const threshold = new Float64Array(most);
  threshold[0] = Number.POSITIVE_INFINITY;
  let points = 1;
  let p = positives.length;
  let n = negatives.length;
  while (p > 0 || n > 0) {
    const score = Math.max(p > 0 ? positives[p - 1] : -Infinity, n > 0 ? negatives[n - 1] : -Infinity);
    while (p > 0 && positives[p - 1] === score) p--;
    while (n > 0 && negatives[n - 1] === score) n--;
    falsePositiveRate[points] = (negatives.length - n) / negatives.length;
    truePositiveRate[points] = (positives.length - p) / positives.length;
    threshold[points] = score;
    points++;
  }
  return {
    falsePositiveRate: falsePositiveRate.slice(0, points),
    truePositiveRate: truePositiveRate.slice(0, points),
    threshold: threshold.slice(0, points),
    positives: positives.length,
    negatives: negatives.length,
  };
}

/**
 * The greatest true positive rate of any threshold whose false positive rate is at most `fpr`. No interpolation: only
 * what a threshold really reaches. Null when one negative alone weighs more than `fpr`, since the rate then cannot be told
 * from zero.
 */
export function truePositiveRateAt(curve: RocCurve, fpr: number): number | null {
  if (1 / curve.negatives > fpr) return null;
  return curve.truePositiveRate[lastPointWithin(curve, fpr)];
}

/**
 * The least false positive rate of any threshold that finds at least `tpr` of the positives; no interpolation. Null when
 * one positive alone weighs more than 1 − `tpr`, since the rate then cannot be told from 1.
 */
export function falsePositiveRateAt(curve: RocCurve, tpr: number): number | null {
  // A hair for rates that are met exactly but for rounding.
  if (1 / curve.positives > (1 - tpr) * (1 + 1e-12)) return null;
  let index = 0;
  while (curve.truePositiveRate[index] < tpr * (1 - 1e-12)) index++;
  return curve.falsePositiveRate[index];
}

/** The index of the last point whose false positive rate is at most `fpr`; 0 when there is none but the first. */
export function lastPointWithin(curve: RocCurve, fpr: number): number {
  let index = 0;
  while (index + 1 < curve.falsePositiveRate.length && curve.falsePositiveRate[index + 1] <= fpr) index++;
  return index;
}

/**
 * The equal error rate: where false positive and false negative rate meet on the curve drawn with straight lines between
 * its points (0 … 1; ½ for scores that say nothing).
 */
export function equalErrorRate(curve: RocCurve): number {
  const { falsePositiveRate: fpr, truePositiveRate: tpr } = curve;
  // FPR − FNR climbs from −1 to 1 along the curve, so there is one crossing.
  let after = 1;
  while (fpr[after] - (1 - tpr[after]) < 0) after++;
  const below = fpr[after - 1] - (1 - tpr[after - 1]);
  const above = fpr[after] - (1 - tpr[after]);
  return fpr[after - 1] + ((fpr[after] - fpr[after - 1]) * -below) / (above - below);
}

/**
 * At most `most` points [FPR, TPR] that draw the same picture, on a linear as on a logarithmic axis of the FPR: half
 * of them spread evenly along the curve, half evenly over log FPR from 1/negatives to 1. A curve with few corners comes
 * back whole. All points are points of the curve; both ends are kept.
 */
export function thinRoc(curve: RocCurve, most = 500): [number, number][] {
  const { falsePositiveRate: fpr, truePositiveRate: tpr } = curve;
  const corners = cornersOf(curve);
  const chosen = new Set<number>();
  if (corners.length <= most) {
    for (const corner of corners) chosen.add(corner);
  } else {
    const steps = Math.floor(most / 2) - 1;
    let alongCurve = 0;
    let alongLog = 0;
    for (let step = 0; step <= steps; step++) {
      while (fpr[corners[alongCurve]] + tpr[corners[alongCurve]] < (2 * step) / steps) alongCurve++;
      // The highest point within the rate; the power is rounded, so a hair is added to reach a rate met exactly.
      const rate = curve.negatives ** (step / steps - 1) * (1 + 1e-12);
      while (alongLog + 1 < corners.length && fpr[corners[alongLog + 1]] <= rate) alongLog++;
      chosen.add(corners[alongCurve]).add(corners[alongLog]);
    }
  }
  return [...chosen].sort((a, b) => a - b).map((i) => [fpr[i], tpr[i]]);
}

/** The points at which the curve turns, and both ends: between them it runs straight up or straight to the right. */
function cornersOf({ falsePositiveRate: fpr, truePositiveRate: tpr }: RocCurve): number[] {
  const corners = [0];
  for (let i = 1; i < fpr.length - 1; i++) {
    const runsUp = fpr[i - 1] === fpr[i + 1];
    const runsRight = tpr[i - 1] === tpr[i + 1];
    if (!runsUp && !runsRight) corners.push(i);
  }
  corners.push(fpr.length - 1);
  return corners;
}
