/** Holm's step-down adjustment for many tests at once (Scandinavian Journal of Statistics 6, 1979). */

/**
 * The p-values, in the order given, adjusted so that calling those at or below α significant errs in the whole family
 * with a probability of at most α, however the tests depend on one another.
 */
export function holm(pValues: readonly number[]): number[] {
  const ascending = pValues.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  const adjusted = new Array<number>(pValues.length);
  let greatest = 0;
  ascending.forEach(({ p, index }, rank) => {
    greatest = Math.max(greatest, Math.min(1, p * (pValues.length - rank)));
    adjusted[index] = greatest;
  });
  return adjusted;
}
