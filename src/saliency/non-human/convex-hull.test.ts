import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { convexHull, type Point } from "./convex-hull.ts";

// Whole numbers: every turn is exact, so what is a corner is not a matter of rounding.
const point = fc.tuple(fc.integer({ min: -40, max: 40 }), fc.integer({ min: -40, max: 40 }));
const points = fc.array(point, { minLength: 1, maxLength: 30 });

const turn = (a: Point, b: Point, c: Point) => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);

describe("convexHull", () => {
  it("holds every point, and turns the same way at every corner", () => {
    fc.assert(
      fc.property(points, (given) => {
        const hull = convexHull(given);
        for (const corner of hull) expect(given).toContainEqual(corner);
        if (hull.length < 3) return;
        hull.forEach((corner, i) => {
          const next = hull[(i + 1) % hull.length];
          expect(turn(corner, next, hull[(i + 2) % hull.length])).toBeGreaterThan(0);
          for (const other of given) expect(turn(corner, next, other)).toBeGreaterThanOrEqual(0);
        });
      }),
    );
  });

  it("gives the square of points in and on a square, whatever their order", () => {
    const square: Point[] = [[0, 0], [4, 0], [4, 4], [0, 4]]; // biome-ignore format: corners
    expect(convexHull([[2, 0], [4, 4], [0, 4], [1, 3], [0, 0], [4, 0], [4, 4]])).toEqual(square); // biome-ignore format: points
  });

  it("gives the ends of points on one line, and a point for one point", () => {
    expect(convexHull([[1, 1], [3, 3], [2, 2]])).toEqual([[1, 1], [3, 3]]); // biome-ignore format: points
    expect(convexHull([[5, 6], [5, 6]])).toEqual([[5, 6]]); // biome-ignore format: points
  });
});
