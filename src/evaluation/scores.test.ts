import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scoreLogits, splitScores } from "./scores.ts";

describe("the score of logits", () => {
  test("of two classes is the difference of the logits, exactly", () => {
    expect(scoreLogits(Float64Array.of(1.25, 4), 1).score).toBe(2.75);
    expect(scoreLogits(Float64Array.of(1.25, 4), 0).score).toBe(-2.75);
  });

  test("ranks where the softmax is saturated", () => {
    const [high, higher] = [scoreLogits(Float32Array.of(-60, 60), 1), scoreLogits(Float32Array.of(-61, 61), 1)];
    expect(high.probability).toBe(1);
    expect(higher.probability).toBe(1);
    expect(higher.score).toBeGreaterThan(high.score);
  });

  test("is the log-odds of the softmax, for any number of classes", () => {
    const logits = fc.array(fc.double({ min: -15, max: 15, noNaN: true }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(logits, fc.nat(), (values, seed) => {
        const positive = seed % values.length;
        const { score, probability, predicted } = scoreLogits(Float64Array.from(values), positive);
        const own = Math.exp(values[positive]);
        // The others are summed by themselves: a total less `own` would cancel to a few digits where `own` is most of it.
        const others = values.reduce((sum, z, index) => (index === positive ? sum : sum + Math.exp(z)), 0);
        expect(probability).toBeCloseTo(own / (own + others), 10);
        expect(Math.exp(score) / (own / others)).toBeCloseTo(1, 9);
        expect(values[predicted]).toBe(Math.max(...values));
      }),
    );
  });

  test("does not overflow, and passes a NaN on", () => {
    expect(scoreLogits(Float64Array.of(2000, 1000, 900), 0).score).toBe(1000);
    expect(scoreLogits(Float64Array.of(-2000, 1000, 900), 0)).toMatchObject({ score: -3000, probability: 0 });
    for (const logits of [
      Float64Array.of(Number.NaN, 1),
      Float64Array.of(1, Number.NaN),
      Float64Array.of(0, 5, Number.NaN),
    ])
      expect(scoreLogits(logits, 1).score).toBeNaN();
  });
});

test("rows are split by the positive class, all others together", () => {
  const row = (label: string, score: number) => ({
    path: "p",
    label,
    source: "",
    score,
    probability: 0,
    predicted: "a",
  });
  const { positives, negatives } = splitScores([row("a", 1), row("b", 2), row("c", 3), row("a", 4)], "a");
  expect([...positives]).toEqual([1, 4]);
  expect([...negatives]).toEqual([2, 3]);
});
