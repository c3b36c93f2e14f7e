import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../../base/errors.ts";
import { type DType, itemSizes } from "../dtype.ts";
import { byteLength, type HostTensor } from "./host-tensor.ts";
import { parseSafetensors, readSafetensors, writeSafetensors } from "./safetensors.ts";

const folder = mkdtempSync(join(tmpdir(), "safetensors-"));
const float32 = (shape: number[], ...values: number[]): HostTensor => ({
  dtype: "float32",
  shape,
  data: new Uint8Array(Float32Array.from(values).buffer),
});

/** A file from its parts: the header's length as declared or as it is, the header, the elements. */
function assemble(header: string | Uint8Array, elements: ArrayLike<number> = [], declared?: bigint): Uint8Array {
  const text = Buffer.from(header as string);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(declared ?? BigInt(text.length));
  return new Uint8Array(Buffer.concat([length, text, Uint8Array.from(elements)]));
}
const parse = (bytes: Uint8Array) => parseSafetensors(bytes, "weights.safetensors");
const info = (dtype: string, shape: number[], offsets: number[]) => ({ dtype, shape, data_offsets: offsets });

describe("safetensors", () => {
  const tensor = fc
    .record({
      dtype: fc.constantFrom(...(Object.keys(itemSizes) as DType[])),
      shape: fc.array(fc.nat(4), { maxLength: 4 }),
      seed: fc.nat(255),
    })
    .map(({ dtype, shape, seed }): HostTensor => {
      const data = Uint8Array.from({ length: byteLength(dtype, shape) }, (_, index) => seed + index * 31);
      return { dtype, shape, data };
    });
  const name = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("__proto__", "constructor", "0", "a b", "\n"));
  const tensorsByName = fc
    .array(fc.tuple(name, tensor))
    .map((pairs) => new Map(pairs.filter(([key]) => key !== "__metadata__")));

  test("what is written is read, whatever the names, shapes, types and metadata", () => {
    const path = join(folder, "round-trip.safetensors");
    fc.assert(
      fc.property(tensorsByName, fc.dictionary(name, fc.string()), (tensors, metadata) => {
        writeSafetensors(path, tensors, metadata);
        const read = readSafetensors(path);
        expect(read.tensors).toEqual(tensors);
        expect(Object.entries(read.metadata)).toEqual(Object.entries(metadata));
      }),
    );
  });

  test("a file made by hand, byte for byte", () => {
    const header =
      '{"__metadata__":{"format":"pt"},' +
      '"bias":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},' +
      '"steps":{"dtype":"I64","shape":[],"data_offsets":[0,8]}}' +
      "       ";
    const elements = [7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0];
    const bytes = assemble(header, elements);
    expect(bytes[0]).toBe(152);
    const tensors = new Map<string, HostTensor>([
      ["bias", float32([2], 1, -2)],
      ["steps", { dtype: "int64", shape: [], data: Uint8Array.of(7, 0, 0, 0, 0, 0, 0, 0) }],
    ]);
    expect(parse(bytes)).toEqual({ tensors, metadata: { format: "pt" } });

    const path = join(folder, "by-hand.safetensors");
    writeSafetensors(path, tensors, { format: "pt" });
    expect(new Uint8Array(readFileSync(path))).toEqual(bytes);
  });

  test("each tensor lies at a multiple of its element's size, in the file and in memory", () => {
    const path = join(folder, "aligned.safetensors");
    const tensors = new Map<string, HostTensor>();
    for (const [index, dtype] of (Object.keys(itemSizes) as DType[]).entries()) {
      tensors.set("x".repeat(index + 1), { dtype, shape: [3], data: new Uint8Array(byteLength(dtype, [3])) });
    }
    writeSafetensors(path, tensors);
    for (const { dtype, data } of readSafetensors(path).tensors.values()) {
      expect(data.byteOffset % itemSizes[dtype]).toBe(0);
    }
  });

  test("tensors are views of the file's one buffer: nothing is copied", () => {
    const path = join(folder, "views.safetensors");
    const zeros = Array.from({ length: 4096 }, () => 0);
    writeSafetensors(path, new Map([["a", float32([4096], ...zeros)], ["b", float32([1], 1)]])); // biome-ignore format: one line
    const [a, b] = readSafetensors(path).tensors.values();
    expect(a.data.buffer).toBe(b.data.buffer);
  });

  test("a write that fails leaves the old file, and nothing beside it", () => {
    const place = mkdtempSync(join(folder, "atomic-"));
    const path = join(place, "best.safetensors");
    writeSafetensors(path, new Map([["a", float32([1], 1)]]));
    const before = readFileSync(path);
    const wrong = new Map([["a", float32([2], 1)]]);
    expect(() => writeSafetensors(path, wrong)).toThrow("the tensor a has 4 bytes, its shape needs 8");
    expect(() => writeSafetensors(folder, new Map())).toThrow(InputError);
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(place)).toEqual(["best.safetensors"]);
  });

  test("no tensors, odd spacing, and keys in any order", () => {
    expect(parse(assemble("{}"))).toEqual({ tensors: new Map(), metadata: {} });
    const spaced = '{ "a\\"b" :\n{"data_offsets" : [0, 1], "shape": [1], "dtype" : "U8" } }  ';
    expect(parse(assemble(spaced, [5])).tensors.get('a"b')?.data).toEqual(Uint8Array.of(5));
  });
});

