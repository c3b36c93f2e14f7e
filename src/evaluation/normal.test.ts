import fc from "fast-check";
import { expect, test } from "vitest";
import { normalQuantile, normalTail } from "./normal.ts";

// R 4.2: options(digits=15); pnorm(c(0.5, 1.959963984540054, 3, 8, -1), lower.tail = FALSE)
test("the tail is R's pnorm, far out too", () => {
  const expected = {
    0.5: 0.308537538725987,
    1.959963984540054: 0.025,
    3: 1.34989803163009e-3,
    8: 6.22096057427178e-16,
  };
  for (const [z, tail] of Object.entries(expected)) expect(normalTail(Number(z)) / tail).toBeCloseTo(1, 12);
  expect(normalTail(-1)).toBeCloseTo(0.841344746068543, 14);
  expect(normalTail(2.5 - 1e-12) / normalTail(2.5 + 1e-12)).toBeCloseTo(1, 10);
});

// R 4.2: qnorm(c(0.6, 0.975, 0.9995))
test("the quantile is R's qnorm", () => {
  expect(normalQuantile(0.6)).toBeCloseTo(0.2533471031358, 12);
  expect(normalQuantile(0.975)).toBeCloseTo(1.95996398454005, 12);
  expect(normalQuantile(0.0005)).toBeCloseTo(-3.29052673149193, 12);
  expect(normalQuantile(0.5)).toBe(0);
  for (const wrong of [0, 1, Number.NaN]) expect(() => normalQuantile(wrong)).toThrow(RangeError);
});

test("quantile and tail undo each other", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true }), (p) => {
      expect(1 - normalTail(normalQuantile(p))).toBeCloseTo(p, 12);
    }),
  );
});
