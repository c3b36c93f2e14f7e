import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomStream } from "../../base/random.ts";
import { derange } from "./derange.ts";

describe("derange", () => {
  it("gives everything away once, and nobody their own", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 200 }), fc.nat(), (count, seed) => {
        const items = Array.from({ length: count }, (_, i) => i);
        const deranged = derange(items, randomStream(seed))!;
        expect(deranged.toSorted((a, b) => a - b)).toEqual(items);
        deranged.forEach((item, i) => {
          expect(item).not.toBe(i);
        });
      }),
    );
  });

  it("takes every derangement as often as any other", () => {
    const counts = new Map<string, number>();
    const draws = 9000;
    const random = randomStream(3, "derangements");
    for (let i = 0; i < draws; i++) {
      const key = derange([0, 1, 2, 3], random)!.join("");
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    // There are 9 of four; four standard deviations of a count about its mean.
    expect(counts.size).toBe(9);
    for (const count of counts.values())
      expect(Math.abs(count - draws / 9)).toBeLessThan(4 * Math.sqrt(draws * (8 / 81)));
  });

  it("gives nobody an equal item, and says when it cannot be done", () => {
    const shared = ["a", "a", "b", "b", "c"];
    const deranged = derange(shared, randomStream(1))!;
    deranged.forEach((item, i) => {
      expect(item).not.toBe(shared[i]);
    });
    expect(derange(["a"], randomStream(1))).toBeUndefined();
    expect(derange(["a", "a", "a", "b"], randomStream(1))).toBeUndefined();
    expect(derange([], randomStream(1))).toBeUndefined();
  });
});
