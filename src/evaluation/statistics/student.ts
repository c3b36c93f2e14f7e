/** Student's distribution; its degrees of freedom need not be whole, as Welch's are not. */
import { incompleteBeta } from "./incomplete-beta.ts";

/** The t of which a share `probability`, in (0, 1), of Student's distribution with `freedom` degrees lies below. */
export function studentQuantile(probability: number, freedom: number): number {
  if (!(probability > 0 && probability < 1)) throw new RangeError(`a probability in (0, 1), not ${probability}`);
  if (probability < 0.5) return -studentQuantile(1 - probability, freedom);
  const tail = 1 - probability;
  let [low, high] = [0, 1];
  while (studentTail(high, freedom) > tail) high *= 2;
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (studentTail(middle, freedom) > tail) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(T > t), accurate far into the upper tail. Abramowitz & Stegun 26.5.27. */
export function studentTail(t: number, freedom: number): number {
  if (t < 0) return 1 - studentTail(-t, freedom);
  return incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5) / 2;
}
