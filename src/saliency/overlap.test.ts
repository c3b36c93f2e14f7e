import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dice, iou, meanOverPairs } from "./overlap.ts";

const mask = fc.array(fc.constantFrom(0, 1), { minLength: 16, maxLength: 16 });

describe("iou and dice", () => {
  it("count pixels", () => {
    expect(iou([1, 1, 1, 0], [0, 1, 1, 1])).toBe(2 / 4);
    expect(dice([1, 1, 1, 0], [0, 1, 1, 1])).toBe(4 / 6);
    expect([iou([1, 0], [0, 1]), dice([1, 0], [0, 1])]).toEqual([0, 0]);
    expect([iou([1, 0], [0, 0]), dice([1, 0], [0, 0])]).toEqual([0, 0]);
    // What is marked may be written as 255.
    expect(iou(Uint8Array.of(255, 0), Uint8Array.of(1, 0))).toBe(1);
  });

  it("are undefined where nothing is marked", () => {
    expect([iou([0, 0], [0, 0]), dice([0, 0], [0, 0])]).toEqual([undefined, undefined]);
    expect(() => iou([1], [1, 0])).toThrow(RangeError);
  });

  it("are bound to one another", () => {
    fc.assert(
      fc.property(mask, mask, (a, b) => {
        const [j, d] = [iou(a, b), dice(a, b)];
        if (j === undefined) expect(d).toBeUndefined();
        else expect(d).toBeCloseTo((2 * j) / (1 + j), 12);
        expect(iou(b, a)).toBe(j);
      }),
    );
  });
});

describe("meanOverPairs", () => {
  it("is the mean over all pairs that have a value", () => {
    expect(meanOverPairs([[1, 1], [1, 0], [0, 1]], iou)).toBeCloseTo((0.5 + 0.5 + 0) / 3, 12); // biome-ignore format: masks
    expect(meanOverPairs([[1, 1], [0, 0], [0, 0]], iou)).toBe(0); // biome-ignore format: masks
    expect(meanOverPairs([[0, 0], [0, 0]], iou)).toBeUndefined(); // biome-ignore format: masks
    expect(meanOverPairs([[1, 1]], iou)).toBeUndefined();
  });
});