describe("a safetensors file that is refused", () => {
  const one = { a: info("F32", [1], [0, 4]) };
  const json = JSON.stringify;
  const cases: [name: string, bytes: Uint8Array, line: string][] = [
    ["shorter than a length", new Uint8Array(7), "it has 7 bytes; a safetensors file has at least 8"],
    ["a header beyond the cap", assemble("{}", [], 2n ** 63n), "its header has 9223372036854775808 bytes; at most"],
    ["a header beyond the end", assemble("{}", [], 3n), "it is cut off: its header has 3 bytes"],
    ["no JSON object", assemble("[]"), "its header does not begin with {"],
    ["no header", assemble(""), "its header does not begin with {"],
    ["a cut header", assemble("{"), "its header is not JSON in UTF-8"],
    [
      "a header that is not UTF-8",
      assemble(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)),
      "not JSON in UTF-8",
    ],
    [
      "metadata that are no strings",
      assemble('{"__metadata__":{"epoch":3}}'),
      "__metadata__ is not a dictionary of strings",
    ],
    ["metadata that are a list", assemble('{"__metadata__":[]}'), "__metadata__ is not a dictionary of strings"],
    ["no description", assemble('{"a":3}'), 'the tensor "a" is not described by dtype, shape and data_offsets'],
    [
      "an unknown type",
      assemble(json({ a: info("F8_E4M3", [1], [0, 1]) }), [0]),
      'the tensor "a" has a dtype "F8_E4M3"',
    ],
    [
      "a type from Object.prototype",
      assemble(json({ a: info("constructor", [1], [0, 1]) }), [0]),
      'the tensor "a" has',
    ],
    [
      "no type",
      assemble('{"a":{"shape":[],"data_offsets":[0,1]}}', [0]),
      'the tensor "a" has a dtype of type undefined',
    ],
    [
      "a type of great depth",
      assemble(`{"a":{"dtype":${"[".repeat(1e6)}${"]".repeat(1e6)}}}`),
      "has a dtype of type object",
    ],
    ["a shape without end", assemble(json({ a: info("U8", Array(1e5).fill(1), [0, 1]) }), [0]), "has a shape that"],
    ["a negative length", assemble(json({ a: info("U8", [-1, -1], [0, 1]) }), [0]), 'the tensor "a" has a shape that'],
    ["a fraction", assemble(json({ a: info("U8", [0.5, 2], [0, 1]) }), [0]), 'the tensor "a" has a shape that'],
    ["three offsets", assemble(json({ a: info("U8", [1], [0, 1, 2]) }), [0]), 'the tensor "a" has data_offsets that'],
    ["offsets back to front", assemble(json({ a: info("U8", [1], [1, 0]) }), [0]), "has -1 bytes, expected 1"],
    [
      "a shape that overflows",
      assemble(json({ a: info("F32", [2 ** 40, 2 ** 40], [0, 4]) }), [0, 0, 0, 0]),
      "has 4 bytes, expected",
    ],
    [
      "another size",
      assemble(json({ a: info("F32", [2], [0, 4]) }), [0, 0, 0, 0]),
      "shape [2] has 4 bytes, expected 8",
    ],
    [
      "a gap at the start",
      assemble(json({ a: info("U8", [1], [1, 2]) }), [0, 0]),
      'the tensor "a" leaves a gap before it',
    ],
    [
      "an overlap",
      assemble(json({ a: info("U8", [2], [0, 2]), b: info("U8", [2], [1, 3]) }), [0, 0, 0]),
      'the tensor "b" overlaps the tensor before it: it begins at 1, expected 2',
    ],
    ["missing elements", assemble(json(one), [0, 0, 0]), "it is cut off: its tensors have 4 bytes, the file 3 of them"],
    ["elements too many", assemble(json(one), [0, 0, 0, 0, 0]), "it has 1 bytes after its last tensor"],
    [
      "a name twice",
      assemble(`{"a":${json(one.a)},"\\u0061":${json(one.a)}}`, [0, 0, 0, 0]),
      'its header names "a" twice',
    ],
    [
      "a field twice",
      assemble('{"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}', [0]),
      '"dtype" twice',
    ],
  ];
  test.each(cases)("%s", (_, bytes, line) => {
    expect(() => parse(bytes)).toThrow(InputError);
    expect(() => parse(bytes)).toThrow("weights.safetensors: ");
    expect(() => parse(bytes)).toThrow(line);
    expect(() => parse(bytes)).not.toThrow(/\n/);
  });

  test("altered, anywhere: tensors or an InputError", () => {
    const path = join(folder, "altered.safetensors");
    writeSafetensors(path, new Map([["weight", float32([1, 2], 1, 2)], ["bias", float32([], 3)]]), { seed: "1" }); // biome-ignore format: one line
    const original = new Uint8Array(readFileSync(path));
    for (let at = 0; at < original.length; at++) {
      for (let to = 0; to < 256; to++) {
        const bytes = original.slice();
        bytes[at] = to;
        try {
          parse(bytes);
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
        }
      }
      expect(() => parse(original.slice(0, at))).toThrow(InputError);
    }
  });

  test("a file named by mistake", () => {
    writeFileSync(join(folder, "empty"), "");
    expect(() => readSafetensors(join(folder, "empty"))).toThrow(/empty: the file is empty$/);
  });
});
