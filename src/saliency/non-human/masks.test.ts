import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { convexHull, type Point } from "./convex-hull.ts";
import { faceRegions, labelParts, landmarksOfRegion, pointsOfPart } from "./face-regions.ts";
import { maskFromLabels, maskFromLandmarks } from "./masks.ts";

const area = (mask: Uint8Array) => mask.reduce((sum, value) => sum + value, 0);

describe("maskFromLabels", () => {
  // Six pixels: skin covers 0–4 with the eye on 1 and the nose on 2; the brow on 5 reaches beyond; hair on 0.
  const parts = new Map(
    Object.entries({ skin: [1, 1, 1, 1, 1, 0], l_eye: [0, 1, 0, 0, 0, 0], nose: [0, 0, 1, 0, 0, 0] }).map(
      ([name, values]) => [name, Uint8Array.from(values)],
    ),
  )
    .set("l_brow", Uint8Array.of(0, 0, 0, 0, 0, 1))
    .set("hair", Uint8Array.of(1, 0, 0, 0, 0, 0));

  it("takes the face with its brows, the features, and the skin without the features", () => {
    expect([...maskFromLabels(parts, "face", 6)]).toEqual([1, 1, 1, 1, 1, 1]);
    expect([...maskFromLabels(parts, "features", 6)]).toEqual([0, 1, 1, 0, 0, 0]);
    expect([...maskFromLabels(parts, "skin", 6)]).toEqual([1, 0, 0, 1, 1, 0]);
  });

  it("parts the face into features and skin: nothing twice, and with skin all around, nothing lost", () => {
    const someParts = fc.dictionary(
      fc.constantFrom(...labelParts),
      fc.uint8Array({ min: 0, max: 1, minLength: 30, maxLength: 30 }),
    );
    fc.assert(
      fc.property(someParts, (given) => {
        const skin = Uint8Array.from({ length: 30 }, () => 1);
        const all = new Map([...Object.entries(given), ["skin", skin] as const]);
        const [face, features, bare] = faceRegions.map((region) => maskFromLabels(all, region, 30));
        expect(area(face)).toBe(30);
        for (let i = 0; i < 30; i++) expect(features[i] + bare[i]).toBe(1);
      }),
    );
  });
});

/** A face of 100 × 100 pixels, its parts squares and diamonds about known places. */
function landmarks(): Point[] {
  const around = (count: number, x: number, y: number, radius: number): Point[] =>
    Array.from({ length: count }, (_, i) => {
      const angle = (2 * Math.PI * i) / count;
      return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
    });
  const jaw = Array.from({ length: 17 }, (_, i): Point => {
    const angle = Math.PI * (1 - i / 16);
    return [50 + 40 * Math.cos(angle), 40 + 50 * Math.sin(angle)];
  });
  const brow = (from: number) => Array.from({ length: 5 }, (_, i): Point => [from + 5 * i, 20]);
  return [
    ...[...jaw, ...brow(20), ...brow(60), ...around(9, 50, 50, 8)],
    ...[...around(6, 32, 35, 6), ...around(6, 68, 35, 6), ...around(20, 50, 72, 10)],
  ];
}

/** Shoelace. */
function areaOf(points: readonly Point[]): number {
  const hull = convexHull(points);
  const doubled = hull.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = hull[(i + 1) % hull.length];
    return sum + x * nextY - nextX * y;
  }, 0);
  return Math.abs(doubled) / 2;
}

describe("maskFromLandmarks", () => {
  const size = { width: 400, height: 400 };
  const scaled = landmarks().map(([x, y]): Point => [4 * x, 4 * y]);

  it("gives each region the area of its hulls", () => {
    const sum = (parts: readonly Parameters<typeof pointsOfPart>[1][]) =>
      parts.reduce((total, part) => total + areaOf(pointsOfPart(scaled, part)), 0);
    const { face, features } = landmarksOfRegion;
    const areas = Object.fromEntries(
      faceRegions.map((region) => [region, area(maskFromLandmarks(scaled, region, size))]),
    );
    expect(areas.face / sum(face.of)).toBeCloseTo(1, 2);
    expect(areas.features / sum(features.of)).toBeCloseTo(1, 2);
    expect(areas.skin).toBe(areas.face - areas.features);
  });

  it("marks the eyes, the nose and the mouth, not what lies between", () => {
    const mask = maskFromLandmarks(scaled, "features", size);
    const at = (x: number, y: number) => mask[4 * y * 400 + 4 * x];
    expect([at(32, 35), at(68, 35), at(50, 50), at(50, 72)]).toEqual([1, 1, 1, 1]);
    expect([at(50, 35), at(20, 60), at(50, 95), at(2, 2)]).toEqual([0, 0, 0, 0]);
  });

  it("does not mind features that overlap, and cuts off what lies outside of the image", () => {
    const tight = scaled.map(([x, y], i): Point => (i >= 36 && i < 48 ? [200, 140 + (i % 6)] : [x, y]));
    const moved = tight.map(([x, y]): Point => [x - 200, y]);
    const whole = maskFromLandmarks(scaled, "face", size);
    const cut = maskFromLandmarks(moved, "face", size);
    expect(area(cut)).toBeGreaterThan(0.4 * area(whole));
    expect(area(cut)).toBeLessThan(0.6 * area(whole));
    const coinciding = scaled.map((point, i): Point => (i >= 42 && i < 48 ? scaled[i - 6] : point));
    const both = area(maskFromLandmarks(coinciding, "features", size));
    const apart = area(maskFromLandmarks(scaled, "features", size));
    expect(apart - both).toBeCloseTo(areaOf(pointsOfPart(scaled, "leftEye")), -2);
  });
});
