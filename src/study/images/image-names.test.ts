import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ImageNames } from "./image-names.ts";

const names = new ImageNames(new Uint8Array(16).map((_, i) => i));
const ids = fc.record({
  trial: fc.integer({ min: 0, max: 2 ** 40 - 1 }),
  image: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  side: fc.constantFrom("left" as const, "right" as const),
});
const nameOf = ({ trial, side, image }: { trial: number; side: "left" | "right"; image: number }) =>
  names.nameFor(trial, side, image);

test("a name stands for its trial, image and side", () => {
  fc.assert(
    fc.property(ids, (given) => {
      const name = nameOf(given);
      expect(name).toMatch(/^[\w-]{22}$/);
      expect(names.resolve(name)).toEqual(given);
      expect(nameOf(given)).toBe(name);
    }),
  );
});

test("every trial has other names for the same image", () => {
  const made = Array.from({ length: 5_000 }, (_, trial) => [
    names.nameFor(trial, "left", 1),
    names.nameFor(trial, "right", 1),
  ]).flat();
  expect(new Set(made).size).toBe(10_000);
});

test("names say nothing of order: those of one trial after the other are as far apart as chance has it", () => {
  const blocks = Array.from({ length: 2_000 }, (_, trial) =>
    Buffer.from(names.nameFor(trial, "left", trial), "base64url"),
  );
  const distance = (a: Buffer, b: Buffer) =>
    a.reduce((sum, byte, i) => sum + (byte ^ b[i]).toString(2).replaceAll("0", "").length, 0);
  const mean = blocks.slice(1).reduce((sum, block, i) => sum + distance(block, blocks[i]), 0) / (blocks.length - 1);
  // 128 bits of which half differ; the standard error of the mean is 0.13.
  expect(Math.abs(mean - 64)).toBeLessThan(0.7);
  const sorted = [...blocks].sort(Buffer.compare).map((block) => blocks.indexOf(block));
  // Pairs in rising order: half of them, with a standard error of 0.75 %.
  const rising = sorted.slice(1).filter((at, i) => at > sorted[i]).length / (sorted.length - 1);
  expect(Math.abs(rising - 0.5)).toBeLessThan(0.05);
});

test("nothing forged is resolved", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (block) => {
      expect(names.resolve(Buffer.from(block).toString("base64url"))).toBeUndefined();
    }),
    { numRuns: 2_000 },
  );
});

test("a name with one character changed is nobody's, nor are the other spellings of its last character", () => {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const name = names.nameFor(12, "right", 34);
  for (let at = 0; at < 22; at++) {
    for (const letter of alphabet) {
      if (letter === name[at]) continue;
      expect(names.resolve(name.slice(0, at) + letter + name.slice(at + 1))).toBeUndefined();
    }
  }
});

test.each([
  "",
  "a",
  "A".repeat(21),
  "A".repeat(23),
  "A".repeat(44),
  `${"A".repeat(20)}==`,
  `${"A".repeat(21)}+`,
  `${"A".repeat(21)}/`,
  `${"A".repeat(21)}é`,
  `${"A".repeat(22)}\n`,
  "../../../etc/passwd...",
  "%2e%2e%2f%2e%2e%2fetcA",
])("%j is no name", (text) => {
  expect(names.resolve(text)).toBeUndefined();
});

test("another key's names are nobody's", () => {
  const others = new ImageNames(randomBytes(16));
  expect(others.resolve(names.nameFor(1, "left", 2))).toBeUndefined();
});

test("keys and ids out of range are refused", () => {
  expect(() => new ImageNames(new Uint8Array(32))).toThrow("16 bytes, not 32");
  for (const id of [-1, 1.5, Number.NaN, 2 ** 40]) {
    expect(() => names.nameFor(id, "left", 1)).toThrow(RangeError);
    expect(() => names.nameFor(1, "left", id)).toThrow(RangeError);
  }
});
