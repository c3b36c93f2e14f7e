/** What tells real from synthetic in the test sets must be the faults, not something that any file listing shows. */
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { UNSEEN_GENERATORS } from "./generators.ts";
import { makeImage } from "./image.ts";
import { imageNames } from "./make.ts";

const SIZE = 64;
const COUNT = 800;

describe.each(UNSEEN_GENERATORS)("the test set of $name", (generator) => {
  const images = imageNames({ seed: 9, set: `test-${generator.name}`, collected: false }, COUNT, [generator]).map(
    (name) => ({ isSynthetic: name.generator !== undefined, pixels: makeImage(name, SIZE).pixels }),
  );
  const separation = (statistic: (pixels: Uint8Array) => number) =>
    areaUnderCurve(images.map(({ pixels, isSynthetic }) => ({ score: statistic(pixels), isSynthetic })));

  const mean = (pixels: Uint8Array, of: (i: number) => number, count = pixels.length) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += of(i);
    return sum / count;
  };
  const statistics: Record<string, (pixels: Uint8Array) => number> = {
    "mean brightness": (p) => mean(p, (i) => p[i]),
    "mean red": (p) => mean(p, (i) => p[3 * i], p.length / 3),
    "mean green": (p) => mean(p, (i) => p[3 * i + 1], p.length / 3),
    "mean blue": (p) => mean(p, (i) => p[3 * i + 2], p.length / 3),
    "mean square": (p) => mean(p, (i) => p[i] ** 2),
    saturation: (p) => mean(p, (i) => Math.abs(p[3 * i] - p[3 * i + 2]), p.length / 3),
    brightest: (p) => Math.max(...p),
    "upper half": (p) => mean(p, (i) => p[i], p.length / 2),
    roughness: (p) => mean(p, (i) => Math.abs(p[i + 3] - p[i]), p.length - 3),
  };

  it.each(Object.entries(statistics))("is not separated by %s", (_name, statistic) => {
    expect(Math.abs(separation(statistic) - 0.5)).toBeLessThan(0.1);
  });

  it("is not separated by file size", async () => {
    const sized = images.map(async ({ pixels, isSynthetic }) => {
      const file = await sharp(pixels, { raw: { width: SIZE, height: SIZE, channels: 3 } })
        .png()
        .toBuffer();
      return { score: file.byteLength, isSynthetic };
    });
    expect(Math.abs(areaUnderCurve(await Promise.all(sized)) - 0.5)).toBeLessThan(0.1);
  });
});

/** The share of pairs of a synthetic and a real image in which the synthetic one scores higher; ties count half. */
function areaUnderCurve(scores: { score: number; isSynthetic: boolean }[]): number {
  const synthetic = scores.filter((s) => s.isSynthetic);
  const real = scores.filter((s) => !s.isSynthetic);
  let wins = 0;
  for (const a of synthetic) for (const b of real) wins += a.score > b.score ? 1 : a.score === b.score ? 0.5 : 0;
  return wins / (synthetic.length * real.length);
}
