import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { failWith } from "./bytes.ts";
import { unpickle } from "./pickle.ts";

const load = (bytes: ArrayLike<number>) => unpickle(Uint8Array.from(bytes), 0, failWith("test.pth")).value;
const codes = (text: string) => [...Buffer.from(text, "latin1")];

/** pickle.dumps of CPython 3.11 of the list that `values` holds. */
const pickled: Record<number, string> = {
  2: `80025d7100284e88894b004bff4d00014dffff4a000001004affffffff4affffff7f4a000000808a0500000080008a07ffffffffffff1f8a
    07000000000000208a090000000000000000c0473ff800000000000047fff00000000000005805000000c3bc6ec3af7101580000000071022
    94b018571034b014b028671044b014b024b03877105284b014b024b034b047471065d71075d71084b01617d7109580100000061710a4b0173
    63636f6c6c656374696f6e730a4f726465726564446963740a710b2952710c580100000062710d4b0273635f5f6275696c74696e5f5f0a736
    5740a710e5d710f4b0361857110527111635f636f646563730a656e636f64650a711258020000007879711358060000006c6174696e317114
    867115527116635f5f6275696c74696e5f5f0a62797465730a711729527118652e`,
  4: `800495cb000000000000005d94284e88894b004bff4d00014dffff4a000001004affffffff4affffff7f4a000000808a0500000080008a07ff
    ffffffffff1f8a07000000000000208a090000000000000000c0473ff800000000000047fff00000000000008c05c3bc6ec3af948c0094294
    b0185944b014b0286944b014b024b038794284b014b024b034b0474945d945d944b01617d948c0161944b01738c0b636f6c6c656374696f6e
    73948c0b4f726465726564446963749493942952948c0162944b02738f94284b03904302787994430094652e`,
};
const values = [
  ...[null, true, false, 0, 255, 256, 65535, 65536, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 53 - 1],
  ...[2n ** 53n, -(2n ** 70n), 1.5, -Infinity, "ünï", "", [], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4], [], [1]],
  ...[new Map([["a", 1]]), new Map([["b", 2]]), new Set([3]), new Uint8Array([120, 121]), new Uint8Array(0)],
];

type Plain = null | boolean | number | string | Plain[] | Map<string, Plain>;

/** An encoder of its own, after pickletools' descriptions. */
function encode(value: Plain): number[] {
  const number = (size: number, write: (buffer: Buffer) => void) => {
    const buffer = Buffer.alloc(size);
    write(buffer);
    return [...buffer];
  };
  const text = (content: string) => {
    const bytes = Buffer.from(content);
    return [0x58, ...number(4, (buffer) => buffer.writeUInt32LE(bytes.length)), ...bytes];
  };
  if (value === null) return codes("N");
  if (typeof value === "boolean") return [value ? 0x88 : 0x89];
  if (typeof value === "number") return [0x47, ...number(8, (buffer) => buffer.writeDoubleBE(value))];
  if (typeof value === "string") return text(value);
  if (Array.isArray(value)) return [...codes("]("), ...value.flatMap(encode), ...codes("e")];
  return [...codes("}("), ...[...value].flatMap(([key, item]) => [...text(key), ...encode(item)]), ...codes("u")];
}

const { value: plain } = fc.letrec<{ value: Plain }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.double(),
    fc.string({ unit: "grapheme" }),
    fc.array(tie("value")),
    fc.array(fc.tuple(fc.string(), tie("value"))).map((pairs) => new Map(pairs)),
  ),
}));

describe("unpickle", () => {
  test.each([2, 4])("every kind of value that CPython pickles at protocol %i", (protocol) => {
    expect(load(Buffer.from(pickled[protocol].replace(/\s/g, ""), "hex"))).toEqual(values);
  });

  test("what an encoder wrote comes back", () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(load([...encode(value), ...codes(".")])).toEqual(value);
      }),
    );
  });

  test("an object that the pickle names twice is one object, also inside itself", () => {
    const [first, second] = load(codes("]q\0h\0ah\0\x86.")) as unknown[];
    expect(first).toBe(second);
    expect((first as unknown[])[0]).toBe(first);
  });

  test("__proto__ is a key like another", () => {
    const dictionary = load([...codes("}"), ...encode("__proto__"), ...encode([]), ...codes("s.")]);
    expect(dictionary).toEqual(new Map([["__proto__", []]]));
    expect(({} as Record<string, unknown>).length).toBeUndefined();
  });
});

describe("unpickle refuses", () => {
  const refusals: [name: string, pickle: ArrayLike<number>, line: string][] = [
    ["an instruction that creates objects", codes("\x80\x02)\x81."), "the instruction 0x81, which is not allowed"],
    ["a protocol of the future", [0x80, 6, ...codes("N.")], "protocol is newer than 5"],
    ["an end before the end", codes("]"), "the pickle is cut off"],
    ["a text longer than the file", [0x58, 255, 0, 0, 0, 97], "the pickle is cut off"],
    ["a text longer than any name", [0x58, 255, 255, 255, 255, 97], "a text of 4294967295 bytes; at most"],
    ["a string longer than any name", [0x54, 255, 255, 255, 255, 97], "a text of 4294967295 bytes; at most"],
    ["text that is not UTF-8", [0x8c, 1, 255, 0x2e], "not UTF-8"],
    ["an empty stack", codes("."), "takes more values than it has"],
    ["a value from below a mark", codes("N(s."), "takes more values than it has"],
    ["an end of no group", codes("t."), "closes a group that it did not open"],
    ["an item for a tuple", codes(")Na."), "appends to what is not a list"],
    ["an item for a dict without value", codes("}(Nu."), "a key without a value"],
    ["an item for a list by key", codes("]NNs."), "sets an item of what is not a dict"],
    ["a call of a list", codes("])R."), "calls no function"],
    ["a call without arguments", codes("c__builtin__\nset\nNR."), "without a tuple of arguments"],
    ["a state for a list", codes("]}b."), "sets the state of what is not a dict"],
    ["a persistent id where there are none", codes("NQ."), "refers to an object outside it"],
    ["a line of control characters", codes("cos\nsys\x1btem\n."), 'it holds "os.sys\\u001btem"'],
    ["a name from Object.prototype", codes("cconstructor\nconstructor\n."), 'it holds "constructor.constructor"'],
    ["bytes in another encoding", codes("c_codecs\nencode\n(X\x01\0\0\0xX\x05\0\0\0rot13tR."), "not in latin1"],
    ["more instructions than any network needs", Buffer.alloc(1_000_001, "]"), "more than 1000000 instructions"],
  ];
  test.each(refusals)("%s", (_, pickle, line) => {
    expect(() => load(pickle)).toThrow(`test.pth: `);
    expect(() => load(pickle)).toThrow(line);
  });

  test("nothing for its depth alone", () => {
    const depth = 100_000;
    expect(load(codes(`${"(".repeat(depth)}${"t".repeat(depth)}.`))).toHaveLength(1);
  });
});
