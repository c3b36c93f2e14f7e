import { describe, expect, test } from "vitest";
import { mapColor, type Rgb } from "./colormap.ts";

describe("the colour map", () => {
  test("is matplotlib's viridis to within 7 of 255", () => {
    // matplotlib.cm.viridis(i, bytes=True)[:3] at places between the anchors
    const expected: [number, Rgb][] = [
      [10, [71, 16, 99]],
      [60, [61, 78, 138]],
      [100, [42, 118, 142]],
      [128, [33, 145, 140]],
      [200, [112, 207, 87]],
      [250, [241, 229, 29]],
    ];
    for (const [i, color] of expected)
      mapColor(i / 255).forEach((channel, c) => {
        expect(Math.abs(channel - color[c])).toBeLessThanOrEqual(7);
      });
    expect(mapColor(0)).toEqual([68, 1, 84]);
    expect(mapColor(1)).toEqual([253, 231, 37]);
    expect(mapColor(3 / 15)).toEqual([65, 68, 135]);
  });

  test("grows lighter from step to step", () => {
    // Relative luminance, WCAG 2
    const linear = (channel: number) =>
      channel <= 10 ? channel / 255 / 12.92 : ((channel / 255 + 0.055) / 1.055) ** 2.4;
    const luminance = ([r, g, b]: Rgb) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    for (let i = 1; i <= 64; i++)
      expect(luminance(mapColor(i / 64))).toBeGreaterThan(luminance(mapColor((i - 1) / 64)));
  });

  test("holds its ends beyond 0 … 1 and refuses NaN", () => {
    expect(mapColor(-0.5)).toEqual(mapColor(0));
    expect(mapColor(Number.POSITIVE_INFINITY)).toEqual(mapColor(1));
    expect(() => mapColor(Number.NaN)).toThrow(RangeError);
  });
});
