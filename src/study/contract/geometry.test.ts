import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  markedArea,
  rasterise,
  regionCount,
  requirementGrid,
  type StrokeShape,
  speckShare,
  unmetRequirement,
} from "./geometry.ts";

const stroke = (tool: StrokeShape["tool"], radius: number, ...points: [number, number][]): StrokeShape => ({
  tool,
  radius,
  points: points.map(([x, y], i) => [x, y, i]),
});

const share = fc.double({ min: 0, max: 1, noNaN: true });
const point = fc.tuple(share, share);
const strokeOf = (...tools: StrokeShape["tool"][]) =>
  fc
    .record({
      tool: fc.constantFrom(...tools),
      radius: fc.double({ min: 0.002, max: 0.25, noNaN: true }),
      points: fc.array(point, { minLength: 1, maxLength: 12 }),
    })
    .map(({ tool, radius, points }) => stroke(tool, radius, ...points));

/** Whether (x, y), in pixels, is marked: straight from the definitions, point by point, with no rows and no spans. */
function isMarked(strokes: StrokeShape[], x: number, y: number, width: number, height: number): boolean {
  let marked = false;
  for (const { tool, radius, points } of strokes) {
    const path = points.map(([px, py]) => [px * width, py * height]);
    let inside = false;
    if (tool === "lasso") {
      // The angle that the outline turns about the point, in whole turns.
      let turn = 0;
      for (let i = 0; i < path.length; i++) {
        const [from, to] = [path[i], path[(i + 1) % path.length]];
        const [ax, ay, bx, by] = [from[0] - x, from[1] - y, to[0] - x, to[1] - y];
        turn += Math.atan2(ax * by - ay * bx, ax * bx + ay * by);
      }
      inside = Math.round(turn / (2 * Math.PI)) !== 0;
    } else inside = distanceTo(path, x, y) <= radius * width;
    if (inside) marked = tool !== "eraser";
  }
  return marked;
}

function distanceTo(path: number[][], x: number, y: number): number {
  const distances = path.map(([px, py], i) => {
    const [qx, qy] = path[i + 1] ?? [px, py];
    const squared = (qx - px) ** 2 + (qy - py) ** 2;
    const along = squared === 0 ? 0 : Math.min(1, Math.max(0, ((x - px) * (qx - px) + (y - py) * (qy - py)) / squared));
    return Math.hypot(x - px - along * (qx - px), y - py - along * (qy - py));
  });
  return Math.min(...distances);
}

/** How far the point lies from where the marking of any stroke ends, in pixels. */
function distanceToBorder(strokes: StrokeShape[], x: number, y: number, width: number, height: number): number {
  return Math.min(
    ...strokes.map(({ tool, radius, points }) => {
      const path = points.map(([px, py]) => [px * width, py * height]);
      if (tool === "lasso") return distanceTo([...path, path[0]], x, y);
      return Math.abs(distanceTo(path, x, y) - radius * width);
    }),
  );
}

