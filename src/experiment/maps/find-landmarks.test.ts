import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import sharp from "sharp";
import { afterEach, beforeEach, expect, test } from "vitest";
import { InputError } from "../../base/errors.ts";
import type { Point } from "../../saliency/non-human/convex-hull.ts";
import { findLandmarks } from "./find-landmarks.ts";
import { formatLandmarks, readLandmarks } from "./landmark-file.ts";
import { openLandmarkFinder } from "./landmark-finder.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "oversight-landmarks-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const points = (at: number): Point[] => Array.from({ length: 68 }, (_, i) => [at + i, at]);

/** Images 1 to `count`, each as wide as its number; the first has no face, as a test says. */
async function makeImages(count: number): Promise<{ manifest: string; to: string }> {
  const manifest = join(folder, "images.csv");
  const rows = ["split,label,path"];
  for (let i = 1; i <= count; i++) {
    const create = { width: i, height: 4, channels: 3, background: "grey" } as const;
    await sharp({ create })
      .png()
      .toFile(join(folder, `${i}.png`));
    rows.push(`train,${i % 2 ? "Real" : "Synthetic"},${i}.png`);
  }
  writeFileSync(manifest, `${rows.join("\n")}\n`);
  return { manifest, to: join(folder, "landmarks.csv") };
}

test("each image is looked at once, also after an interruption; what shows no face is named", async () => {
  const { manifest, to } = await makeImages(5);
  const looked: number[] = [];
  const finder =
    (breaksAt?: number) =>
    async ({ width }: { width: number }) => {
      if (width === breaksAt) throw new Error("interrupted");
      looked.push(width);
      return width === 1 ? undefined : points(width);
    };
  await expect(findLandmarks({ manifest, to, find: finder(4) })).rejects.toThrow("interrupted");
  expect(looked.splice(0)).toEqual([1, 2, 3]);
  expect(await findLandmarks({ manifest, to, find: finder() })).toEqual({ found: 4, without: ["1.png"] });
  expect(looked).toEqual([1, 4, 5]);
  for (const i of [2, 3, 4, 5]) expect(readLandmarks(to).get(`${i}.png`)).toEqual(points(i));
});

test("the file says what was found, to a hundredth of a pixel", () => {
  const coordinate = fc.double({ min: -1e4, max: 1e4, noNaN: true });
  const face = fc.array(fc.tuple(coordinate, coordinate), { minLength: 68, maxLength: 68 });
  const names = fc.string({ minLength: 1 }).filter((name) => name.trim() === name && !/[\r\n]/.test(name));
  fc.assert(
    fc.property(fc.dictionary(names, face, { minKeys: 1, maxKeys: 3, noNullPrototype: true }), (faces) => {
      const file = join(folder, "faces.csv");
      writeFileSync(file, formatLandmarks(new Map(Object.entries(faces))));
      const read = readLandmarks(file);
      expect([...read.keys()]).toEqual(Object.keys(faces));
      for (const [name, expected] of Object.entries(faces))
        for (const [i, [x, y]] of read.get(name)!.entries()) {
          expect(Math.abs(x - expected[i][0])).toBeLessThan(0.0051);
          expect(Math.abs(y - expected[i][1])).toBeLessThan(0.0051);
        }
    }),
    { numRuns: 30 },
  );
});

test("an image without a face has none, where the packages are; else they are named", async ({ skip }) => {
  const find = await openLandmarkFinder().catch((error: unknown) => error as InputError);
  if (find instanceof Error) {
    expect(find).toBeInstanceOf(InputError);
    expect(find.message).toMatch(/npm install --no-save @vladmandic\/face-api/);
    skip("the packages that find landmarks are not installed");
    return;
  }
  expect(await find({ width: 64, height: 64, data: new Uint8Array(64 * 64 * 3).fill(128) })).toBeUndefined();
});
