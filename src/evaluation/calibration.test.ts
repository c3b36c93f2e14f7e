import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { randomStream } from "../base/random.ts";
import { expectedCalibrationError, fitCalibration, probabilityOf, reliability, uncalibrated } from "./calibration.ts";
import type { SplitScores } from "./ranking.ts";

/** Scores whose probabilities are right by construction, then made `factor` times too sure, and shifted. */
function drawn(count: number, factor: number, shift = 0): SplitScores {
  const random = randomStream(7, "calibration", factor);
  const positives: number[] = [];
  const negatives: number[] = [];
  for (let i = 0; i < count; i++) {
    const score = 2 * random.normal();
    (random.uniform() < probabilityOf(score) ? positives : negatives).push(score * factor + shift);
  }
  return { positives: Float64Array.from(positives), negatives: Float64Array.from(negatives) };
}

describe("fitCalibration", () => {
  test.each([
    [0.5, 0],
    [1, -3],
    [3, 4],
  ])("undoes scores that are %s times too sure and shifted by %s", (factor, shift) => {
    const { temperature, bias } = fitCalibration(drawn(20_000, factor, shift));
    expect(temperature / factor).toBeCloseTo(1, 1);
    expect(bias + shift / factor).toBeCloseTo(0, 1);
  });

  test("has the maximum where the likelihood's slopes are 0: Σ z(y − p) = 0 and Σ (y − p) = 0", () => {
    const scores = drawn(500, 2, 1);
    const calibration = fitCalibration(scores);
    const slope = (weigh: (score: number) => number) => {
      const sum = (values: Float64Array, label: number) =>
        values.reduce((total, score) => total + weigh(score) * (label - probabilityOf(score, calibration)), 0);
      return sum(scores.positives, 1) + sum(scores.negatives, 0);
    };
    expect(Math.abs(slope((score) => score))).toBeLessThan(1e-2);
    expect(Math.abs(slope(() => 1))).toBeLessThan(1e-5);
  });

  test("stays in its range where classes are apart, or the wrong way round", () => {
    const [positives, negatives] = [Float64Array.of(1, 2), Float64Array.of(-1, -2)];
    expect(fitCalibration({ positives, negatives }).temperature).toBeLessThan(0.05);
    const wrong = fitCalibration({ positives: negatives, negatives: positives });
    expect(wrong.temperature).toBeCloseTo(100, 0);
    expect(wrong.bias).toBeCloseTo(0, 5);
  });

  test("of scores that say nothing is the share of positives", () => {
    const calibration = fitCalibration({ positives: Float64Array.of(3), negatives: Float64Array.of(3, 3, 3) });
    expect(probabilityOf(3, calibration)).toBeCloseTo(0.25, 6);
  });

  test("refuses scores of one class", () => {
    const none = new Float64Array(0);
    expect(() => fitCalibration({ positives: Float64Array.of(1), negatives: none })).toThrow(RangeError);
    expect(() => fitCalibration({ positives: none, negatives: none })).toThrow(RangeError);
  });
});

describe("expectedCalibrationError", () => {
  test("by hand: 0.9 for four images of which three are positive, 0.1 for one that is not", () => {
    const sure = Math.log(9);
    const scores = { positives: Float64Array.of(sure, sure, sure), negatives: Float64Array.of(sure, -sure) };
    const bins = reliability(scores, uncalibrated);
    expect(bins.map(({ count, frequency }) => [count, frequency])).toEqual([
      [1, 0],
      [4, 0.75],
    ]);
    expect(expectedCalibrationError(bins)).toBeCloseTo((4 / 5) * 0.15 + (1 / 5) * 0.1, 12);
  });

  test("lies in 0 … 1 and every image is in a bin", () => {
    const score = fc.double({ min: -50, max: 50, noNaN: true });
    fc.assert(
      fc.property(fc.array(score, { minLength: 1 }), fc.array(score, { minLength: 1 }), (yes, no) => {
        const bins = reliability(
          { positives: Float64Array.from(yes), negatives: Float64Array.from(no) },
          { temperature: 1.5, bias: 1 },
        );
        expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(yes.length + no.length);
        const error = expectedCalibrationError(bins);
        expect(error).toBeGreaterThanOrEqual(0);
        expect(error).toBeLessThanOrEqual(1);
      }),
    );
  });
});
