/**
 * Logistic regression on one variable with standard errors that allow for clusters: generalised estimating equations with
 * the independence working correlation (Liang & Zeger, Biometrika 73, 1986), the sandwich multiplied by G / (G − 1) for G
 * clusters as Stata's vce(cluster) does, and Student's distribution with G − 1 degrees of freedom.
 */
import { studentQuantile, studentTail } from "./student.ts";

export interface Observation {
  cluster: number;
  x: number;
  success: boolean;
}

export interface LogisticSlope {
  intercept: number;
  /** Change of the log-odds for each unit of x, its standard error and interval. */
  slope: number;
  standardError: number;
  low: number;
  high: number;
  /** Of the slope 0, two-sided. */
  p: number;
  clusters: number;
}

/** @returns a reason in words when the slope does not exist */
export function logisticSlope(observations: readonly Observation[], level = 0.95): LogisticSlope | string {
  const clusters = new Set(observations.map(({ cluster }) => cluster)).size;
  if (clusters < 2) return "fewer than 2 clusters";
  if (new Set(observations.map(({ x }) => x)).size < 2) return "all observations are at one x";
  if (new Set(observations.map(({ success }) => success)).size < 2) return "all observations are successes, or none is";
  const fit = maximumLikelihood(observations);
  if (fit === null) return "successes and failures lie apart along x, so that no finite slope fits best";
  const { intercept, slope, inverse } = fit;
  const scores = new Map<number, [number, number]>();
  for (const { cluster, x, success } of observations) {
    const residual = Number(success) - logistic(intercept + slope * x);
    const [a, b] = scores.get(cluster) ?? [0, 0];
    scores.set(cluster, [a + residual, b + residual * x]);
  }
  // The element of the sandwich inverse · Σ s sᵀ · inverse that belongs to the slope.
  let variance = 0;
  for (const [a, b] of scores.values()) variance += (inverse[1] * a + inverse[2] * b) ** 2;
  const standardError = Math.sqrt((variance * clusters) / (clusters - 1));
  if (!(standardError > 0)) return "the clusters do not differ, so that the error of the slope cannot be told";
  const margin = studentQuantile(0.5 + level / 2, clusters - 1) * standardError;
  const p = 2 * studentTail(Math.abs(slope) / standardError, clusters - 1);
  return { intercept, slope, standardError, low: slope - margin, high: slope + margin, p, clusters };
}

const logistic = (logOdds: number) => 1 / (1 + Math.exp(-logOdds));

/** By Newton's method. `inverse` is that of the information matrix as [intercept², both, slope²]. */
function maximumLikelihood(observations: readonly Observation[]) {
  let [intercept, slope] = [0, 0];
  for (let step = 0; step < 50; step++) {
    let [scoreA, scoreB, aa, ab, bb] = [0, 0, 0, 0, 0];
    for (const { x, success } of observations) {
      const probability = logistic(intercept + slope * x);
      const residual = Number(success) - probability;
      const weight = probability * (1 - probability);
      scoreA += residual;
      scoreB += residual * x;
      aa += weight;
      ab += weight * x;
      bb += weight * x * x;
    }
    const determinant = aa * bb - ab * ab;
    if (!(determinant > 1e-12 * aa * bb)) return null;
    const inverse = [bb / determinant, -ab / determinant, aa / determinant] as const;
    const [moveA, moveB] = [inverse[0] * scoreA + inverse[1] * scoreB, inverse[1] * scoreA + inverse[2] * scoreB];
    if (Math.abs(moveA) + Math.abs(moveB) < 1e-10 * (1 + Math.abs(intercept) + Math.abs(slope)))
      return { intercept, slope, inverse };
    intercept += moveA;
    slope += moveB;
  }
  return null;
}
