import fc from "fast-check";
import { describe, expect, it } from "vitest";
import golden from "./fixtures/coco.json" with { type: "json" };
import { boundingBox, encodeRle, type Rle } from "./rle.ts";

/** The other way, as `rleFrString` and `rleDecode` of cocoapi's maskApi.c do it. */
function decode({ size: [height, width], counts }: Rle): Uint8Array {
  const runs: number[] = [];
  for (let at = 0; at < counts.length; ) {
    let [run, shift, more] = [0, 0, true];
    while (more) {
      const bits = counts.charCodeAt(at++) - 48;
      run |= (bits & 0x1f) << shift;
      more = (bits & 0x20) !== 0;
      shift += 5;
      if (!more && (bits & 0x10) !== 0) run |= -1 << shift;
    }
    runs.push(runs.length > 2 ? run + runs[runs.length - 2] : run);
  }
  const mask = new Uint8Array(width * height);
  let place = 0;
  runs.forEach((run, i) => {
    for (let k = 0; k < run; k++, place++) mask[(place % height) * width + Math.floor(place / height)] = i % 2;
  });
  expect(place).toBe(width * height);
  return mask;
}

describe("encodeRle", () => {
  it("gives what pycocotools gives, box and all", () => {
    // fixtures/coco.py
    for (const { rows, counts, bbox } of Object.values(golden.masks)) {
      const size = { width: rows[0].length, height: rows.length };
      const mask = Uint8Array.from(rows.join(""), (cell) => (cell === "#" ? 1 : 0));
      expect(encodeRle(mask, size)).toEqual({ size: [size.height, size.width], counts });
      expect(boundingBox(mask, size)).toEqual(bbox);
    }
  });

  it("is undone by decoding, for any mask", () => {
    const size = fc.integer({ min: 1, max: 40 });
    // Runs of any length rather than noise.
    const runs = fc.infiniteStream(fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 900 })));
    fc.assert(
      fc.property(size, size, runs, fc.boolean(), (width, height, lengths, begins) => {
        const mask = new Uint8Array(width * height);
        let value = begins;
        for (let at = 0; at < mask.length; value = !value) {
          const length = lengths.next().value;
          mask.fill(value ? 1 : 0, at, at + length);
          at += length;
        }
        expect(decode(encodeRle(mask, { width, height }))).toEqual(mask);
      }),
    );
  });
});
