/** The standard normal distribution to double precision: its upper tail and its quantiles. */

const density = (z: number) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);

/**
 * P(Z > z), accurate far into the upper tail.
 * Near 0 the Taylor series of Φ(z) − ½ (Abramowitz & Stegun 26.2.11), beyond it Laplace's continued fraction (26.2.14).
 */
export function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  if (z < 2.5) {
    let term = z;
    let sum = z;
    for (let k = 1; term > sum * Number.EPSILON; k++) {
      term *= (z * z) / (2 * k + 1);
      sum += term;
    }
    return 0.5 - density(z) * sum;
  }
  let fraction = z;
  for (let k = 60; k > 0; k--) fraction = z + k / fraction;
  return density(z) / fraction;
}

/** The z of which a share `probability` of the distribution lies below; probability in (0, 1). */
export function normalQuantile(probability: number): number {
  if (!(probability > 0 && probability < 1)) throw new RangeError(`a probability in (0, 1), not ${probability}`);
  if (probability < 0.5) return -normalQuantile(1 - probability);
  const tail = 1 - probability;
  // The tail is convex above 0, so Newton's steps from 0 never overshoot.
  for (let z = 0; ; ) {
    const step = (normalTail(z) - tail) / density(z);
    z += step;
    if (Math.abs(step) <= 1e-13 * (1 + z)) return z;
  }
}
