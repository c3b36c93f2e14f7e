/**
 * Measures between two saliency maps of one size, as in Bylinskii, Judd, Oliva, Torralba & Durand, "What do different
 * evaluation metrics tell us about saliency models?" (IEEE TPAMI 41, 2019): how alike they are, each undefined where it
 * has no meaning, and never NaN for finite values.
 */
import { isConstant, requireSameLength } from "./values.ts";

/** Pixels in any order, finite. */
export type SaliencyValues = ArrayLike<number>;

/**
 * Pearson's correlation over pixels (CC), −1..1. Not changed by scaling or shifting either map.
 * @returns undefined when a map has one value everywhere, or no pixels
 * @throws RangeError when the maps differ in length
 */
export function pearson(a: SaliencyValues, b: SaliencyValues): number | undefined {
  requireSameLength(a, b);
  if (isConstant(a) || isConstant(b)) return undefined;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] - meanA, b[i] - meanB];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return clamp(ab / Math.sqrt(aa) / Math.sqrt(bb));
}

/**
 * Spearman's rank correlation, −1..1: Pearson's of the ranks, tied pixels sharing the mean of theirs. Not changed by
 * any increasing function of either map.
 * @returns undefined when a map has one value everywhere, or no pixels
 * @throws RangeError when the maps differ in length
 */
export function spearman(a: SaliencyValues, b: SaliencyValues): number | undefined {
  requireSameLength(a, b);
  return pearson(ranks(a), ranks(b));
}

/**
 * Kullback–Leibler divergence of `map` from `reference`, both divided by their sums to be distributions, in nats:
 * `Σ r · ln(ε + r / (ε + m))` with ε = 2⁻⁵². 0 when they are alike; heavy where the reference is high and the map near
 * 0, and bounded by about 36 by ε. It is not symmetric.
 * @returns undefined when either map is 0 everywhere, or has no pixels
 * @throws RangeError when the maps differ in length or hold a negative value
 */
export function klDivergence(map: SaliencyValues, reference: SaliencyValues): number | undefined {
  requireSameLength(map, reference);
  const [mapSum, referenceSum] = [sumOfNonNegative(map), sumOfNonNegative(reference)];
  if (mapSum === 0 || referenceSum === 0) return undefined;
  let divergence = 0;
  for (let i = 0; i < map.length; i++) {
    const r = reference[i] / referenceSum;
    divergence += r * Math.log(Number.EPSILON + r / (Number.EPSILON + map[i] / mapSum));
  }
  return Math.max(0, divergence);
}

/**
 * Intersection over union of the `fraction` highest pixels of each map, 0..1. Where pixels tie for the last places each
 * gets an equal part of them, and the index becomes `Σ min / Σ max` over these memberships: so it depends neither on the
 * order of the pixels nor, in maps of few levels, on a threshold that lets in far more than the fraction.
 * @param fraction of the pixels, above 0 and below 1
 * @returns undefined when a map has one value everywhere, or no pixels
 * @throws RangeError when the maps differ in length or the fraction is out of range
 */
export function topFractionIou(a: SaliencyValues, b: SaliencyValues, fraction: number): number | undefined {
  requireSameLength(a, b);
  if (!(fraction > 0 && fraction < 1)) throw new RangeError(`fraction ${fraction} is not between 0 and 1`);
  if (isConstant(a) || isConstant(b)) return undefined;
  const [inA, inB] = [topMembership(a, fraction), topMembership(b, fraction)];
  let [both, either] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    both += Math.min(inA[i], inB[i]);
    either += Math.max(inA[i], inB[i]);
  }
  return both / either;
}

/** 1 for pixels among the highest, a share for those tied for the last places, else 0; sums to fraction × pixels. */
function topMembership(values: SaliencyValues, fraction: number): Float64Array {
  const places = fraction * values.length;
  const sorted = Float64Array.from(values).sort();
  const last = sorted[values.length - Math.ceil(places)];
  let [above, tied] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    if (values[i] > last) above++;
    else if (values[i] === last) tied++;
  }
  const share = (places - above) / tied;
  return Float64Array.from(values, (value) => (value > last ? 1 : value === last ? share : 0));
}

/** 1 for the least; ties share the mean of their ranks. */
function ranks(values: SaliencyValues): Float64Array {
  const sorted = Float64Array.from(values).sort();
  const rankOf = new Map<number, number>();
  for (let from = 0; from < sorted.length; ) {
    let to = from;
    while (to < sorted.length && sorted[to] === sorted[from]) to++;
    rankOf.set(sorted[from], (from + to + 1) / 2);
    from = to;
  }
  return Float64Array.from(values, (value) => rankOf.get(value)!);
}

function mean(values: SaliencyValues): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

function sumOfNonNegative(values: SaliencyValues): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    if (!(values[i] >= 0)) throw new RangeError(`pixel ${i} is ${values[i]}; a distribution has no negative values`);
    sum += values[i];
  }
  return sum;
}

/** Rounding may lead a hair beyond. */
const clamp = (correlation: number) => Math.max(-1, Math.min(1, correlation));
