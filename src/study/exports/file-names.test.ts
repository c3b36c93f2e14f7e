import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { imageRecord } from "../../../test/marking-records.ts";
import { imageStems, maskFile } from "./file-names.ts";

const stemsOf = (...names: string[]) => [...imageStems(names.map((name, i) => imageRecord(i + 1, { name }))).values()];

describe("imageStems", () => {
  it("names files as images, and tells apart those of one name", () => {
    expect(stemsOf("fake/0001.png", "real/face 2.jpg", "Müller.tiff")).toEqual(["0001", "face-2", "Müller"]);
    expect(stemsOf("a/1.png", "b/1.png", "b/2.png")).toEqual(["1~1", "1~2", "2"]);
    expect(stemsOf("A.png", "a.png")).toEqual(["A~1", "a~2"]);
  });

  it("leaves no way out of the folder, no hidden file, no second parting, no name that is too long", () => {
    expect(stemsOf("../../etc/passwd", "..", "a\\..\\..\\b.png", ".bashrc", "a___b__c.png", "x\0y\n.png")).toEqual([
      "passwd",
      "image~2",
      "b",
      "image~4",
      "a_b_c",
      "x-y-",
    ]);
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary", maxLength: 200 }), { minLength: 1, maxLength: 4 }), (names) => {
        const stems = stemsOf(...names);
        expect(new Set(stems.map((stem) => stem.toLowerCase())).size).toBe(names.length);
        for (const stem of stems) {
          expect(stem).toMatch(/^[\p{L}\p{N}-][\p{L}\p{N}._~-]*$/u);
          expect(stem).not.toContain("__");
          expect(maskFile(stem, 9, 7).split("__")).toEqual([stem, "9", "7.png"]);
          expect(Buffer.byteLength(stem)).toBeLessThan(200);
        }
      }),
    );
  });
});
