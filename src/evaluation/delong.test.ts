import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aucWithInterval, pairedDelongTest } from "./delong.ts";
import type { SplitScores } from "./ranking.ts";

/*
 * Expected values from R 4.2 with pROC 1.18:
 *   y  <- c(rep(1, 10), rep(0, 12)); s1 <- c(first$positives, first$negatives); s2 <- likewise
 *   r1 <- roc(y, s1, direction = "<"); r2 <- roc(y, s2, direction = "<")
 *   A <- auc(r1); v <- var(r1); plogis(qlogis(A) + c(-1, 1) * qnorm(.975) * sqrt(v) / (A * (1 - A)))
 *   roc.test(r1, r2, method = "delong", paired = TRUE)
 */
const first: SplitScores = {
  positives: Float64Array.of(2.1, 0.5, 1.5, 3, -0.5, 0.5, 2.5, 1, 4, 1.5),
  negatives: Float64Array.of(-2, 0.5, -1, 0, 1, -0.5, 1.5, -3, 2.2, -1.5, 0.5, -0.2),
};
const second: SplitScores = {
  positives: Float64Array.of(0.3, 1, 0.2, 2, -1, 0.1, 1.7, -0.4, 2, 0.9),
  negatives: Float64Array.of(-1, 0.7, -0.4, 0.1, 1.2, 0.2, 0.9, -2, 1, -0.6, 1.1, 0.4),
};

describe("the interval", () => {
  test("is that of pROC's variance on the logit scale", () => {
    const { value, low, high, level } = aucWithInterval(first);
    expect(value).toBeCloseTo(0.816666666666667, 14);
    expect(low).toBeCloseTo(0.575878549550614, 12);
    expect(high).toBeCloseTo(0.935954501298919, 12);
    expect(level).toBe(0.95);
  });

  const score = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ min: -5, max: 5, noNaN: true }));
  const scores = fc.array(score, { minLength: 2, maxLength: 25 }).map((values) => Float64Array.from(values));

  test("has the variance of the placement values, counted pair by pair", () => {
    fc.assert(
      fc.property(scores, scores, (positives, negatives) => {
        const { value, low, high } = aucWithInterval({ positives, negatives });
        fc.pre(value > 0 && value < 1);
        const kernel = (p: number, n: number) => (p > n ? 1 : p === n ? 0.5 : 0);
        const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
        const spread = (values: number[]) =>
          values.reduce((total, v) => total + (v - mean(values)) ** 2, 0) / (values.length - 1) / values.length;
        const variance =
          spread([...positives].map((p) => mean([...negatives].map((n) => kernel(p, n))))) +
          spread([...negatives].map((n) => mean([...positives].map((p) => kernel(p, n)))));
        const logit = (a: number) => Math.log(a / (1 - a));
        const reach = (1.959963984540054 * Math.sqrt(variance)) / (value * (1 - value));
        // As far as 1 − high can be told from 0.
        fc.pre(logit(value) + reach < 15 && logit(value) - reach > -15);
        expect(logit(value) - logit(low)).toBeCloseTo(reach, 6);
        expect(logit(high) - logit(value)).toBeCloseTo(reach, 6);
      }),
    );
  });

  test("holds the AUC, lies in 0 … 1, and grows with the level", () => {
    fc.assert(
      fc.property(scores, scores, (positives, negatives) => {
        const narrow = aucWithInterval({ positives, negatives }, 0.9);
        const wide = aucWithInterval({ positives, negatives }, 0.99);
        const order = [0, wide.low, narrow.low, narrow.value, narrow.high, wide.high, 1];
        for (let i = 1; i < order.length; i++) expect(order[i]).toBeGreaterThanOrEqual(order[i - 1] - 1e-12);
      }),
    );
  });

  test("does not claim certainty when every pair is ranked rightly, or wrongly", () => {
    const high = new Float64Array(20).fill(1);
    const low = new Float64Array(30).fill(0);
    // 0.025^(1/20)
    expect(aucWithInterval({ positives: high, negatives: low })).toMatchObject({ value: 1, high: 1 });
    expect(aucWithInterval({ positives: high, negatives: low }).low).toBeCloseTo(0.83157, 5);
    expect(aucWithInterval({ positives: low, negatives: high })).toMatchObject({ value: 0, low: 0 });
    expect(aucWithInterval({ positives: low, negatives: high }).high).toBeCloseTo(1 - 0.83157, 5);
  });

  test("says that one image in a class tells nothing of the spread", () => {
    const scores = { positives: Float64Array.of(1), negatives: Float64Array.of(0, 2, 3) };
    expect(aucWithInterval(scores)).toEqual({ value: 1 / 3, low: 0, high: 1, level: 0.95 });
  });

  test("of a detector that always says the same is one half without spread", () => {
    const same = new Float64Array(5);
    expect(aucWithInterval({ positives: same, negatives: same })).toMatchObject({ value: 0.5, low: 0.5, high: 0.5 });
  });
});

describe("the paired test", () => {
  test("is pROC's", () => {
    const { z, p, difference } = pairedDelongTest(first, second);
    expect(z).toBeCloseTo(2.25763910015958, 11);
    expect(p).toBeCloseTo(0.0239681688702716, 12);
    expect(difference.value).toBeCloseTo(0.816666666666667 - 0.625, 14);
    expect(difference.low).toBeCloseTo(0.0252717084658819, 12);
    expect(difference.high).toBeCloseTo(0.3580616248674516, 12);
  });

  test("finds no difference between a detector and itself on another scale", () => {
    const scaled = {
      positives: first.positives.map((s) => 3 * s + 1),
      negatives: first.negatives.map((s) => 3 * s + 1),
    };
    const { z, p, difference } = pairedDelongTest(first, scaled);
    expect([z, p, difference.low, difference.high]).toEqual([0, 1, 0, 0]);
  });

  test("does not apply when neither has any spread", () => {
    const right = { positives: Float64Array.of(1, 1), negatives: Float64Array.of(0, 0) };
    const tied = { positives: Float64Array.of(0, 0), negatives: Float64Array.of(0, 0) };
    expect(pairedDelongTest(right, tied)).toMatchObject({
      z: null,
      p: null,
      difference: { value: 0.5, low: -1, high: 1 },
    });
  });

  test("refuses lists of different images", () => {
    expect(() => pairedDelongTest(first, { ...second, negatives: second.negatives.slice(1) })).toThrow(
      "a paired test needs the same two or more negatives in both lists, not 12 and 11",
    );
  });
});
