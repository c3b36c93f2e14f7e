import fc from "fast-check";
import sharp from "sharp";
import { expect, test } from "vitest";
import { chunksOf, paddedHeadBytes, padPng, plainPng, unpaddedBytes } from "./png.ts";

const size = { width: 9, height: 7 };
const pixels = Uint8Array.from({ length: 9 * 7 * 3 }, (_, i) => (i * 37) % 256);
const full = await sharp(pixels, { raw: { ...size, channels: 3 } })
  .withMetadata({ density: 300, exif: { IFD0: { Artist: "somebody" } } })
  .png()
  .toBuffer();
const plain = plainPng(full);
const typesOf = (png: Uint8Array) => [...chunksOf(png)].map(({ type }) => type);

test("a plain PNG holds its pixels and nothing else", async () => {
  expect(typesOf(full)).toContain("eXIf");
  expect(typesOf(plain)).toEqual(["IHDR", "paDd", "IDAT", "IEND"]);
  // failOn warning: a wrong checksum is one.
  expect(await sharp(plain, { failOn: "warning" }).raw().toBuffer()).toEqual(Buffer.from(pixels));
});

test("padded to any length, and again to another, it shows the same picture", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 3_000 }), fc.nat({ max: 3_000 }), async (first, second) => {
      const padded = padPng(padPng(plain, plain.byteLength + first), plain.byteLength + second);
      expect(padded.byteLength).toBe(plain.byteLength + second);
      expect(unpaddedBytes(padded.subarray(0, paddedHeadBytes), padded.byteLength)).toBe(plain.byteLength);
      expect(typesOf(padded)).toEqual(typesOf(plain));
      expect(await sharp(padded, { failOn: "warning" }).raw().toBuffer()).toEqual(Buffer.from(pixels));
    }),
    { numRuns: 30 },
  );
});

test("what is no plain PNG is not taken for one", () => {
  for (const other of [Buffer.alloc(0), Buffer.alloc(200), full, plain.subarray(0, 40)]) {
    expect(unpaddedBytes(other.subarray(0, paddedHeadBytes), other.byteLength)).toBeUndefined();
    expect(() => padPng(other, 5_000)).toThrow("not a PNG that plainPng made");
  }
  expect(() => padPng(plain, plain.byteLength - 1)).toThrow(RangeError);
  expect(() => plainPng(full.subarray(0, -5))).toThrow("ends within a chunk");
});
