import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gaussianBlur } from "./blur.ts";
import golden from "./fixtures/measures.json" with { type: "json" };

const { width, height } = golden;

describe("gaussianBlur", () => {
  it("gives what SciPy's gaussian_filter gives", () => {
    // fixtures/measures.py; the widest kernel reflects more than once.
    for (const [sigma, expected] of golden.blur as [number, number[]][]) {
      const blurred = gaussianBlur(Float32Array.from(golden.a), width, height, sigma);
      blurred.forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i], 6);
      });
    }
    const sparse = gaussianBlur(Float32Array.from(golden.sparse), width, height, 0.08);
    expect([...sparse]).toEqual(golden.blurSparse.map((value) => expect.closeTo(value, 6)));
  });

  it("keeps the sum, adds no blackness to flat maps, and keeps within the map's range", () => {
    const size = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(size, size, fc.double({ min: 0, max: 2, noNaN: true }), fc.integer(), (w, h, sigma, seed) => {
        const map = Float32Array.from({ length: w * h }, (_, i) => Math.abs(Math.sin(seed + i * i)));
        const blurred = gaussianBlur(map, w, h, sigma);
        const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0);
        expect(sum(blurred)).toBeCloseTo(sum(map), 3);
        expect(Math.max(...blurred)).toBeLessThanOrEqual(Math.max(...map) + 1e-6);
        for (const value of gaussianBlur(new Float32Array(w * h).fill(0.5), w, h, sigma)) {
          expect(value).toBeCloseTo(0.5, 6);
        }
      }),
    );
  });

  it("does nothing for sigma 0, and gives a new map", () => {
    const map = Float32Array.of(0, 1, 0, 0);
    const blurred = gaussianBlur(map, 2, 2, 0);
    expect(blurred).toEqual(map);
    expect(blurred).not.toBe(map);
  });
});
