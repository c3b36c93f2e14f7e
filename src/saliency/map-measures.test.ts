import fc from "fast-check";
import { describe, expect, it } from "vitest";
import golden from "./fixtures/measures.json" with { type: "json" };
import { klDivergence, pearson, spearman, topFractionIou } from "./map-measures.ts";

// fixtures/measures.py made the golden numbers.
const { a, b, levels, sparse } = golden;
const flat = a.map(() => 0.1);

const map = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 30, maxLength: 30 });
const coarse = fc.array(fc.constantFrom(0, 0.25, 0.5, 1), { minLength: 30, maxLength: 30 });

describe("pearson and spearman", () => {
  it("give SciPy's values", () => {
    expect(pearson(a, b)).toBeCloseTo(golden.pearson, 12);
    expect(spearman(a, b)).toBeCloseTo(golden.spearman, 12);
    expect(spearman(levels, b)).toBeCloseTo(golden.spearmanTies, 12);
  });

  it("are 1 for a map and itself stretched, −1 for its negative; ranks ignore any increasing function", () => {
    const stretched = a.map((value) => 7 * value + 3);
    expect(pearson(a, stretched)).toBeCloseTo(1, 12);
    expect(pearson(a, a.map((value) => -value))).toBeCloseTo(-1, 12); // biome-ignore format: short
    expect(spearman(a, a.map((value) => Math.exp(5 * value)))).toBeCloseTo(1, 12); // biome-ignore format: short
  });

  it("are undefined for a constant map", () => {
    for (const measure of [pearson, spearman]) {
      expect(measure(flat, b)).toBeUndefined();
      expect(measure(b, flat)).toBeUndefined();
      expect(measure([], [])).toBeUndefined();
      expect(() => measure(a, [1])).toThrow(RangeError);
    }
  });

  it("stay within −1..1", () => {
    fc.assert(
      fc.property(fc.oneof(map, coarse), fc.oneof(map, coarse), (x, y) => {
        for (const value of [pearson(x, y), spearman(x, y)]) {
          if (value === undefined) continue;
          expect(value).toBeGreaterThanOrEqual(-1);
          expect(value).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});

describe("klDivergence", () => {
  it("gives NumPy's value of the formula, and SciPy's entropy where no pixel is 0", () => {
    expect(klDivergence(a, b)).toBeCloseTo(golden.klBoth, 12);
    expect(klDivergence(a, b)).toBeCloseTo(golden.klEntropy, 10);
    expect(klDivergence(sparse, b)).toBeCloseTo(golden.klSparse, 10);
  });

  it("is 0 for alike maps of any scale, undefined for blank ones, and refuses negative values", () => {
    expect(klDivergence(a, a.map((value) => 9 * value))).toBeCloseTo(0, 12); // biome-ignore format: short
    expect(klDivergence(flat.fill(0), b)).toBeUndefined();
    expect(klDivergence(b, flat.fill(0))).toBeUndefined();
    expect(() => klDivergence([1, -1], [1, 1])).toThrow(RangeError);
    expect(() => klDivergence([1, Number.NaN], [1, 1])).toThrow(RangeError);
  });

  it("is finite and not negative", () => {
    fc.assert(
      fc.property(coarse, map, (x, y) => {
        const value = klDivergence(x, y);
        if (value === undefined) return;
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThan(40);
      }),
    );
  });
});

describe("topFractionIou", () => {
  it("gives the index of the sets of highest pixels where none ties", () => {
    for (const [fraction, expected] of golden.top) expect(topFractionIou(a, b, fraction)).toBeCloseTo(expected, 12);
  });

  it("shares the last places among those that tie", () => {
    // Two places: the 3, and a third each of the next place.
    expect(topFractionIou([3, 2, 2, 2, 0, 0, 0, 0], [3, 2, 0, 0, 0, 0, 1, 1], 0.25)).toBeCloseTo(
      (1 + 1 / 3) / (1 + 1 + 1 / 3 + 1 / 3),
      12,
    );
  });

  it("does not depend on the order of the pixels, lies in 0..1, and is 1 for a map and itself", () => {
    fc.assert(
      fc.property(coarse, coarse, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (x, y, fraction) => {
        const value = topFractionIou(x, y, fraction);
        if (value === undefined) return;
        expect(topFractionIou(x.toReversed(), y.toReversed(), fraction)).toBeCloseTo(value, 12);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1);
        expect(topFractionIou(x, x, fraction)).toBeCloseTo(1, 12);
      }),
    );
  });

  it("is undefined for a constant map and refuses a fraction out of range", () => {
    expect(topFractionIou(flat, b, 0.1)).toBeUndefined();
    expect(() => topFractionIou(a, b, 0)).toThrow(RangeError);
    expect(() => topFractionIou(a, b, 1)).toThrow(RangeError);
  });
});
