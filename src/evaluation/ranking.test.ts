import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ascending, auc, placements, rank, type SplitScores } from "./ranking.ts";

/** Scores with many ties among them (small integers), or hardly any. */
const score = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ min: -50, max: 50, noNaN: true }));
const someScores = fc.array(score, { minLength: 1, maxLength: 40 }).map((values) => Float64Array.from(values));
const splitScores: fc.Arbitrary<SplitScores> = fc.record({ positives: someScores, negatives: someScores });
const mapScores = ({ positives, negatives }: SplitScores, map: (score: number) => number): SplitScores => ({
  positives: positives.map(map),
  negatives: negatives.map(map),
});

describe("AUC", () => {
  test("is the share of pairs ranked rightly, ties one half", () => {
    fc.assert(
      fc.property(splitScores, ({ positives, negatives }) => {
        let right = 0;
        for (const p of positives) for (const n of negatives) right += p > n ? 1 : p === n ? 0.5 : 0;
        expect(auc({ positives, negatives })).toBe(right / (positives.length * negatives.length));
      }),
    );
  });

  test("does not change under a monotone transform", () => {
    fc.assert(
      fc.property(splitScores, (scores) => {
        // Rounded first, so that the cube keeps different scores different.
        const rounded = mapScores(scores, (s) => Math.round(s * 100));
        expect(auc(mapScores(rounded, (s) => s ** 3 + 7))).toBe(auc(rounded));
      }),
    );
  });

  test("of the scores negated is its complement", () => {
    fc.assert(
      fc.property(splitScores, (scores) => {
        expect(auc(mapScores(scores, (s) => -s))).toBeCloseTo(1 - auc(scores), 12);
      }),
    );
  });

  test("is one half when all tie", () => {
    expect(auc({ positives: new Float64Array(7).fill(2), negatives: new Float64Array(4).fill(2) })).toBe(0.5);
  });

  test("takes infinite scores and minus zero in their place", () => {
    expect(auc({ positives: Float64Array.of(Infinity, 0), negatives: Float64Array.of(-Infinity, -0) })).toBe(3.5 / 4);
  });

  test("is exact for half a million scores a class, all tied in blocks", () => {
    const half = 500_000;
    const positives = new Float64Array(half).map((_, i) => (i % 1000) + 1);
    const negatives = new Float64Array(half).map((_, i) => i % 1000);
    // Levels 1 … 1000 against 0 … 999: of 10⁶ pairs of levels 500,500 win and 999 tie.
    expect(auc({ positives, negatives })).toBe((500_500 + 999 / 2) / 1e6);
  });

  test("refuses an empty class and NaN", () => {
    const some = Float64Array.of(1);
    expect(() => auc({ positives: some, negatives: new Float64Array() })).toThrow(RangeError);
    expect(() => auc({ positives: new Float64Array(), negatives: some })).toThrow(RangeError);
    expect(() => auc({ positives: Float64Array.of(1, Number.NaN), negatives: some })).toThrow(/NaN/);
    expect(() => auc({ positives: some, negatives: Float64Array.of(Number.NaN) })).toThrow(/NaN/);
  });
});

test("placements keep the order of the values and leave both lists as they were", () => {
  const values = Float64Array.of(5, 1, 2, 0);
  const others = Float64Array.of(2, 1, 2);
  expect([...placements(values, others)]).toEqual([3, 0.5, 2, 0]);
  expect([...others]).toEqual([2, 1, 2]);
});

describe("a ranking", () => {
  const anyNumber = fc.oneof(score, fc.double({ noNaN: true }), fc.constantFrom(-0, 0, Infinity, -Infinity, 5e-324));
  test("sorts as the language does, and says where each score stood; equal ones in the order given", () => {
    fc.assert(
      fc.property(fc.array(anyNumber, { minLength: 1, maxLength: 60 }), (values) => {
        const scores = Float64Array.from(values);
        const { ascending: sorted, order } = rank(scores);
        const expected = [...values.keys()].sort(
          (a, b) => Number(values[a] > values[b]) - Number(values[a] < values[b]),
        );
        expect([...order]).toEqual(expected);
        sorted.forEach((value, i) => {
          expect(value === ascending(scores)[i]).toBe(true);
        });
      }),
    );
  });

  test("of nothing, or with NaN of either sign, is refused", () => {
    const negativeNaN = new Float64Array(new BigUint64Array([0xfff8000000000000n]).buffer)[0];
    for (const scores of [[], [1, Number.NaN, 2], [1, negativeNaN]])
      expect(() => rank(Float64Array.from(scores))).toThrow(RangeError);
  });
});
