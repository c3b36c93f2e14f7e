import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { centreMap } from "./centre.ts";

const side = fc.integer({ min: 3, max: 60 });

describe("centreMap", () => {
  it("is white in the middle, the same on all sides, and falls off outwards", () => {
    fc.assert(
      fc.property(side, side, fc.double({ min: 0.05, max: 0.5, noNaN: true }), (width, height, sigma) => {
        const map = centreMap({ width, height }, sigma);
        const at = (x: number, y: number) => map[y * width + x];
        expect(Math.max(...map)).toBe(255);
        expect(at(width >> 1, height >> 1)).toBe(255);
        const wrong: number[][] = [];
        for (let y = 0; y < height; y++) {
          for (let x = 0; x < width; x++) {
            const mirrored = at(x, y) === at(width - 1 - x, y) && at(x, y) === at(x, height - 1 - y);
            const falling = x + 1 <= width / 2 || x + 1 === width || at(x + 1, y) <= at(x, y);
            if (!mirrored || !falling) wrong.push([x, y]);
          }
        }
        expect(wrong).toEqual([]);
      }),
    );
  });

  it("has the standard deviation that was asked for, in both directions, as a share of the width", () => {
    const [width, height, sigma] = [200, 300, 0.1];
    const map = centreMap({ width, height }, sigma);
    let [sum, acrossSum, downSum] = [0, 0, 0];
    map.forEach((value, i) => {
      sum += value;
      acrossSum += value * ((i % width) + 0.5 - width / 2) ** 2;
      downSum += value * (Math.floor(i / width) + 0.5 - height / 2) ** 2;
    });
    expect(Math.sqrt(acrossSum / sum)).toBeCloseTo(20, 0);
    expect(Math.sqrt(downSum / sum)).toBeCloseTo(20, 0);
  });
});