describe("rasterise", () => {
  it("marks the pixels whose centres the definition marks, and no others", () => {
    const size = fc.integer({ min: 1, max: 24 });
    fc.assert(
      fc.property(
        fc.array(strokeOf("brush", "lasso", "eraser"), { minLength: 1, maxLength: 4 }),
        size,
        size,
        (strokes, width, height) => {
          const mask = rasterise(strokes, width, height);
          for (let y = 0; y < height; y++) {
            for (let x = 0; x < width; x++) {
              // On a border, to rounding, either is right.
              if (distanceToBorder(strokes, x + 0.5, y + 0.5, width, height) < 1e-9) continue;
              const expected = isMarked(strokes, x + 0.5, y + 0.5, width, height) ? 1 : 0;
              if (mask[y * width + x] !== expected) throw new Error(`pixel ${x}, ${y} is ${mask[y * width + x]}`);
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  /** A pixel may be wrong only where the border runs through it. */
  const pixelError = (perimeter: number) => 2 * perimeter + 8;

  it("gives a disc its area, wherever it lies", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.02, max: 0.25, noNaN: true }),
        fc.tuple(fc.double({ min: 0.25, max: 0.75, noNaN: true }), fc.double({ min: 0.25, max: 0.75, noNaN: true })),
        (radius, centre) => {
          const side = 200;
          const pixels = markedArea(rasterise([stroke("brush", radius, centre)], side, side)) * side * side;
          const r = radius * side;
          expect(Math.abs(pixels - Math.PI * r * r)).toBeLessThan(pixelError(2 * Math.PI * r) / 4);
        },
      ),
    );
  });

  it("gives a straight stroke the area of its capsule", () => {
    const inner = fc.double({ min: 0.2, max: 0.8, noNaN: true });
    fc.assert(
      fc.property(
        fc.double({ min: 0.02, max: 0.2, noNaN: true }),
        fc.tuple(inner, inner),
        fc.tuple(inner, inner),
        (radius, from, to) => {
          const side = 200;
          const pixels = markedArea(rasterise([stroke("brush", radius, from, to)], side, side)) * side * side;
          const [r, length] = [radius * side, Math.hypot(to[0] - from[0], to[1] - from[1]) * side];
          const area = Math.PI * r * r + 2 * r * length;
          expect(Math.abs(pixels - area)).toBeLessThan(pixelError(2 * Math.PI * r + 2 * length));
        },
      ),
    );
  });

  it("gives a convex polygon the area of the shoelace formula", () => {
    const angles = fc.uniqueArray(fc.integer({ min: 0, max: 359 }), { minLength: 3, maxLength: 12 });
    fc.assert(
      fc.property(angles, fc.double({ min: 0.1, max: 0.5, noNaN: true }), (degrees, reach) => {
        const side = 200;
        const corners = degrees
          .sort((a, b) => a - b)
          .map((degree): [number, number] => {
            const angle = (degree * Math.PI) / 180;
            return [0.5 + reach * Math.cos(angle), 0.5 + reach * Math.sin(angle)];
          });
        let twice = 0;
        let perimeter = 0;
        corners.forEach(([x, y], i) => {
          const [nextX, nextY] = corners[(i + 1) % corners.length];
          twice += x * nextY - y * nextX;
          perimeter += Math.hypot(nextX - x, nextY - y);
        });
        const pixels = markedArea(rasterise([stroke("lasso", 0.01, ...corners)], side, side)) * side * side;
        expect(Math.abs(pixels - (twice / 2) * side * side)).toBeLessThan(pixelError(perimeter * side));
      }),
    );
  });

  it("gives the same share of the image at 64 and at 512 pixels", () => {
    fc.assert(
      fc.property(strokeOf("brush", "lasso"), (drawn) => {
        const small = markedArea(rasterise([drawn], 64, 64));
        const large = markedArea(rasterise([drawn], 512, 512));
        let length = 0;
        drawn.points.forEach(([x, y], i) => {
          const [nextX, nextY] = drawn.points[(i + 1) % drawn.points.length];
          length += Math.hypot(nextX - x, nextY - y);
        });
        const perimeter = 2 * length + 2 * Math.PI * drawn.radius;
        expect(Math.abs(small - large)).toBeLessThan(pixelError(perimeter * 64) / 64 ** 2);
      }),
      { numRuns: 50 },
    );
  });

  it("keeps a disc round on an image that is not square: its radius is a share of the width", () => {
    const mask = rasterise([stroke("brush", 0.1, [0.5, 0.5])], 100, 300);
    const rows = new Set<number>();
    const columns = new Set<number>();
    mask.forEach((marked, at) => {
      if (marked === 0) return;
      rows.add(Math.floor(at / 100));
      columns.add(at % 100);
    });
    expect([rows.size, columns.size]).toEqual([20, 20]);
  });

  it("leaves nothing of a stroke that the same eraser follows", () => {
    fc.assert(
      fc.property(
        strokeOf("brush"),
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 70 }),
        (drawn, w, h) => {
          expect(markedArea(rasterise([drawn, { ...drawn, tool: "eraser" }], w, h))).toBe(0);
        },
      ),
    );
  });

  it("applies strokes in their order", () => {
    const [brush, eraser] = [stroke("brush", 0.2, [0.5, 0.5]), stroke("eraser", 0.1, [0.5, 0.5])];
    const ring = rasterise([brush, eraser], 100, 100);
    expect(markedArea(ring)).toBeCloseTo(Math.PI * (0.2 ** 2 - 0.1 ** 2), 2);
    expect(rasterise([eraser, brush], 100, 100)).toEqual(rasterise([brush], 100, 100));
  });

  it("does not care in which direction a stroke was drawn", () => {
    fc.assert(
      fc.property(strokeOf("brush", "lasso"), (drawn) => {
        const back = { ...drawn, points: drawn.points.toReversed() };
        // Only a centre that a border meets to the last bit may fall otherwise.
        const [there, again] = [rasterise([drawn], 40, 30), rasterise([back], 40, 30)];
        there.forEach((value, at) => {
          if (value === again[at]) return;
          const [x, y] = [(at % 40) + 0.5, Math.floor(at / 40) + 0.5];
          expect(distanceToBorder([drawn], x, y, 40, 30)).toBeLessThan(1e-9);
        });
      }),
    );
  });

  it("fills a lasso that crosses itself by the non-zero rule: an eight has two bellies, a star its middle", () => {
    const eight = rasterise([stroke("lasso", 0.01, [0, 0], [1, 1], [0, 1], [1, 0])], 100, 100);
    expect(markedArea(eight)).toBeCloseTo(0.5, 1);
    expect([eight[10 * 100 + 50], eight[90 * 100 + 50], eight[50 * 100 + 10]]).toEqual([1, 1, 0]);
    const corners = [0, 2, 4, 1, 3].map((i): [number, number] => {
      const angle = (i * 2 * Math.PI) / 5;
      return [0.5 + 0.5 * Math.sin(angle), 0.5 - 0.5 * Math.cos(angle)];
    });
    expect(rasterise([stroke("lasso", 0.01, ...corners)], 100, 100)[50 * 100 + 50]).toBe(1);
  });

  it("marks nothing with a lasso of one or two points, or of points on one line", () => {
    fc.assert(
      fc.property(point, point, fc.integer({ min: 1, max: 300 }), (a, b, side) => {
        expect(markedArea(rasterise([stroke("lasso", 0.1, a)], side, side))).toBe(0);
        expect(markedArea(rasterise([stroke("lasso", 0.1, a, b)], side, side))).toBe(0);
        expect(markedArea(rasterise([stroke("lasso", 0.1, a, b, a)], side, side))).toBe(0);
      }),
    );
  });

  it("covers the whole image with a lasso around it, each pixel by one of two lassos that share a border", () => {
    const all: [number, number][] = [
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 1],
    ];
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 50 }),
        share,
        share,
        (w, h, top, bottom) => {
          expect(markedArea(rasterise([stroke("lasso", 0.1, ...all)], w, h))).toBe(1);
          const left = rasterise([stroke("lasso", 0.1, [0, 0], [top, 0], [bottom, 1], [0, 1])], w, h);
          const right = rasterise([stroke("lasso", 0.1, [top, 0], [1, 0], [1, 1], [bottom, 1])], w, h);
          left.forEach((marked, at) => {
            expect(marked + right[at]).toBe(1);
          });
        },
      ),
    );
  });

  it("cuts off what lies outside: a disc in a corner is a quarter", () => {
    for (const corner of [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ] as [number, number][]) {
      const area = markedArea(rasterise([stroke("brush", 0.2, corner)], 400, 400));
      expect(area).toBeCloseTo((Math.PI * 0.2 ** 2) / 4, 3);
    }
  });

  it("includes a centre that lies exactly on a disc's border", () => {
    // Radius 1 pixel about the centre of the pixel in the middle: it and its four neighbours.
    expect([...rasterise([stroke("brush", 0.2, [0.5, 0.5])], 5, 5)].filter(Boolean)).toHaveLength(5);
  });
});

