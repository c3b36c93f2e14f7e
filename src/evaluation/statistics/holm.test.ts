import fc from "fast-check";
import { expect, test } from "vitest";
import { holm } from "./holm.ts";

test('R 4.2: p.adjust(c(0.01, 0.04, 0.03, 0.005, 0.5, 0.03), "holm")', () => {
  const adjusted = holm([0.01, 0.04, 0.03, 0.005, 0.5, 0.03]);
  [0.05, 0.12, 0.12, 0.03, 0.5, 0.12].forEach((expected, i) => {
    expect(adjusted[i]).toBeCloseTo(expected, 14);
  });
  expect(holm([])).toEqual([]);
});

test("never smaller than the raw p, nor greater than Bonferroni's; the order of tests does not matter", () => {
  const p = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(p, { minLength: 1, maxLength: 30 }), (pValues) => {
      const adjusted = holm(pValues);
      pValues.forEach((raw, i) => {
        expect(adjusted[i]).toBeGreaterThanOrEqual(raw);
        expect(adjusted[i]).toBeLessThanOrEqual(Math.min(1, raw * pValues.length));
      });
      expect(holm([...pValues].reverse())).toEqual([...adjusted].reverse());
    }),
  );
});
