/** The frame on the detector's page: whatever hands do, it stays whole pixels inside the image. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Crop,
  fitted,
  middleSquare,
  moved,
  type Size,
  scaled,
  spanned,
  squared,
} from "../../web/detector/crop.ts";

const image = fc.record({ width: fc.integer({ min: 1, max: 9000 }), height: fc.integer({ min: 1, max: 9000 }) });
const number = fc.double({ min: -2e4, max: 2e4, noNaN: true });
const point = fc.record({ x: number, y: number });
const crop = fc.record({ left: number, top: number, width: number, height: number });

function requireInside({ left, top, width, height }: Crop, size: Size): void {
  for (const value of [left, top, width, height]) expect(Number.isInteger(value)).toBe(true);
  expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
  expect(width).toBeGreaterThanOrEqual(Math.min(16, size.width, size.height));
  expect(height).toBeGreaterThanOrEqual(Math.min(16, size.width, size.height));
  expect(left + width).toBeLessThanOrEqual(size.width);
  expect(top + height).toBeLessThanOrEqual(size.height);
}

test("stays inside the image", () => {
  fc.assert(
    fc.property(image, crop, point, fc.double({ min: 0.01, max: 100, noNaN: true }), (size, given, by, factor) => {
      const begun = fitted(given, size);
      const fixed = { x: begun.left, y: begun.top };
      const to = { x: Math.min(Math.max(by.x, 0), size.width), y: Math.min(Math.max(by.y, 0), size.height) };
      const all = [begun, moved(begun, size, by), scaled(begun, size, factor), spanned(fixed, to, size, false)];
      for (const one of all) requireInside(one, size);
    }),
  );
});

test("a square stays one", () => {
  fc.assert(
    fc.property(image, crop, point, fc.double({ min: 0.01, max: 100, noNaN: true }), (size, given, by, factor) => {
      const square = squared(fitted(given, size), size);
      const fixed = { x: square.left, y: square.top };
      const to = { x: Math.min(Math.max(by.x, 0), size.width), y: Math.min(Math.max(by.y, 0), size.height) };
      const all = [middleSquare(size), square, moved(square, size, by), scaled(square, size, factor)];
      for (const one of [...all, spanned(fixed, to, size, true)]) {
        expect(one.width).toBe(one.height);
      }
    }),
  );
});
