import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { InputError } from "../../base/errors.ts";
import { readWeights, writeSafetensors } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "weights-"));
const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const file = (name: string, content: string | Uint8Array = "") => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

test("the content tells the format, not the name", () => {
  copyFileSync(fixture("torch-1.13/checkpoint.pth"), join(folder, "a.safetensors"));
  copyFileSync(fixture("torch-2.13/checkpoint-stream.pth"), join(folder, "b.bin"));
  const fromZip = readWeights(join(folder, "a.safetensors"));
  expect([...fromZip.keys()].slice(0, 2)).toEqual(["0.weight", "0.bias"]);
  expect(readWeights(join(folder, "b.bin"))).toEqual(fromZip);
  writeSafetensors(join(folder, "c.pth"), fromZip);
  expect(readWeights(join(folder, "c.pth"))).toEqual(fromZip);
});

test("a safetensors header of 0x0280 bytes, which begins as a pickle of protocol 2 does, is safetensors", () => {
  const path = join(folder, "header-640.pth");
  const around = JSON.stringify({ "": { dtype: "U8", shape: [1], data_offsets: [0, 1] } }).length;
  const tensors = new Map([
    ["x".repeat(0x0280 - around), { dtype: "uint8" as const, shape: [1], data: new Uint8Array(1) }],
  ]);
  writeSafetensors(path, tensors);
  expect([...readFileSync(path).subarray(0, 2)]).toEqual([0x80, 0x02]);
  expect(readWeights(path)).toEqual(tensors);
});

test.each([
  ["a file that is missing", join(folder, "missing.pth"), /^cannot read .*missing\.pth: no such file or folder$/],
  ["a folder", folder, /: it is a folder, not a file$/],
  ["a device", "/dev/null", /^\/dev\/null: it is not a regular file$/],
  ["an empty file", file("empty.pth"), /empty\.pth: the file is empty$/],
  ["another format", file("page.pth", "<!DOCTYPE html>"), /page\.pth: it holds no weights: neither safetensors nor/],
  ["one byte", file("one.pth", "\x80"), /one\.pth: it holds no weights/],
  ["the tar form", fixture("handmade/tar.pth"), /tar\.pth: it is in PyTorch's oldest form/],
])("%s ends in one line", (_, path, line) => {
  expect(() => readWeights(path)).toThrow(InputError);
  expect(() => readWeights(path)).toThrow(line);
});
