import fc from "fast-check";
import { expect, test } from "vitest";
import { AttentionSum, alignment, relativeEntropy } from "./attention.ts";

test("entropy is 0 in one place, 1 everywhere, and of a published distribution in between", () => {
  expect(relativeEntropy([0, 0, 1, 0])).toBe(0);
  expect(relativeEntropy([0.3, 0.3, 0.3, 0.3])).toBeCloseTo(1, 12);
  // Cover & Thomas, Elements of Information Theory, example 2.1.1: ½, ¼, ⅛, ⅛ has 7/4 of 2 bits.
  expect(relativeEntropy([4, 2, 1, 1])).toBeCloseTo(7 / 8, 12);
  expect(relativeEntropy([0, 0])).toBeUndefined();
});

test("a map agrees wholly with itself, and a constant one with nothing", () => {
  const values = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 20, maxLength: 40 });
  fc.assert(
    fc.property(values, (map) => {
      const found = alignment(map, map);
      if (map.every((value) => value === map[0])) expect(found).toBeUndefined();
      else {
        expect(found!.pearson).toBeCloseTo(1, 6);
        expect(found!.spearman).toBeCloseTo(1, 6);
        expect(found!.topIou).toBeCloseTo(1, 6);
        expect(found!.kl).toBeCloseTo(0, 6);
      }
    }),
  );
  expect(alignment([0.5, 0.5], [0, 1])).toBeUndefined();
  expect(alignment([0, 1], [0, 0])).toBeUndefined();
});

test("means are over the images for which a measure exists", () => {
  const sum = new AttentionSum(2, 1);
  const aligned = { pearson: 0.5, spearman: 0.25, topIou: 0.2, kl: 2 };
  sum.add(Float64Array.of(0, 1), aligned);
  sum.add(Float64Array.of(0, 0), undefined);
  sum.add(Float64Array.of(1, 1), { ...aligned, pearson: -0.5 });
  expect(sum.result()).toEqual({
    images: 3,
    mean: { width: 2, height: 1, values: Float64Array.of(1 / 3, 2 / 3) },
    entropy: 0.5,
    alignment: { images: 2, pearson: 0, spearman: 0.25, topIou: 0.2, kl: 2 },
  });
  const none = new AttentionSum(1, 2);
  none.add(Float64Array.of(0, 0), undefined);
  expect(none.result()).toMatchObject({ entropy: null, alignment: null });
});
