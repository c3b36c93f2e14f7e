import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { randomStream } from "../base/random.ts";
import { auc, type SplitScores } from "./ranking.ts";
import { equalErrorRate, falsePositiveRateAt, rocCurve, thinRoc, truePositiveRateAt } from "./roc.ts";

const score = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ min: -50, max: 50, noNaN: true }));
const someScores = fc.array(score, { minLength: 1, maxLength: 40 }).map((values) => Float64Array.from(values));
const splitScores: fc.Arbitrary<SplitScores> = fc.record({ positives: someScores, negatives: someScores });

const trapezoid = (points: readonly (readonly [number, number])[]) =>
  points.slice(1).reduce((area, [x, y], i) => area + ((x - points[i][0]) * (y + points[i][1])) / 2, 0);
const pointsOf = (scores: SplitScores) => {
  const { falsePositiveRate, truePositiveRate } = rocCurve(scores);
  return [...falsePositiveRate].map((x, i) => [x, truePositiveRate[i]] as const);
};

/** Many scores, of which all are distinct: positives lie one standard deviation higher. */
function manyScores(positives: number, negatives: number): SplitScores {
  const random = randomStream(1, "roc");
  return {
    positives: new Float64Array(positives).map(() => random.normal() + 1),
    negatives: new Float64Array(negatives).map(() => random.normal()),
  };
}

describe("the curve", () => {
  test("has one point a distinct score, counted by hand", () => {
    const curve = rocCurve({ positives: Float64Array.of(3, 2, 2, 0), negatives: Float64Array.of(2, 1, -1, -1) });
    expect([...curve.threshold]).toEqual([Infinity, 3, 2, 1, 0, -1]);
    expect([...curve.falsePositiveRate]).toEqual([0, 0, 0.25, 0.5, 0.5, 1]);
    expect([...curve.truePositiveRate]).toEqual([0, 0.25, 0.75, 0.75, 1, 1]);
  });

  test("rises from (0, 0) to (1, 1), and each threshold gives its point", () => {
    fc.assert(
      fc.property(splitScores, ({ positives, negatives }) => {
        const { falsePositiveRate: fpr, truePositiveRate: tpr, threshold } = rocCurve({ positives, negatives });
        expect([fpr[0], tpr[0], fpr.at(-1), tpr.at(-1)]).toEqual([0, 0, 1, 1]);
        for (let i = 1; i < fpr.length; i++) {
          expect(threshold[i]).toBeLessThan(threshold[i - 1]);
          expect(fpr[i] + tpr[i]).toBeGreaterThan(fpr[i - 1] + tpr[i - 1]);
          expect(fpr[i]).toBe(negatives.filter((s) => s >= threshold[i]).length / negatives.length);
          expect(tpr[i]).toBe(positives.filter((s) => s >= threshold[i]).length / positives.length);
        }
      }),
    );
  });

  test("has the AUC as its area", () => {
    fc.assert(
      fc.property(splitScores, (scores) => {
        expect(trapezoid(pointsOf(scores))).toBeCloseTo(auc(scores), 12);
      }),
    );
  });

  test("ends when scores are infinite", () => {
    const scores = { positives: Float64Array.of(Infinity, 0), negatives: Float64Array.of(-Infinity, 1) };
    expect([...rocCurve(scores).threshold]).toEqual([Infinity, Infinity, 1, 0, -Infinity]);
  });
});

describe("the true positive rate at a false positive rate", () => {
  const curve = rocCurve({
    positives: Float64Array.of(9, 8, 6, 4, 2),
    negatives: Float64Array.of(7, 5, 3, 1, 0, -1, -2, -3, -4, -5),
  });

  test("is the best that a threshold within the rate reaches, not interpolated", () => {
    expect(truePositiveRateAt(curve, 0.1)).toBe(0.6);
    expect(truePositiveRateAt(curve, 0.19)).toBe(0.6);
    expect(truePositiveRateAt(curve, 0.2)).toBe(0.8);
    expect(truePositiveRateAt(curve, 1)).toBe(1);
  });

  test("is unknown below the weight of one negative", () => {
    expect(truePositiveRateAt(curve, 0.0999)).toBeNull();
  });

  test("is zero when the highest scores are negatives", () => {
    const scores = { positives: new Float64Array(3), negatives: new Float64Array(20).fill(1) };
    expect(truePositiveRateAt(rocCurve(scores), 0.05)).toBe(0);
  });

  test("takes a rate that is met exactly", () => {
    // 5 of 100 negatives lie above every positive but one.
    const negatives = new Float64Array(100).map((_, i) => (i < 5 ? 2 : 0));
    expect(truePositiveRateAt(rocCurve({ positives: Float64Array.of(3, 1), negatives }), 0.05)).toBe(1);
  });
});

