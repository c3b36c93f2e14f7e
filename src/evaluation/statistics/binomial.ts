/** The binomial distribution, exactly: probabilities of all counts, and the exact test of a count. */

/**
 * Element k is the probability of k successes in `trials` independent trials that each succeed with `probability`.
 * From the mode outward by ratios of neighbours, so that nothing overflows and no logarithm of a factorial is rounded;
 * what is smaller than about 1e-300 of the mode becomes 0.
 * @throws RangeError when `trials` is no count, or `probability` not within (0, 1)
 */
export function binomialProbabilities(trials: number, probability: number): Float64Array {
  if (!(Number.isInteger(trials) && trials >= 0)) throw new RangeError(`a number of trials, not ${trials}`);
  if (!(probability > 0 && probability < 1)) throw new RangeError(`a probability in (0, 1), not ${probability}`);
  const odds = probability / (1 - probability);
  const mode = Math.min(trials, Math.floor((trials + 1) * probability));
  const weights = new Float64Array(trials + 1);
  weights[mode] = 1;
  for (let k = mode; k < trials; k++) weights[k + 1] = weights[k] * ((trials - k) / (k + 1)) * odds;
  for (let k = mode; k > 0; k--) weights[k - 1] = (weights[k] * (k / (trials - k + 1))) / odds;
  // From the small to the large, for a sum that is right in the last digits.
  const total = Float64Array.from(weights)
    .sort()
    .reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/**
 * The p-value of the exact two-sided test that a trial succeeds with `probability`: how probable are counts no more
 * probable than the one observed (R's and SciPy's definition, with their tolerance of 1e-7 for equal probabilities).
 * @throws RangeError when `successes` is not within 0 … `trials`, or as `binomialProbabilities` does
 */
export function binomialTest(successes: number, trials: number, probability: number): number {
  const probabilities = binomialProbabilities(trials, probability);
  if (!(successes in probabilities)) throw new RangeError(`${successes} successes in ${trials} trials`);
  const limit = probabilities[successes] * (1 + 1e-7);
  const noMoreProbable = probabilities.filter((p) => p <= limit).sort();
  return Math.min(
    1,
    noMoreProbable.reduce((sum, p) => sum + p, 0),
  );
}
