import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coverage, createCanvas, ellipse, fill, type Point } from "./raster.ts";

const total = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0);
const rectangle = (x0: number, y0: number, x1: number, y1: number): Point[] => [
  [x0, y0],
  [x1, y0],
  [x1, y1],
  [x0, y1],
];

describe("coverage", () => {
  it("is the exact area of a rectangle, pixel by pixel", () => {
    const area = coverage(4, rectangle(0.125, 0.25, 0.6875, 0.5));
    expect([area.left, area.top, area.right, area.bottom]).toEqual([0, 1, 3, 2]);
    expect([...area.values]).toEqual([0.5, 1, 0.75]);
  });

  it("adds up to the area of any triangle inside the canvas, whichever way round", () => {
    const coordinate = fc.double({ min: 0, max: 1, noNaN: true });
    const point = fc.tuple(coordinate, coordinate);
    fc.assert(
      fc.property(point, point, point, (a, b, c) => {
        const size = 16;
        const area = Math.abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2;
        const { values } = coverage(size, [a, b, c]);
        expect(total(values)).toBeCloseTo(area * size * size, 2);
      }),
    );
  });

  it("cuts off what lies outside the canvas", () => {
    const { values } = coverage(10, ellipse([0, 0], 0.5, 0.5));
    const whole = coverage(40, ellipse([0.5, 0.5], 0.125, 0.125));
    expect(total(values)).toBeCloseTo(total(whole.values) / 4, 1);
    expect(coverage(10, rectangle(1.2, 1.2, 1.5, 1.5)).values).toHaveLength(0);
  });
});

describe("fill", () => {
  it("blends by coverage and opacity, and only inside the clip", () => {
    const canvas = createCanvas(2);
    const clip = coverage(2, rectangle(0, 0, 0.5, 1));
    fill(canvas, rectangle(0, 0, 1, 0.25), [200, 100, 0], { opacity: 0.5, clip });
    expect([...canvas.pixels]).toEqual([50, 25, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });
});
