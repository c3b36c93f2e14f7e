import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../base/errors.ts";
import { chooseThreshold, errorRatesAt } from "./error-rates.ts";
import type { SplitScores } from "./ranking.ts";
import type { ScoreRow } from "./scores.ts";

const shareAtLeast = (scores: Float64Array, threshold: number) =>
  scores.filter((s) => s >= threshold).length / scores.length;

describe("the threshold", () => {
  const validation: SplitScores = {
    positives: Float64Array.of(4, 3, 2, 0),
    negatives: Float64Array.of(2.5, 1, -1, -2, -3, -4, -5, -6),
  };

  test("at equal errors lies halfway between the scores where the rates are nearest", () => {
    // Above 1, at 2: FNR 1/4, FPR 1/8; above 0, at 1: FNR 1/4, FPR 1/4.
    expect(chooseThreshold(validation)).toBe(0.5);
    expect(chooseThreshold(validation, { rule: "eer" })).toBe(0.5);
  });

  test("at a false positive rate is the lowest within it", () => {
    expect(chooseThreshold(validation, { rule: "fpr", fpr: 0.125 })).toBe(1.5);
    expect(chooseThreshold(validation, { rule: "fpr", fpr: 0.25 })).toBe(-0.5);
  });

  test("of separate classes lies in the middle of the gap", () => {
    expect(chooseThreshold({ positives: Float64Array.of(5, 3), negatives: Float64Array.of(-1, -4) })).toBe(1);
  });

  const score = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.double({ noNaN: true, noDefaultInfinity: true }));
  const scores = fc.array(score, { minLength: 4, maxLength: 30 }).map((values) => Float64Array.from(values));

  test("is finite and errs as equally as any score taken as threshold would", () => {
    fc.assert(
      fc.property(scores, scores, (positives, negatives) => {
        const gap = (t: number) => Math.abs(shareAtLeast(negatives, t) - (1 - shareAtLeast(positives, t)));
        const chosen = chooseThreshold({ positives, negatives });
        expect(Number.isFinite(chosen)).toBe(true);
        for (const other of [...positives, ...negatives]) expect(gap(chosen)).toBeLessThanOrEqual(gap(other) + 1e-12);
      }),
    );
  });

  test("keeps the false positive rate, and no lower score would", () => {
    fc.assert(
      fc.property(scores, scores, fc.double({ min: 0.25, max: 0.99, noNaN: true }), (positives, negatives, fpr) => {
        const chosen = chooseThreshold({ positives, negatives }, { rule: "fpr", fpr });
        expect(Number.isFinite(chosen)).toBe(true);
        expect(shareAtLeast(negatives, chosen)).toBeLessThanOrEqual(fpr);
        for (const lower of [...positives, ...negatives].filter((s) => s < chosen))
          expect(shareAtLeast(negatives, lower)).toBeGreaterThan(fpr);
      }),
    );
  });

  test("lies just above the highest score when only that keeps the rate", () => {
    for (const top of [7, -7, 0, 1e300]) {
      const negatives = new Float64Array(10).fill(top);
      const chosen = chooseThreshold({ positives: Float64Array.of(top), negatives }, { rule: "fpr", fpr: 0.1 });
      expect(chosen).toBeGreaterThan(top);
      expect(chosen - top).toBeLessThanOrEqual(Math.abs(top) * 1e-15 + 1e-300);
    }
  });

  test("is refused where validation cannot give it", () => {
    expect(() => chooseThreshold({ ...validation, positives: new Float64Array() })).toThrow(
      new InputError("a threshold needs both classes in validation, which has 0 positive and 8 negative images"),
    );
    expect(() => chooseThreshold(validation, { rule: "fpr", fpr: 0.01 })).toThrow(
      new InputError(
        "a threshold at a false positive rate of 0.01 needs at least 100 negative images in validation, which has 8",
      ),
    );
  });
});

describe("error rates", () => {
  const row = (label: string, source: string, score: number): ScoreRow => ({
    path: `${label}${score}.png`,
    label,
    source,
    score,
    probability: 0.5,
    predicted: "fake",
  });

  test("are counted by hand; the worst source is the APCER, the threshold itself is positive", () => {
    const rows = [
      row("fake", "easy", 2),
      row("fake", "easy", 1),
      row("fake", "hard", 0.5),
      row("fake", "hard", 1.5),
      row("fake", "hard", -1),
      row("real", "", 0),
      row("real", "", 1),
      row("iris", "", 3),
      row("real", "", -2),
    ];
    const rates = errorRatesAt(rows, "fake", 1);
    expect(rates.confusion).toEqual({ truePositives: 3, falseNegatives: 2, falsePositives: 2, trueNegatives: 2 });
    expect(rates.accuracy).toBeCloseTo(5 / 9, 14);
    expect(rates.apcerBySource).toEqual([
      { source: "easy", count: 2, apcer: 0 },
      { source: "hard", count: 3, apcer: 2 / 3 },
    ]);
    expect(rates.apcer).toBe(2 / 3);
    expect(rates.bpcer).toBe(0.5);
    expect(rates.acer).toBeCloseTo((2 / 3 + 0.5) / 2, 14);
  });

  test("of one class alone leave out what the other is needed for", () => {
    expect(errorRatesAt([row("fake", "g", 1)], "fake", 0)).toMatchObject({
      accuracy: 1,
      apcer: 0,
      bpcer: null,
      acer: null,
    });
    expect(errorRatesAt([row("real", "", 1)], "fake", 0)).toMatchObject({
      accuracy: 0,
      apcerBySource: [],
      apcer: null,
      bpcer: 1,
      acer: null,
    });
  });
});
