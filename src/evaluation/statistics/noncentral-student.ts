/** The noncentral t distribution, which effect sizes and power follow: of (Z + δ) / √(χ²/ν), Z standard normal. */
import { gammaln } from "simple-statistics";
import { normalTail } from "../normal.ts";

/**
 * P(T ≤ t) with `freedom` (ν, 1 or more) degrees of freedom and the noncentrality `delta`, to about 1e-12: the normal
 * probability of Z ≤ t·s − δ, integrated over the distribution of s = √(χ²/ν). No series, so that no noncentrality is
 * too great.
 */
export function noncentralStudentCdf(t: number, freedom: number, delta: number): number {
  const reach = 12 / Math.sqrt(2 * freedom);
  const [from, to] = [Math.max(0, 1 - reach), 1 + reach];
  // Where the normal probability climbs from 0 to 1; its flanks are the borders of the sections.
  const flanks = t === 0 ? [] : [-9, 0, 9].map((z) => (delta + z) / t);
  const borders = [from, 1, to, ...flanks.filter((s) => s > from && s < to)].sort((a, b) => a - b);
  const logScale = Math.LN2 + (freedom / 2) * Math.log(freedom / 2) - gammaln(freedom / 2);
  const density = (s: number) => Math.exp(logScale + (freedom - 1) * Math.log(s) - (freedom * s * s) / 2);
  let probability = 0;
  for (let i = 1; i < borders.length; i++)
    probability += integrate((s) => below(delta - t * s) * density(s), borders[i - 1], borders[i]);
  return Math.min(1, probability);
}

/** Beyond 9 the normal tail is nothing, or all, and need not be reckoned. */
const below = (z: number) => (z > 9 ? 0 : z < -9 ? 1 : normalTail(z));

/**
 * The noncentrality at which a share `probability` of the distribution lies at or below `t`, to about 1e-8: the greater it
 * is the less lies there. Inverting the distribution so gives exact intervals of a standardised difference.
 */
export function noncentralityOf(t: number, freedom: number, probability: number): number {
  const excess = (delta: number) => noncentralStudentCdf(t, freedom, delta) - probability;
  let reach = 3;
  while (excess(t - reach) <= 0 || excess(t + reach) > 0) reach *= 2;
  // False position in the form of Illinois: the end that stays counts half, so that both close in.
  let [low, high] = [t - reach, t + reach];
  let [atLow, atHigh] = [excess(low), excess(high)];
  let stayed = 0;
  for (let step = 0; step < 100 && high - low > 1e-9 * (1 + Math.abs(t)); step++) {
    const middle = (low * atHigh - high * atLow) / (atHigh - atLow);
    const value = excess(middle);
    if (Math.abs(value) < 1e-12) return middle;
    if (value > 0) {
      [low, atLow] = [middle, value];
      if (stayed === 1) atHigh /= 2;
      stayed = 1;
    } else {
      [high, atHigh] = [middle, value];
      if (stayed === -1) atLow /= 2;
      stayed = -1;
    }
  }
  return (low + high) / 2;
}

function integrate(f: (x: number) => number, from: number, to: number): number {
  const [middle, half] = [(from + to) / 2, (to - from) / 2];
  let sum = 0;
  for (const { point, weight } of quadrature) sum += weight * f(middle + half * point);
  return sum * half;
}

/** The points and weights of Gauss and Legendre's quadrature on −1 … 1. */
const quadrature = gaussLegendre(40);

function gaussLegendre(count: number): { point: number; weight: number }[] {
  return Array.from({ length: count }, (_, i) => {
    // Newton's method on the Legendre polynomial, from Abramowitz & Stegun's 22.16.6.
    let point = Math.cos((Math.PI * (i + 0.75)) / (count + 0.5));
    for (;;) {
      let [before, value] = [1, point];
      for (let k = 2; k <= count; k++) [before, value] = [value, ((2 * k - 1) * point * value - (k - 1) * before) / k];
      const slope = (count * (point * value - before)) / (point * point - 1);
      const step = value / slope;
      point -= step;
      if (Math.abs(step) < 1e-15) return { point, weight: 2 / ((1 - point * point) * slope * slope) };
    }
  });
}
