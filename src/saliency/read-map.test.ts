import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import sharp, { type Raw } from "sharp";
import { afterAll, describe, expect, test } from "vitest";
import { InputError } from "../base/errors.ts";
import { readMap } from "./read-map.ts";

const folder = mkdtempSync(join(tmpdir(), "map-"));
afterAll(() => rmSync(folder, { recursive: true }));

const raw = (width: number, channels: Raw["channels"]) => ({ raw: { width, height: 1, channels } });
const png = (values: number[], channels: Raw["channels"]) =>
  sharp(Buffer.from(values), raw(values.length / channels, channels))
    .png()
    .toBuffer();
const mapOf = async (file: Buffer) => [...(await readMap(file)).values];

describe("values are stretched to 0..1", () => {
  test("grey in 8 bits", async () => {
    expect(await readMap(await png([50, 100, 150], 1))).toEqual({
      width: 3,
      height: 1,
      values: Float32Array.of(0, 0.5, 1),
      blank: false,
    });
  });

  test("grey in 16 bits, all of them", async () => {
    const file = await sharp(Uint16Array.of(1000, 1001, 1004), raw(3, 1))
      .toColourspace("grey16")
      .png()
      .toBuffer();
    expect(await mapOf(file)).toEqual([0, 0.25, 1]);
  });

  test("colour files that are grey, or nearly: the mean of their channels", async () => {
    expect(await mapOf(await png([0, 0, 0, 100, 100, 100, 200, 200, 200], 3))).toEqual([0, 0.5, 1]);
    expect(await mapOf(await png([0, 0, 0, 98, 100, 102, 200, 200, 200], 3))).toEqual([0, 0.5, 1]);
    const deep = Uint16Array.of(0, 0, 0, 300, 300, 300, 400, 400, 400);
    const file = await sharp(deep, raw(3, 3)).toColourspace("rgb16").png().toBuffer();
    expect((await sharp(file).metadata()).space).toBe("rgb16");
    expect(await mapOf(file)).toEqual([0, 0.75, 1]);
  });

  test("a palette of greys, and grey JPEG saved in colour", async () => {
    const grey = Array.from({ length: 64 }, (_, index) => [index * 4, index * 4, index * 4]).flat();
    const picture = sharp(Buffer.from(grey), { raw: { width: 8, height: 8, channels: 3 } });
    const palette = await picture.clone().png({ palette: true }).toBuffer();
    expect((await sharp(palette).metadata()).isPalette).toBe(true);
    expect((await readMap(palette)).values[63]).toBe(1);
    const jpeg = await picture.clone().jpeg({ quality: 60 }).toBuffer();
    expect((await sharp(jpeg).metadata()).channels).toBe(3);
    expect((await readMap(jpeg)).blank).toBe(false);
  });

  test("transparent places were not looked at", async () => {
    expect(await mapOf(await png([255, 255, 255, 255, 255, 255, 255, 0, 255, 255, 255, 51], 4))).toEqual([
      1,
      0,
      Math.fround(0.2),
    ]);
    expect(
      await mapOf(
        await sharp(await png([200, 255, 100, 255, 0, 0], 2))
          .png()
          .toBuffer(),
      ),
    ).toEqual([1, 0.5, 0]);
  });

  test("floating-point values", async () => {
    expect(await mapOf(Buffer.from(floatTiff, "base64"))).toEqual([0, 0.5, 1]);
  });

  test("any grey map: least 0, greatest 1, order kept", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(255), { minLength: 1, maxLength: 50 }), async (values) => {
        const map = await readMap(await png(values, 1));
        const least = Math.min(...values);
        const range = Math.max(...values) - least;
        expect(map.blank).toBe(range === 0);
        expect([...map.values]).toEqual(values.map((v) => (range === 0 ? 0 : Math.fround((v - least) / range))));
      }),
      { numRuns: 30 },
    );
  });
});

test("one value everywhere is a blank map, not an error", async () => {
  for (const grey of [0, 7, 255]) {
    const map = await readMap(await png([grey, grey], 1));
    expect(map).toMatchObject({ blank: true, values: Float32Array.of(0, 0) });
  }
});

/** A TIFF of three 32-bit floats, 0, 0.5 and 1, from Pillow. */
const floatTiff =
  "SUkqAAgAAAAKAAABBAABAAAAAwAAAAEBBAABAAAAAQAAAAIBAwABAAAAIAAAAAMBAwABAAAAAQAAAAYBAwABAAAAAQAAABEBBAABAAAAhgAAABYBBAABAAAAAQAAABcBBAABAAAADAAAABwBAwABAAAAAQAAAFMBAwABAAAAAwAAAAAAAAAAAAAAAAAAPwAAgD8=";

describe("what is no map is one line that names the file", () => {
  /** The colours of the usual heat map, dark blue to dark red. */
  const jet = [0, 0, 128, 0, 0, 255, 0, 255, 255, 255, 255, 0, 255, 0, 0, 128, 0, 0];

  test("a picture in colours", async () => {
    for (const file of [
      await png(jet, 3),
      await sharp(await png(jet, 3))
        .png({ palette: true })
        .toBuffer(),
      await sharp(await png(jet, 3))
        .jpeg()
        .toBuffer(),
      await sharp(await png(jet, 3))
        .toColourspace("cmyk")
        .jpeg()
        .toBuffer(),
      await png([0, 0, 0, 255, 200, 150, 100, 255], 4),
    ]) {
      const error = await readMap(file, "maps/7.png").catch((error: unknown) => error);
      expect(error).toBeInstanceOf(InputError);
      expect((error as InputError).message).toMatch(/^maps\/7\.png: a saliency map must be grey/);
    }
  });

  test("missing, empty, a folder, no image, truncated", async () => {
    const noise = Array.from({ length: 4000 }, (_, index) => (index * 7919) % 251);
    writeFileSync(join(folder, "empty.png"), "");
    writeFileSync(join(folder, "text.png"), "hello");
    const whole = await png(noise, 1);
    writeFileSync(join(folder, "half.png"), whole.subarray(0, whole.length / 2));
    mkdirSync(join(folder, "folder.png"));
    for (const [file, reason] of [
      ["none.png", "no such file"],
      ["empty.png", "empty"],
      ["folder.png", "folder"],
      ["text.png", "not an image"],
      ["half.png", "truncated"],
    ]) {
      const path = join(folder, file);
      const error = await readMap(path).catch((error: unknown) => error);
      expect(error).toBeInstanceOf(InputError);
      expect((error as InputError).message).toContain(path);
      expect((error as InputError).message).toContain(reason);
    }
  });
});

const gaze = fileURLToPath(new URL("../../../shared/data/gaze/", import.meta.url));
test.skipIf(!existsSync(gaze))("real gaze maps are read (needs ../shared/data)", async () => {
  for (const set of ["osie", "scene-structure"]) {
    const maps = join(gaze, set, "maps");
    for (const file of readdirSync(maps).slice(0, 20)) {
      const map = await readMap(join(maps, file));
      expect(map.values).toHaveLength(map.width * map.height);
      expect(map.blank).toBe(false);
    }
  }
});
