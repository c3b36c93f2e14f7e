import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { randomStream } from "../base/random.ts";
import { expectedCalibrationError, fitTemperature, probabilityOf, reliability } from "./calibration.ts";
import type { SplitScores } from "./ranking.ts";

/** Scores whose probabilities are right by construction, then made `factor` times too sure. */
function drawn(count: number, factor: number): SplitScores {
  const random = randomStream(7, "calibration", factor);
  const positives: number[] = [];
  const negatives: number[] = [];
  for (let i = 0; i < count; i++) {
    const score = 2 * random.normal();
    (random.uniform() < probabilityOf(score) ? positives : negatives).push(score * factor);
  }
  return { positives: Float64Array.from(positives), negatives: Float64Array.from(negatives) };
}

describe("fitTemperature", () => {
  test.each([0.5, 1, 3])("undoes scores that are %s times too sure", (factor) => {
    expect(fitTemperature(drawn(20_000, factor)) / factor).toBeCloseTo(1, 1);
  });

  test("has the maximum where the derivative of the likelihood is 0: Σ z(y − p) = 0", () => {
    const scores = drawn(500, 2);
    const temperature = fitTemperature(scores);
    const slope = (values: Float64Array, label: number) =>
      values.reduce((sum, score) => sum + score * (label - probabilityOf(score, temperature)), 0);
    expect(Math.abs(slope(scores.positives, 1) + slope(scores.negatives, 0))).toBeLessThan(1e-2);
  });

  test("stays in its range where classes are apart, or the wrong way round", () => {
    const [positives, negatives] = [Float64Array.of(1, 2), Float64Array.of(-1, -2)];
    expect(fitTemperature({ positives, negatives })).toBeCloseTo(0.01, 3);
    expect(fitTemperature({ positives: negatives, negatives: positives })).toBeCloseTo(100, 0);
  });

  test("refuses no scores", () => {
    const none = new Float64Array(0);
    expect(() => fitTemperature({ positives: none, negatives: none })).toThrow(RangeError);
  });
});

describe("expectedCalibrationError", () => {
  test("by hand: 0.9 for four images of which three are positive, 0.1 for one that is not", () => {
    const sure = Math.log(9);
    const scores = { positives: Float64Array.of(sure, sure, sure), negatives: Float64Array.of(sure, -sure) };
    const bins = reliability(scores, 1);
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
        const bins = reliability({ positives: Float64Array.from(yes), negatives: Float64Array.from(no) }, 1.5);
        expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(yes.length + no.length);
        const error = expectedCalibrationError(bins);
        expect(error).toBeGreaterThanOrEqual(0);
        expect(error).toBeLessThanOrEqual(1);
      }),
    );
  });
});
