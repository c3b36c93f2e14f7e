import { describe, expect, it } from "vitest";
import golden from "./fixtures/measures.json" with { type: "json" };
import { pearson } from "./map-measures.ts";
import { spearmanBrown, splitHalf } from "./split-half.ts";

const seed = 7;

describe("splitHalf", () => {
  it("comes near NumPy's mean over every split", () => {
    // fixtures/measures.py; the ten splits' correlations lie within about ± 0.03 of their mean.
    const { half, full } = splitHalf(golden.people, { seed, splits: 2000 })!;
    expect(half).toBeCloseTo(golden.splitHalf, 2);
    expect(full).toBeCloseTo((2 * half) / (1 + half), 12);
  });

  it("is the correlation of the two with two people, where there is one split", () => {
    const [one, other] = golden.people;
    expect(splitHalf([one, other], { seed })!.half).toBeCloseTo(pearson(one, other)!, 12);
  });

  it("takes an odd number of people", () => {
    const [one, two, three] = golden.people;
    const sum = (a: number[], b: number[]) => a.map((value, i) => value + b[i]);
    const splits = [pearson(one, sum(two, three))!, pearson(two, sum(one, three))!, pearson(three, sum(one, two))!];
    const { half } = splitHalf([one, two, three], { seed, splits: 5000 })!;
    expect(half).toBeCloseTo((splits[0] + splits[1] + splits[2]) / 3, 2);
  });

  it("gives the same for the same seed", () => {
    expect(splitHalf(golden.people, { seed, splits: 3 })).toEqual(splitHalf(golden.people, { seed, splits: 3 }));
    expect(splitHalf(golden.people, { seed, splits: 3 })).not.toEqual(splitHalf(golden.people, { seed: 8, splits: 3 }));
  });

  it("is 1 where all agree, and undefined where there is nothing to correlate", () => {
    const [one] = golden.people;
    expect(splitHalf([one, one, one, one], { seed })).toEqual({ half: expect.closeTo(1, 12), full: expect.closeTo(1, 12) }); // biome-ignore format: long
    const flat = one.map(() => 0.1);
    expect(splitHalf([one], { seed })).toBeUndefined();
    expect(splitHalf([one, flat], { seed })).toBeUndefined();
    expect(splitHalf([flat, flat, flat], { seed })).toBeUndefined();
    expect(splitHalf([], { seed })).toBeUndefined();
    expect(() => splitHalf([one, [1, 2]], { seed })).toThrow(RangeError);
  });
});

describe("spearmanBrown", () => {
  it("doubles the test, and stays within −1..1", () => {
    // Spearman's and Brown's formula of 1910: reliability 0.6 of a half is 0.75 of the whole.
    expect(spearmanBrown(0.6)).toBeCloseTo(0.75, 12);
    expect([-1, 0, 1].map(spearmanBrown)).toEqual([-1, 0, 1]);
  });
});
