import fc from "fast-check";
import { expect, test } from "vitest";
import { InputError } from "../base/errors.ts";
import { requireSameAspect } from "./aspect.ts";

const check = (mw: number, mh: number, iw: number, ih: number) =>
  requireSameAspect({ width: mw, height: mh }, "m.png", { width: iw, height: ih }, "i.png");

test("rounding to whole pixels passes, another shape does not", () => {
  check(224, 224, 1024, 1024);
  check(100, 75, 800, 600);
  check(101, 100, 224, 224);
  check(100, 101, 224, 224);
  expect(() => check(103, 100, 224, 224)).toThrow(InputError);
  expect(() => check(100, 103, 224, 224)).toThrow(InputError);
  expect(() => check(600, 800, 800, 600)).toThrow(
    "m.png: the map has 600 × 800 pixels and another aspect ratio than its image i.png with 800 × 600",
  );
});

test("a map at any whole fraction of its image's size passes", () => {
  const side = fc.integer({ min: 1, max: 1000 });
  fc.assert(
    fc.property(side, side, fc.integer({ min: 1, max: 8 }), (width, height, factor) => {
      check(width, height, width * factor, height * factor);
    }),
  );
});
