import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../../base/errors.ts";
import { readBytes } from "./bytes.ts";
import type { HostTensor } from "./host-tensor.ts";
import { parsePth, readPth } from "./pth.ts";

const folder = fileURLToPath(new URL("fixtures/", import.meta.url));

type Expected = Record<string, { dtype: string; shape: number[]; hex: string }>;

function described(tensors: Map<string, HostTensor>): Expected {
  const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");
  return Object.fromEntries(
    [...tensors].map(([name, { dtype, shape, data }]) => [name, { dtype, shape, hex: hex(data) }]),
  );
}

const floats = (tensor: HostTensor | undefined) => [...new Float32Array(tensor!.data.slice().buffer)];

describe.each(["torch-1.13", "torch-2.13"])("files that %s wrote", (version) => {
  const expected: Record<string, Expected> = JSON.parse(readFileSync(`${folder}expected-${version}.json`, "utf8"));
  test.each(Object.keys(expected))("%s", (file) => {
    const tensors = readPth(folder + file);
    expect(described(tensors)).toEqual(expected[file]);
    expect([...tensors.keys()]).toEqual(Object.keys(expected[file]));
  });
});

describe("files that no PyTorch of today writes", () => {
  test("a stream of 2017: Python 2's strings, tensors from a GPU, a part of a storage", () => {
    const tensors = readPth(`${folder}handmade/stream-2017.pth`);
    expect(tensors.get("weight")?.shape).toEqual([2, 3]);
    expect(floats(tensors.get("weight"))).toEqual([0, 1, 2, 3, 4, 5]);
    expect(floats(tensors.get("part"))).toEqual([2, 3, 4]);
  });

  test("the tar form is refused with what to do", () => {
    expect(() => readPth(`${folder}handmade/tar.pth`)).toThrow(
      /tar\.pth: .*oldest form, a tar archive: load and save it/,
    );
  });

  test("a zip archive from another program", () => {
    expect(floats(readPth(`${folder}handmade/plain.pth`).get("weight"))).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

/** Every file in refused/, and a part of the line that refuses it. */
const refusals: Record<string, string> = {
  "big-endian.pth": "its elements are not little-endian",
  "billion-laughs.pth": "it holds no dict of tensors",
  "builtins-eval.pth": 'it holds "builtins.eval"; only tensors in plain containers are read',
  "climbing-key.pth": 'the storage "../../1" is missing',
  "compressed.pth": "is compressed, but PyTorch stores entries without compression",
  "copies.pth": "the pickle copies more than 1000000 items",
  "cyclic.pth": "it holds no dict of tensors",
  "getattr.pth": 'it holds "__builtin__.getattr"',
  "huge-shape.pth": 'the tensor "weight" of shape [1073741824,1073741824,1073741824]',
  "laughs-as-name.pth": "the pickle names nothing by a string",
  "magic-os-system.pth": 'it holds "posix.system"',
  "memo.pth": "the pickle refers to an object 4294967294 that it did not define",
  "module.pth": 'it holds "torchvision.models.resnet.ResNet"',
  "negative-offset.pth": 'the tensor "weight" has an offset, shape or strides that are not whole numbers from 0',
  "negative-stride.pth": 'the tensor "weight" has an offset, shape or strides that are not whole numbers from 0',
  "no-storage.pth": 'the storage "1" is missing',
  "os-system-stream.pth": 'it holds "posix.system"',
  "os-system.pth": 'it holds "posix.system"',
  "out-of-range.pth": "exceeds its storage of 6 elements",
  "overlapping.pth": "exceeds its storage of 6 elements",
  "part-out-of-range.pth": 'a part of the storage "1" exceeds it',
  "short-storage.pth": 'the storage "1" has 23 bytes, but 6 elements of float32 are declared',
  "stream-count.pth": 'the storage "1" has 5 elements, but 6 are declared',
  "stream-cut.pth": 'the storage "1" is cut off',
  "stream-no-storage.pth": 'the storage "1" is missing',
  "stream-other-key.pth": "the list of its storages names one that no tensor uses",
  "torchscript.pth": "it is a TorchScript program (torch.jit.save)",
  "two-pickles.pth": "the zip archive has no single <name>/data.pkl",
};

describe("files that are refused, in one line that names the file", () => {
  test("each is listed", () => expect(readdirSync(`${folder}refused`)).toEqual(Object.keys(refusals)));

  test.each(readdirSync(`${folder}refused`))("%s", (file) => {
    const read = () => readPth(`${folder}refused/${file}`);
    expect(read).toThrow(InputError);
    expect(read).toThrow(`${file}: `);
    expect(read).toThrow(refusals[file]);
    expect(read).not.toThrow(/\n/);
  });
});

describe("whatever the bytes are, the answer is tensors or an InputError", () => {
  const files = ["torch-1.13", "torch-2.13", "handmade"].flatMap((kind) =>
    readdirSync(folder + kind).map((name) => `${kind}/${name}`),
  );
  const contents = files.map((file) => readBytes(folder + file));

  const readsOrRefuses = (bytes: Uint8Array) => {
    try {
      for (const { data, shape } of parsePth(bytes, "fuzzed.pth").values()) {
        expect(data).toBeInstanceOf(Uint8Array);
        expect(shape.every((length) => length >= 0)).toBe(true);
      }
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
    }
  };

  test.each(files.map((file, index) => [file, index] as const))("%s with altered bytes", (_, index) => {
    const original = contents[index];
    const alteration = fc.record({ at: fc.nat(original.length - 1), to: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(fc.array(alteration, { minLength: 1, maxLength: 4 }), (alterations) => {
        const bytes = original.slice();
        for (const { at, to } of alterations) bytes[at] = to;
        readsOrRefuses(bytes);
      }),
      { numRuns: 300 },
    );
  });

  test("cut off, anywhere", () => {
    for (const bytes of contents) {
      for (let length = 0; length < bytes.length; length += 7) readsOrRefuses(bytes.slice(0, length));
    }
  });

  test("a part doubled, dropped or moved", () => {
    const pieces = fc.record({
      file: fc.nat(files.length - 1),
      from: fc.double({ min: 0, max: 1, noNaN: true }),
      length: fc.nat(200),
    });
    fc.assert(
      fc.property(
        pieces,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.boolean(),
        ({ file, from, length }, to, drop) => {
          const original = contents[file];
          const start = Math.floor(from * original.length);
          const target = Math.floor(to * original.length);
          const piece = original.slice(start, start + length);
          const rest = drop ? Buffer.concat([original.slice(0, start), original.slice(start + length)]) : original;
          readsOrRefuses(new Uint8Array(Buffer.concat([rest.slice(0, target), piece, rest.slice(target)])));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("instructions in any order", () => {
    const written = contents[files.indexOf("handmade/stream-2017.pth")];
    const head = written.subarray(0, Buffer.from(written).indexOf("\x80\x02ccollections", 0, "latin1"));
    const pickles = [
      ...[
        "\x80\x02",
        "(",
        ")",
        "]",
        "}",
        "N",
        "\x88",
        "t",
        "\x85",
        "\x86",
        "\x87",
        "a",
        "e",
        "s",
        "u",
        "R",
        "b",
        "Q",
        ".",
      ],
      ...[
        "q\0",
        "q\x01",
        "h\0",
        "h\x01",
        "\x94",
        "K\x01",
        "J\xff\xff\xff\xff",
        "\x8a\x09\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
      ],
      ...["U\x06weight", "U\x07storage", "U\x011", "\x8f", "\x90", "\x93", "G\x7f\xf8\0\0\0\0\0\0"],
      ...["ccollections\nOrderedDict\n", "ccollections\nCounter\n", "c__builtin__\nset\n", "c_codecs\nencode\n"],
      ...["ctorch\nFloatStorage\n", "ctorch.cuda\nLongStorage\n", "ctorch\nSize\n", "ctorch\ndevice\n"],
      ...["_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_parameter"].map((name) => `ctorch._utils\n${name}\n`),
      ...["(U\x07storagectorch\nFloatStorage\nU\x011U\x03cpuK\x06NtQ", "K\0(K\x02K\x03t(K\x03K\x01tt", "](U\x06weight"],
    ].map((text) => Buffer.from(text, "latin1"));
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pickles), { maxLength: 60 }), (instructions) => {
        readsOrRefuses(new Uint8Array(Buffer.concat([head, ...instructions, Buffer.from("]q\0U\x011a.")])));
      }),
      { numRuns: 3000 },
    );
  });
});
