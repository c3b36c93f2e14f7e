import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../base/errors.ts";
import { decodeImage } from "./decode.ts";
import { imageHeader } from "./image-source.ts";

const folder = mkdtempSync(join(tmpdir(), "decode-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

// Two columns, red and blue, 40 × 30.
const width = 40;
const height = 30;
const red = [255, 0, 0];
const blue = [0, 0, 255];
const pixels = Buffer.from(
  Array.from({ length: width * height }, (_, index) => (index % width < width / 2 ? red : blue)).flat(),
);
const scene = () => sharp(pixels, { raw: { width, height, channels: 3 } });

function pixel({ width, data }: { width: number; data: Uint8Array }, x: number, y: number): number[] {
  return [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
}
function expectNear(actual: number[], expected: number[], tolerance: number): void {
  actual.forEach((value, index) => {
    expect(Math.abs(value - expected[index])).toBeLessThanOrEqual(tolerance);
  });
}

describe("whatever comes is 8-bit sRGB", () => {
  test("PNG, WebP and a palette, exactly", async () => {
    for (const file of [
      await scene().png().toBuffer(),
      await scene().png({ palette: true }).toBuffer(),
      await scene().webp({ lossless: true }).toBuffer(),
      await scene().tiff({ compression: "lzw" }).toBuffer(),
    ]) {
      const image = await decodeImage(file);
      expect({ width: image.width, height: image.height }).toEqual({ width, height });
      expect(Buffer.from(image.data).equals(pixels)).toBe(true);
    }
  });

  test("grey, in 8 and 16 bits", async () => {
    const grey = Buffer.from([0, 128, 255]);
    const image = await decodeImage(
      await sharp(grey, { raw: { width: 3, height: 1, channels: 1 } })
        .png()
        .toBuffer(),
    );
    expect([...image.data]).toEqual([0, 0, 0, 128, 128, 128, 255, 255, 255]);

    const deep = new Uint16Array([0, 0x80ff, 0xffff]);
    const raw = { width: 3, height: 1, channels: 1 } as const;
    const file = await sharp(deep, { raw }).toColourspace("grey16").png().toBuffer();
    expect(await imageHeader(file)).toMatchObject({ bits: 16, channels: 1 });
    expect([...(await decodeImage(file)).data]).toEqual([0, 0, 0, 128, 128, 128, 255, 255, 255]);
  });

  test("colour in 16 bits", async () => {
    const deep = new Uint16Array([0, 0x40ff, 0xffff]);
    const raw = { width: 1, height: 1, channels: 3 } as const;
    const file = await sharp(deep, { raw }).toColourspace("rgb16").png().toBuffer();
    expect(await imageHeader(file)).toMatchObject({ bits: 16 });
    expect([...(await decodeImage(file)).data]).toEqual([0, 0x40, 255]);
  });

  test("alpha is laid on white, or on the colour asked for", async () => {
    const raw = { width: 3, height: 1, channels: 4 } as const;
    const file = await sharp(Buffer.from([255, 0, 0, 255, 255, 0, 0, 0, 0, 0, 0, 128]), { raw })
      .png()
      .toBuffer();
    const white = await decodeImage(file);
    expect([pixel(white, 0, 0), pixel(white, 1, 0)]).toEqual([red, [255, 255, 255]]);
    expectNear(pixel(white, 2, 0), [127, 127, 127], 1);
    expect(pixel(await decodeImage(file, { background: "#00ff00" }), 1, 0)).toEqual([0, 255, 0]);
  });

  test("CMYK", async () => {
    const file = await scene().toColourspace("cmyk").jpeg({ quality: 100, chromaSubsampling: "4:4:4" }).toBuffer();
    expect((await sharp(file).metadata()).space).toBe("cmyk");
    const image = await decodeImage(file);
    // A printer's red is not a screen's: what matters is that it is red, and not its negative.
    const [r, g, b] = pixel(image, 5, 15);
    expect(r).toBeGreaterThan(200);
    expect(Math.max(g, b)).toBeLessThan(80);
  });

  test("EXIF orientation is applied, to header and pixels", async () => {
    const file = await scene().withMetadata({ orientation: 6 }).png().toBuffer();
    expect(await imageHeader(file)).toMatchObject({ width: height, height: width });
    const image = await decodeImage(file);
    expect({ width: image.width, height: image.height }).toEqual({ width: height, height: width });
    expect([pixel(image, 15, 2), pixel(image, 15, 37)]).toEqual([red, blue]);
  });

  test("of an animation the first frame", async () => {
    const frames = Buffer.concat([pixels, Buffer.alloc(pixels.length, 200)]);
    const raw = { width, height: height * 2, channels: 3, pageHeight: height } as const;
    for (const file of [
      await sharp(frames, { raw }).gif().toBuffer(),
      await sharp(frames, { raw }).webp().toBuffer(),
    ]) {
      expect((await sharp(file).metadata()).pages).toBe(2);
      expect(await imageHeader(file)).toMatchObject({ width, height });
      const image = await decodeImage(file);
      expect({ width: image.width, height: image.height }).toEqual({ width, height });
      expectNear(pixel(image, 5, 5), red, 12);
    }
  });
});

/** A PNG whose header says 50,000 × 50,000 pixels in colour, with next to nothing behind it. */
const hollow = "iVBORw0KGgoAAAANSUhEUgAAw1AAAMNQCAIAAADEzaqdAAAAEUlEQVR4nGNgGAWjYBQMdwAAA+gAAbOm00YAAAAASUVORK5CYII=";

/** A TIFF of three 32-bit floats, 0, 0.5 and 1, from Pillow. */
const floatTiff =
  "SUkqAAgAAAAKAAABBAABAAAAAwAAAAEBBAABAAAAAQAAAAIBAwABAAAAIAAAAAMBAwABAAAAAQAAAAYBAwABAAAAAQAAABEBBAABAAAAhgAAABYBBAABAAAAAQAAABcBBAABAAAADAAAABwBAwABAAAAAQAAAFMBAwABAAAAAwAAAAAAAAAAAAAAAAAAPwAAgD8=";

describe("what cannot be read is one line that names the file", () => {
  beforeAll(async () => {
    const noise = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, index) => (index * 7919) % 251));
    const picture = () => sharp(noise, { raw: { width: 64, height: 64, channels: 3 } });
    const jpeg = await picture().jpeg().toBuffer();
    writeFileSync(at("whole.jpg"), jpeg);
    writeFileSync(at("half.jpg"), jpeg.subarray(0, jpeg.length / 2));
    writeFileSync(at("headless.jpg"), jpeg.subarray(0, 40));
    const png = await picture().png().toBuffer();
    writeFileSync(at("half.png"), png.subarray(0, png.length / 2));
    writeFileSync(at("corrupt.jpg"), Buffer.from(jpeg).fill(0x55, 1200, 1240));
    writeFileSync(at("empty.png"), "");
    writeFileSync(at("text.png"), "this is no image, whatever its name says");
    writeFileSync(at("drawing.svg"), '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    writeFileSync(at("huge.png"), Buffer.from(hollow, "base64"));
    writeFileSync(at("float.tif"), Buffer.from(floatTiff, "base64"));
    mkdirSync(at("folder.png"));
    execFileSync("mkfifo", [at("pipe.png")]);
  });

  const cases = [
    ["missing.png", "no such file"],
    ["folder.png", "it is a folder, not a file"],
    ["pipe.png", "not a regular file"],
    ["empty.png", "empty (0 bytes)"],
    ["text.png", "not an image"],
    ["drawing.svg", "not an image"],
    ["half.jpg", "truncated or damaged"],
    ["headless.jpg", "headless.jpg: "],
    ["half.png", "truncated or damaged"],
    ["corrupt.jpg", "truncated or damaged"],
    ["huge.png", "50000 × 50000 pixels are more than the limit of 100 megapixels"],
  ] as const;
  test.each(cases)("%s: %s", async (file, reason) => {
    const error = await decodeImage(at(file)).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(InputError);
    const { message } = error as InputError;
    expect(message).toContain(at(file));
    expect(message).toContain(reason);
    expect(message).not.toContain("\n");
  });

  test("a file's content is named by whoever knows the name", async () => {
    const half = readFileSync(at("half.jpg"));
    await expect(decodeImage(half, { name: "a/b.jpg" })).rejects.toThrow("a/b.jpg: the image is truncated");
    await expect(decodeImage(new Uint8Array(), { name: "a/b.jpg" })).rejects.toThrow("a/b.jpg: the file is empty");
  });

  test("a huge image is refused before memory is spent on it", async () => {
    const before = process.memoryUsage().rss;
    await expect(decodeImage(at("huge.png"))).rejects.toThrow(InputError);
    await expect(imageHeader(at("huge.png"))).rejects.toThrow("50000 × 50000");
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
  });

  test("the header of a damaged image can be read all the same", async () => {
    expect(await imageHeader(at("half.jpg"))).toMatchObject({
      format: "jpeg",
      width: 64,
      height: 64,
      chromaSubsampling: "4:2:0",
    });
  });

  test("floating-point pixels have no agreed white", async () => {
    await expect(decodeImage(at("float.tif"))).rejects.toThrow(/float\.tif: pixels of type float/);
  });
});
