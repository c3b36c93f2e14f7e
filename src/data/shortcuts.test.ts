import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Appearance, fewestToJudge, findShortcuts } from "./shortcuts.ts";

const plain = { format: "png", width: 64, height: 64, bytes: 1000 };

/** `count` images of each label, each as `vary` makes it. */
function images(
  count: number,
  labels: string[],
  vary: (label: string, i: number) => Partial<Appearance>,
): Appearance[] {
  return labels.flatMap((label) => Array.from({ length: count }, (_, i) => ({ label, ...plain, ...vary(label, i) })));
}

describe("findShortcuts", () => {
  test("files that are alike say nothing", () => {
    expect(findShortcuts(images(50, ["A", "B"], (_, i) => ({ bytes: 1000 + i })))).toEqual([]);
  });

  test("a format for each class", () => {
    const found = findShortcuts(images(30, ["A", "B"], (label) => ({ format: label === "A" ? "png" : "jpeg 4:2:0" })));
    expect(found).toEqual([{ statistic: "format", label: "A", rule: "png", balancedAccuracy: 1 }]);
  });

  test("a format that nine in ten of a class have, and two in ten of the others", () => {
    const jpegs = (label: string, i: number) => i % 10 < (label === "A" ? 2 : 9);
    const found = findShortcuts(images(50, ["A", "B"], (label, i) => ({ format: jpegs(label, i) ? "jpeg" : "png" })));
    expect(found?.map(({ balancedAccuracy }) => balancedAccuracy)).toEqual([expect.closeTo(0.85, 12)]);
  });

  test("the file size, with the limit that tells the classes apart", () => {
    const found = findShortcuts(images(40, ["A", "B"], (label, i) => ({ bytes: (label === "A" ? 2000 : 1000) + i })));
    expect(found).toEqual([
      { statistic: "file size", label: "A", rule: "from 2000 bytes up", balancedAccuracy: 1, auc: 1 },
      expect.objectContaining({ statistic: "bytes per pixel", label: "A", balancedAccuracy: 1, auc: 1 }),
    ]);
    const turned = findShortcuts(images(40, ["A", "B"], (label, i) => ({ bytes: (label === "A" ? 500 : 1000) + i })));
    expect(turned?.[0].rule).toBe("below 1000 bytes");
  });

  test("one class of three is told from the two others", () => {
    const found = findShortcuts(images(40, ["A", "B", "C"], (label) => ({ width: label === "B" ? 128 : 64 })));
    expect(found?.map(({ statistic, label }) => [statistic, label])).toEqual([
      ["width", "B"],
      ["aspect ratio", "B"],
      ["bytes per pixel", "B"],
      ["image size", "B"],
    ]);
  });

  test("sizes on both sides of the other class: no limit tells, the sizes do", () => {
    const side = (label: string, i: number) => (label === "A" ? 64 : i % 2 === 0 ? 32 : 128);
    const found = findShortcuts(
      images(40, ["A", "B"], (label, i) => {
        const width = side(label, i);
        return { width, height: width, bytes: width * width };
      }),
    );
    expect(found).toEqual([{ statistic: "image size", label: "A", rule: "64×64", balancedAccuracy: 1 }]);
  });

  test("sizes that no two images share are not learned by heart", () => {
    const size = (label: string, i: number) => 100 + 2 * i + (label === "A" ? 1 : 0);
    const found = findShortcuts(
      images(40, ["A", "B"], (label, i) => ({ width: size(label, i), height: size(label, i) })),
    );
    expect(found).toEqual([]);
  });

  test("too few images to judge", () => {
    const few = (count: number) =>
      findShortcuts(images(count, ["A", "B"], (label) => ({ format: label === "A" ? "png" : "jpeg" })));
    expect(few(fewestToJudge - 1)).toBeUndefined();
    expect(few(fewestToJudge)?.length).toBe(1);
    expect(findShortcuts(images(100, ["A"], () => ({})))).toBeUndefined();
  });

  test("the AUC and the accuracy are those of the definition, ties included", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: fewestToJudge, maxLength: 40 });
    fc.assert(
      fc.property(sizes, sizes, (a, b) => {
        const made = [
          ...a.map((bytes) => ({ label: "A", ...plain, bytes: bytes + 6 })),
          ...b.map((bytes) => ({ label: "B", ...plain, bytes })),
        ];
        const pairs = a.flatMap((x) => b.map((y) => (x + 6 > y ? 1 : x + 6 === y ? 0.5 : 0)));
        const area = pairs.reduce<number>((sum, won) => sum + won, 0) / pairs.length;
        const auc = Math.max(area, 1 - area);
        const accuracies = Array.from({ length: 20 }, (_, limit) => {
          const right =
            a.filter((x) => x + 6 >= limit).length / a.length + b.filter((y) => y < limit).length / b.length;
          return Math.max(right / 2, 1 - right / 2);
        });
        const balancedAccuracy = Math.max(...accuracies);
        const found = findShortcuts(made)?.find(({ statistic }) => statistic === "file size");
        if (Math.max(auc, balancedAccuracy) < 0.8 - 1e-9) expect(found).toBeUndefined();
        if (Math.max(auc, balancedAccuracy) > 0.8 + 1e-9) {
          expect(found?.auc).toBeCloseTo(auc, 10);
          expect(found?.balancedAccuracy).toBeCloseTo(balancedAccuracy, 10);
        }
      }),
    );
  });
});
