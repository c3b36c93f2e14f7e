/** The few ways in which the demonstration draws from a random stream. */
import type { RandomStream } from "../base/random.ts";

/** Uniform in [low, high). */
export function between(random: RandomStream, low: number, high: number): number {
  return low + (high - low) * random.uniform();
}

export function pick<T>(random: RandomStream, items: readonly T[]): T {
  return items[random.integer(items.length)];
}

export function chance(random: RandomStream, probability: number): boolean {
  return random.uniform() < probability;
}

/** −1 or 1. */
export function sign(random: RandomStream): -1 | 1 {
  return chance(random, 0.5) ? 1 : -1;
}