describe("the equal error rate", () => {
  test("lies in 0 … 1 and is 0 for a perfect, 1 for an inverted, one half for a constant detector", () => {
    fc.assert(
      fc.property(splitScores, (scores) => {
        const eer = equalErrorRate(rocCurve(scores));
        expect(eer).toBeGreaterThanOrEqual(0);
        expect(eer).toBeLessThanOrEqual(1);
      }),
    );
    const [one, zero] = [Float64Array.of(1, 1), Float64Array.of(0, 0, 0)];
    expect(equalErrorRate(rocCurve({ positives: one, negatives: zero }))).toBe(0);
    expect(equalErrorRate(rocCurve({ positives: zero, negatives: one }))).toBe(1);
    expect(equalErrorRate(rocCurve({ positives: zero, negatives: zero }))).toBe(0.5);
  });

  test("lies on the curve, where both rates meet", () => {
    fc.assert(
      fc.property(splitScores, (scores) => {
        const eer = equalErrorRate(rocCurve(scores));
        const points = pointsOf(scores);
        // The point (eer, 1 − eer) lies within the segment that crosses the diagonal TPR = 1 − FPR.
        const after = points.findIndex(([x, y]) => x + y >= 1);
        const [[x0, y0], [x1, y1]] = [points[after - 1], points[after]];
        expect((x1 - x0) * (1 - eer - y0)).toBeCloseTo((y1 - y0) * (eer - x0), 12);
        expect(eer).toBeGreaterThanOrEqual(x0 - 1e-12);
        expect(eer).toBeLessThanOrEqual(x1 + 1e-12);
      }),
    );
  });

  test("of two normals one deviation apart is Φ(−½)", () => {
    expect(equalErrorRate(rocCurve(manyScores(100_000, 100_000)))).toBeCloseTo(0.30854, 2);
  });
});

describe("thinning", () => {
  const scores = manyScores(20_000, 70_000);
  const curve = rocCurve(scores);
  const whole = pointsOf(scores);
  const thin = thinRoc(curve, 500);

  test("keeps at most so many points, of the curve, in order, with both ends", () => {
    expect(thin.length).toBeLessThanOrEqual(500);
    expect(thin.length).toBeGreaterThan(300);
    const real = new Set(whole.map(String));
    expect(thin.every((point) => real.has(String(point)))).toBe(true);
    expect([thin[0], thin.at(-1)]).toEqual([
      [0, 0],
      [1, 1],
    ]);
    for (let i = 1; i < thin.length; i++) {
      expect(thin[i][0]).toBeGreaterThanOrEqual(thin[i - 1][0]);
      expect(thin[i][1]).toBeGreaterThanOrEqual(thin[i - 1][1]);
    }
  });

  test("keeps the area", () => {
    expect(trapezoid(thin)).toBeCloseTo(auc(scores), 4);
  });

  test("keeps the low rates: every TPR up to FPR 10⁻³ is told within 0.01", () => {
    for (let count = 1; count <= 70; count++) {
      const rate = count / 70_000;
      const told = thin.findLast(([x]) => x <= rate)![1];
      expect(truePositiveRateAt(curve, rate)! - told).toBeLessThan(0.01);
    }
  });

  test("leaves a curve with few corners as it is, less the points along straight runs", () => {
    fc.assert(
      fc.property(splitScores, (few) => {
        const points = thinRoc(rocCurve(few));
        expect(points.length).toBeLessThanOrEqual(rocCurve(few).threshold.length);
        expect(trapezoid(points)).toBeCloseTo(auc(few), 12);
      }),
    );
    const steps = { positives: Float64Array.of(6, 5, 2, 1), negatives: Float64Array.of(4, 3, 0) };
    expect(thinRoc(rocCurve(steps))).toEqual([
      [0, 0],
      [0, 0.5],
      [2 / 3, 0.5],
      [2 / 3, 1],
      [1, 1],
    ]);
  });
});

describe("the false positive rate at a true positive rate", () => {
  test("is the least of any threshold that finds so many", () => {
    const rates = fc.integer({ min: 1, max: 19 }).map((n) => n / 20);
    fc.assert(
      fc.property(splitScores, rates, (scores, tpr) => {
        const found = falsePositiveRateAt(rocCurve(scores), tpr);
        const enough = Math.round(scores.positives.length * (1 - tpr) * 1e6) >= 1e6;
        const reached = pointsOf(scores).filter(([, y]) => y >= tpr - 1e-9);
        expect(found).toBe(enough ? Math.min(...reached.map(([x]) => x)) : null);
      }),
    );
  });
  test("is null where it cannot be told from 1", () => {
    const curve = rocCurve({ positives: Float64Array.of(1, 2, 3), negatives: Float64Array.of(0, 2.5) });
    expect(falsePositiveRateAt(curve, 0.95)).toBeNull();
    expect(falsePositiveRateAt(curve, 0.6)).toBe(0.5);
  });
});
