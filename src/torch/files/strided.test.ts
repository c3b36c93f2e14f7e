import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { itemSizes } from "../dtype.ts";
import { gather, isContiguous, lastElement } from "./strided.ts";

const dtypes = Object.keys(itemSizes) as (keyof typeof itemSizes)[];

describe("strided views", () => {
  const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 });
  const cases = fc.record({
    dtype: fc.constantFrom(...dtypes),
    shape: shapes,
    order: fc.array(fc.nat(), { minLength: 4, maxLength: 4 }),
    step: fc.integer({ min: 1, max: 2 }),
    offset: fc.nat(3),
    shift: fc.nat(7),
  });

  test("gathering any order of axes, at any byte, equals indexing element by element", () => {
    fc.assert(
      fc.property(cases, ({ dtype, shape, order, step, offset, shift }) => {
        const axes = shape.map((_, axis) => axis).sort((a, b) => order[a] - order[b]);
        const strides = shape.map(() => 0);
        let next = step;
        for (const axis of axes) {
          strides[axis] = next;
          next *= shape[axis];
        }
        const view = { dtype, shape, strides, offset };
        const size = itemSizes[dtype];
        const memory = Uint8Array.from({ length: shift + (lastElement(view) + 1) * size }, (_, index) => index * 7);
        const storage = memory.subarray(shift);

        const expected: number[] = [];
        const count = shape.reduce((product, length) => product * length, 1);
        for (let flat = 0; flat < count; flat++) {
          let rest = flat;
          let element = offset;
          for (let axis = shape.length - 1; axis >= 0; axis--) {
            element += (rest % shape[axis]) * strides[axis];
            rest = Math.floor(rest / shape[axis]);
          }
          expected.push(...storage.subarray(element * size, (element + 1) * size));
        }
        expect([...gather(storage, view)]).toEqual(expected);
        if (isContiguous(view)) {
          expect([...storage.subarray(offset * size, (offset + count) * size)]).toEqual(expected);
        }
      }),
    );
  });

  test("axes of length 1 have no order", () => {
    expect(isContiguous({ dtype: "float32", offset: 0, shape: [2, 1, 3], strides: [3, 99, 1] })).toBe(true);
    expect(isContiguous({ dtype: "float32", offset: 0, shape: [2, 3], strides: [1, 2] })).toBe(false);
  });
});
