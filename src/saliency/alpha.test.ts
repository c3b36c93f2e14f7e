import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alphaOfTallies, krippendorffAlpha, pixelTallies } from "./alpha.ts";

const _ = undefined;

/** From the definition of the coincidence matrix, pair by pair. */
function byPairs(ratings: (number | undefined)[][]): number {
  let [observed, expected, values] = [0, 0, [] as number[]];
  for (let unit = 0; unit < ratings[0].length; unit++) {
    const given = ratings.map((coder) => coder[unit]).filter((value) => value !== undefined);
    if (given.length < 2) continue;
    values = values.concat(given);
    given.forEach((one, i) => {
      given.forEach((other, j) => {
        if (i !== j && one !== other) observed += 1 / (given.length - 1);
      });
    });
  }
  values.forEach((one, i) => {
    values.forEach((other, j) => {
      if (i !== j && one !== other) expected += 1 / (values.length - 1);
    });
  });
  return 1 - observed / expected;
}

// Klaus Krippendorff, "Computing Krippendorff's Alpha-Reliability" (University of Pennsylvania, 2011), whose sections
// the tests are named by.
describe("krippendorffAlpha", () => {
  it("gives the published value for binary data of two observers (A)", () => {
    const meg = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0];
    const owen = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0];
    expect(krippendorffAlpha([meg, owen])).toBeCloseTo(0.095, 3);
  });

  it("gives the published value for nominal data of two observers (B)", () => {
    const ben = [..."aabbdcccedda"];
    const gerry = [..."babbbcccedd"].concat("d");
    expect(krippendorffAlpha([ben, gerry])).toBeCloseTo(0.692, 3);
  });

  it("gives the published value for four observers with missing data (C)", () => {
    const alpha = krippendorffAlpha([
      [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
      [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
      [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, null],
      [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
    ]);
    expect(alpha).toBeCloseTo(0.743, 3);
  });

  it("agrees with counting pair by pair", () => {
    const unit = fc.array(fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }), {
      minLength: 4,
      maxLength: 4,
    });
    fc.assert(
      fc.property(fc.array(unit, { minLength: 2, maxLength: 12 }), (units) => {
        const ratings = [0, 1, 2, 3].map((coder) => units.map((values) => values[coder]));
        const alpha = krippendorffAlpha(ratings);
        const expected = byPairs(ratings);
        if (Number.isFinite(expected)) expect(alpha).toBeCloseTo(expected, 10);
        else expect(alpha).toBeUndefined();
      }),
    );
  });

  it("is 1 for agreement, and undefined where nothing could disagree", () => {
    expect(krippendorffAlpha([["a", "b"], ["a", "b"]])).toBe(1); // biome-ignore format: two coders
    expect(krippendorffAlpha([["a", "a"], ["a", "a"]])).toBeUndefined(); // biome-ignore format: two coders
    expect(krippendorffAlpha([["a", "b"]])).toBeUndefined();
    expect(krippendorffAlpha([])).toBeUndefined();
    expect(() => krippendorffAlpha([["a"], ["a", "b"]])).toThrow(RangeError);
  });
});

describe("pixelTallies", () => {
  it("makes of masks what the ratings of their pixels make", () => {
    const mask = fc.array(fc.constantFrom(0, 1), { minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(mask, { minLength: 1, maxLength: 6 }), (masks) => {
        const [tallied, rated] = [alphaOfTallies(pixelTallies(masks)), krippendorffAlpha(masks)];
        if (rated === undefined) expect(tallied).toBeUndefined();
        else expect(tallied).toBeCloseTo(rated, 10);
      }),
    );
  });

  it("may be joined over images that other people marked, who are missing in one another's", () => {
    const [first, second] = [
      [[1, 0, 1], [1, 1, 0]], // biome-ignore format: an image
      [[0, 0, 1], [0, 1, 1], [0, 0, 1]], // biome-ignore format: an image
    ];
    const missing = [_, _, _];
    const together = krippendorffAlpha([
      ...first.map((mask) => [...mask, ...missing]),
      ...second.map((mask) => [...missing, ...mask]),
    ]);
    expect(alphaOfTallies([...pixelTallies(first), ...pixelTallies(second)])).toBeCloseTo(together!, 12);
  });
});
