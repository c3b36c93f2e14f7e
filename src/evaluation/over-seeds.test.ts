import { describe, expect, test } from "vitest";
import { pairedDifference, spread } from "./over-seeds.ts";

describe("over seeds", () => {
  test("mean and sample deviation; none of a single run", () => {
    expect(spread([1, 2, 3, 4])).toEqual({ mean: 2.5, sd: expect.closeTo(1.290994, 6), count: 4 });
    expect(spread([0.7])).toEqual({ mean: 0.7, sd: null, count: 1 });
  });
  test("paired difference: Student 1908, hours of sleep gained by ten patients with two drugs", () => {
    // R: t.test(extra ~ group, data = sleep, paired = TRUE) gives 1.58, 95 % interval 0.7001142 to 2.4598858.
    const first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
    const second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
    const { mean, low, high } = pairedDifference(first, second);
    expect(mean).toBeCloseTo(1.58, 10);
    expect(low).toBeCloseTo(0.7001142, 6);
    expect(high).toBeCloseTo(2.4598858, 6);
  });
  test("a single pair has no interval; unpaired lists are refused", () => {
    expect(pairedDifference([0.5], [0.6])).toMatchObject({ low: null, high: null });
    expect(() => pairedDifference([1], [1, 2])).toThrow(RangeError);
  });
});
