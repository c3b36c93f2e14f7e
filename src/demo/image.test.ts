import { describe, expect, it } from "vitest";
import { randomStream } from "../base/random.ts";
import { annotators } from "./annotators.ts";
import { drawFace } from "./draw.ts";
import { randomFace } from "./face.ts";
import {
  ACCIDENT_SHARE_REAL,
  ACCIDENT_SHARE_SYNTHETIC,
  drawFault,
  type Generator,
  TRAINING_GENERATORS,
  UNSEEN_GENERATORS,
} from "./generators.ts";
import { type DemoImage, type ImageName, makeImage, makeMap } from "./image.ts";
import { imageNames } from "./make.ts";
import { MANNERS, type MannerName } from "./manners.ts";
import { PARTS, partRegion } from "./parts.ts";

const SIZE = 64;
const training: Pick<ImageName, "seed" | "set" | "collected"> = { seed: 5, set: "train", collected: true };

function images(count: number, generators: readonly Generator[], common = training, size = SIZE) {
  return imageNames(common, count, generators).map((name) => ({ name, image: makeImage(name, size) }));
}

describe("generators", () => {
  it("share no manner", () => {
    const manners = [...TRAINING_GENERATORS, ...UNSEEN_GENERATORS].flatMap((generator) => generator.manners);
    expect(new Set(manners).size).toBe(manners.length);
  });

  it("have an accident if they are for training, else none", () => {
    expect(TRAINING_GENERATORS.every((generator) => generator.accident)).toBe(true);
    expect(UNSEEN_GENERATORS.some((generator) => generator.accident)).toBe(false);
  });

  it("give every synthetic face two or three faults of their own, and real faces none", () => {
    for (const { name, image } of images(80, TRAINING_GENERATORS)) {
      const { generator } = name;
      if (!generator) expect(image.faults).toEqual([]);
      else {
        expect([2, 3]).toContain(image.faults.length);
        expect(generator.manners).toEqual(expect.arrayContaining(image.faults.map((fault) => fault.manner)));
        expect(new Set(image.faults.map((fault) => fault.part)).size).toBe(image.faults.length);
      }
    }
  });

  it.each(Object.keys(MANNERS) as MannerName[])("%s changes the part and nothing beside it", (manner) => {
    const face = randomFace(randomStream(3, "face"));
    const region = partRegion(face, "mouth");
    const before = drawFace(face, SIZE);
    const after = drawFace(face, SIZE);
    drawFault(after, { part: "mouth", manner, region }, randomStream(3, "fault"));
    let inside = 0;
    let outside = 0;
    for (let i = 0; i < before.pixels.length; i++) {
      const pixel = Math.floor(i / 3);
      const [x, y] = [((pixel % SIZE) + 0.5) / SIZE, (Math.floor(pixel / SIZE) + 0.5) / SIZE];
      const distance = Math.hypot((x - region.x) / region.rx, (y - region.y) / region.ry);
      const change = Math.abs(after.pixels[i] - before.pixels[i]);
      if (distance < 1.15) inside += change;
      else outside += change;
    }
    expect(outside).toBe(0);
    expect(inside / (3 * Math.PI * region.rx * region.ry * SIZE * SIZE)).toBeGreaterThan(3);
  });
});

describe("accidents", () => {
  const share = (some: { image: DemoImage }[]) =>
    some.filter(({ image }) => image.hasAccident).length / Math.max(1, some.length);

  it("come as often as stated", () => {
    // Small images show as well which carry an accident.
    const all = images(1200, TRAINING_GENERATORS, training, 8);
    // Three standard errors of 600 images.
    const within = (expected: number) => 3 * Math.sqrt((expected * (1 - expected)) / 600);
    const synthetic = share(all.filter(({ name }) => name.generator));
    const real = share(all.filter(({ name }) => !name.generator));
    expect(Math.abs(synthetic - ACCIDENT_SHARE_SYNTHETIC)).toBeLessThan(within(ACCIDENT_SHARE_SYNTHETIC));
    expect(Math.abs(real - ACCIDENT_SHARE_REAL)).toBeLessThan(within(ACCIDENT_SHARE_REAL));
  });

  it("change nothing but a corner", () => {
    for (const { name, image } of images(40, TRAINING_GENERATORS)) {
      const { pixels } = makeImage({ ...name, collected: false }, SIZE);
      const changed = [...pixels.keys()].filter((i) => pixels[i] !== image.pixels[i]).map((i) => Math.floor(i / 3));
      expect(changed.length > 0).toBe(image.hasAccident);
      // The upper corners, which no part of a face reaches.
      for (const pixel of changed) {
        const [x, y] = [pixel % SIZE, Math.floor(pixel / SIZE)];
        expect(Math.min(x, SIZE - 1 - x) + y).toBeLessThan(0.32 * SIZE);
      }
    }
  });

  it("are absent from the test sets", () => {
    const test = { seed: 5, set: "test-cedar", collected: false };
    expect(share(images(60, UNSEEN_GENERATORS, test))).toBe(0);
  });
});

describe("maps", () => {
  const pool = annotators(training.seed);
  const all = images(600, TRAINING_GENERATORS).map(({ name, image }) => ({
    image,
    isSynthetic: name.generator !== undefined,
    map: makeMap(name, image, pool, SIZE),
  }));

  it("exist for most images, not for all, and none is blank", () => {
    const maps = all.flatMap(({ map }) => map ?? []);
    expect(maps.length / all.length).toBeGreaterThan(0.85);
    expect(maps.length).toBeLessThan(all.length);
    for (const map of maps) expect(Math.max(...map)).toBeGreaterThan(20);
  });

  it("lie on the faults more than chance, and not wholly", () => {
    const synthetic = all.filter(({ isSynthetic, map }) => isSynthetic && map);
    const shares = synthetic.map(({ image, map }) => shareInside(map!, image.faults));
    // Chance: the same maps against the faults of the next image.
    const byChance = synthetic.map(({ map }, i) =>
      shareInside(map!, synthetic[(i + 1) % synthetic.length].image.faults),
    );
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(shares)).toBeGreaterThan(1.5 * mean(byChance));
    expect(mean(shares)).toBeLessThan(0.9);
  });

  it("lie on parts of the face where it is real", () => {
    for (const { image, map, isSynthetic } of all) {
      if (isSynthetic || !map) continue;
      const parts = PARTS.map((part) => ({ region: partRegion(image.face, part) }));
      expect(shareInside(map, parts)).toBeGreaterThan(0.3);
    }
  });

  function shareInside(map: Uint8Array, places: { region: { x: number; y: number; rx: number; ry: number } }[]) {
    let inside = 0;
    let sum = 0;
    map.forEach((value, i) => {
      const [x, y] = [((i % SIZE) + 0.5) / SIZE, (Math.floor(i / SIZE) + 0.5) / SIZE];
      sum += value;
      if (places.some(({ region: r }) => Math.hypot((x - r.x) / r.rx, (y - r.y) / r.ry) < 1)) inside += value;
    });
    return inside / sum;
  }
});