describe("regionCount", () => {
  const mask = (...rows: string[]) => Uint8Array.from(rows.join(""), (cell) => (cell === "#" ? 1 : 0));

  it("joins what touches by sides or corners", () => {
    expect(regionCount(mask("#..#", ".#.#", "...."), 4, 3, 0)).toBe(2);
    expect(regionCount(mask("#.#.#", ".....", "#.#.#"), 5, 3, 0)).toBe(6);
    expect(regionCount(mask("#.#", "#.#", "###"), 3, 3, 0)).toBe(1);
    expect(regionCount(mask("###", "#.#", "###"), 3, 3, 0)).toBe(1);
    expect(regionCount(mask("..", ".."), 2, 2, 0)).toBe(0);
    // The end of a row and the beginning of the next do not touch.
    expect(regionCount(mask("...#", "#..."), 4, 2, 0)).toBe(2);
  });

  it("agrees with flooding from each pixel", () => {
    const size = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(size, size, fc.infiniteStream(fc.constantFrom(0, 1)), (width, height, cells) => {
        const drawn = Uint8Array.from({ length: width * height }, () => cells.next().value);
        const open = new Set([...drawn.keys()].filter((at) => drawn[at] === 1));
        let regions = 0;
        const flood = (at: number) => {
          if (!open.delete(at)) return;
          const x = at % width;
          for (const dy of [-width, 0, width])
            for (const dx of [-1, 0, 1]) if (x + dx >= 0 && x + dx < width) flood(at + dy + dx);
        };
        while (open.size > 0) {
          regions++;
          flood(open.values().next().value!);
        }
        expect(regionCount(drawn, width, height, 0)).toBe(regions);
      }),
      { numRuns: 300 },
    );
  });

  it("ignores specks", () => {
    const drawn = rasterise([stroke("brush", 0.1, [0.25, 0.5]), stroke("brush", 0.1, [0.75, 0.5])], 200, 200);
    drawn[0] = 1;
    expect(1 / drawn.length).toBeLessThan(speckShare);
    expect(regionCount(drawn, 200, 200)).toBe(2);
    expect(regionCount(drawn, 200, 200, 0)).toBe(3);
  });
});

