/**
 * Seeded randomness for everything outside libtorch: data order, augmentation, splits, simulated annotators.
 * A stream is a function of its seed and its names alone, so work that resumes at epoch 7 draws what it would have
 * drawn without the interruption, and no state needs to be saved.
 */
import { createHash } from "node:crypto";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

export interface RandomStream {
  /** A number in [0, 1). */
  uniform(): number;
  /** An integer in 0 … count − 1. */
  integer(count: number): number;
  /** A draw from the standard normal distribution. */
  normal(): number;
  /** A new array with the same items in random order (Fisher–Yates). */
  shuffle<T>(items: Iterable<T>): T[];
}

/** The stream that belongs to `seed` and `names`, e.g. `randomStream(seed, "order", epoch)`. */
export function randomStream(seed: number, ...names: (string | number)[]): RandomStream {
  const digest = createHash("sha256")
    .update(JSON.stringify([seed, ...names]))
    .digest();
  const generator = xoroshiro128plus(digest.readInt32LE(0));
  const uniform = () => uniformFloat64(generator);
  const integer = (count: number) => uniformInt(generator, 0, count - 1);
  return {
    uniform,
    integer,
    // Box–Muller; 1 − u keeps the logarithm finite.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    shuffle<T>(items: Iterable<T>): T[] {
      const shuffled = [...items];
      for (let i = shuffled.length - 1; i > 0; i--) {
        const j = integer(i + 1);
        [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
      }
      return shuffled;
    },
  };
}