describe("unmetRequirement", () => {
  const size = { width: 1024, height: 768 };
  const two = [stroke("brush", 0.05, [0.25, 0.5]), stroke("brush", 0.05, [0.75, 0.5])];

  it("says what is lacking, and by how much", () => {
    expect(unmetRequirement([], size, { leastArea: 0, leastRegions: 1 })).toEqual({
      area: 0,
      regions: 0,
      lacking: ["regions"],
    });
    expect(unmetRequirement(two, size, { leastArea: 0.01, leastRegions: 2 })).toBeUndefined();
    const unmet = unmetRequirement(two, size, { leastArea: 0.5, leastRegions: 3 });
    expect(unmet).toMatchObject({ regions: 2, lacking: ["area", "regions"] });
    expect(unmet!.area).toBeCloseTo((2 * Math.PI * 0.05 ** 2 * 1024) / 768, 2);
  });

  it("says the same of an image shown at any size, and keeps its shape", () => {
    expect(requirementGrid({ width: 4000, height: 3000 })).toEqual({ width: 256, height: 192 });
    expect(requirementGrid({ width: 1000, height: 1 })).toEqual({ width: 256, height: 1 });
    expect(requirementGrid({ width: 64, height: 48 })).toEqual({ width: 64, height: 48 });
    const rule = { leastArea: 0.5, leastRegions: 1 };
    expect(unmetRequirement(two, { width: 4000, height: 3000 }, rule)).toEqual(
      unmetRequirement(two, { width: 800, height: 600 }, rule),
    );
  });
});
