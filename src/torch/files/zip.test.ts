import { describe, expect, test } from "vitest";
import { failWith } from "./bytes.ts";
import { isZip, zipEntries } from "./zip.ts";

const saturated = 0xffffffff;

interface Entry {
  name: string;
  content: string;
  flags?: number;
}

/** An archive with every size in ZIP64 fields or none, and padding in the local headers as PyTorch writes it. */
function zip(entries: Entry[], { zip64 = false, comment = "" } = {}): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  const add = (part: Buffer) => {
    parts.push(part);
    at += part.length;
  };
  const numbers = (...fields: [value: number, bytes: 2 | 4 | 8][]) =>
    Buffer.concat(
      fields.map(([value, bytes]) => {
        const buffer = Buffer.alloc(8);
        buffer.writeBigUInt64LE(BigInt(value));
        return buffer.subarray(0, bytes);
      }),
    );
  for (const { name, content, flags = 0 } of entries) {
    const header = at;
    const padding = Buffer.alloc(37, "Z");
    const size = content.length;
    add(
      numbers([0x04034b50, 4], [45, 2], [flags, 2], [0, 2], [0, 4], [0, 4], [0, 4], [0, 4], [name.length, 2], [37, 2]),
    );
    add(Buffer.concat([Buffer.from(name), padding, Buffer.from(content)]));
    const other = numbers([0x7075, 2], [3, 2], [0, 2]);
    const extra = zip64
      ? Buffer.concat([other, Buffer.from("x"), numbers([1, 2], [24, 2], [size, 8], [size, 8], [header, 8])])
      : Buffer.alloc(0);
    const [shownSize, shownHeader] = zip64 ? [saturated, saturated] : [size, header];
    directory.push(
      numbers([0x02014b50, 4], [45, 2], [45, 2], [flags, 2], [0, 2], [0, 4], [0, 4], [shownSize, 4], [shownSize, 4]),
      numbers([name.length, 2], [extra.length, 2], [0, 2], [0, 2], [0, 2], [0, 4], [shownHeader, 4]),
      Buffer.from(name),
      extra,
    );
  }
  const start = at;
  for (const part of directory) add(part);
  const size = at - start;
  const count = entries.length;
  if (zip64) {
    const record = at;
    add(
      numbers(
        [0x06064b50, 4],
        [44, 8],
        [45, 2],
        [45, 2],
        [0, 4],
        [0, 4],
        [count, 8],
        [count, 8],
        [size, 8],
        [start, 8],
      ),
    );
    add(numbers([0x07064b50, 4], [0, 4], [record, 8], [1, 4]));
  }
  const [shownCount, shownStart] = zip64 ? [0xffff, saturated] : [count, start];
  add(numbers([0x06054b50, 4], [0, 2], [0, 2], [shownCount, 2], [shownCount, 2], [size, 4], [shownStart, 4]));
  add(Buffer.concat([numbers([comment.length, 2]), Buffer.from(comment)]));
  return new Uint8Array(Buffer.concat(parts));
}

const read = (bytes: Uint8Array) =>
  [...zipEntries(bytes, failWith("test.zip"))].map(([name, content]) => [name, Buffer.from(content).toString()]);

const entries = [
  { name: "a/data.pkl", content: "pickle" },
  { name: "a/data/0", content: "" },
  { name: "a/ünï", content: "numbers" },
];
const expected = entries.map(({ name, content }) => [name, content]);

describe("zipEntries", () => {
  test.each([false, true])("stored entries, ZIP64 %s", (zip64) => {
    const latin = entries.map((entry) => ({ ...entry, name: entry.name.replace(/[^ -~]/g, "_") }));
    const bytes = zip(latin, { zip64 });
    expect(isZip(bytes)).toBe(true);
    expect(read(bytes)).toEqual(expected.map(([name, content]) => [name.replace(/[^ -~]/g, "_"), content]));
  });

  test("a comment after the directory, even one that looks like a directory's end", () => {
    const simple = [{ name: "a", content: "b" }];
    expect(read(zip(simple, { comment: "a comment PK\x05\x06 of any kind, as long as it likes to be" }))).toEqual([
      ["a", "b"],
    ]);
  });

  test.each([
    ["an encrypted entry", zip([{ name: "a", content: "b", flags: 1 }]), 'the zip entry "a" is encrypted'],
    [
      "a name twice",
      zip([
        { name: "a", content: "b" },
        { name: "a", content: "c" },
      ]),
      'the zip archive has two entries named "a"',
    ],
    ["no directory", zip([{ name: "a", content: "b" }]).slice(0, -1), "its directory is missing"],
  ])("%s is refused", (_, bytes, line) => {
    expect(() => read(bytes)).toThrow(`test.zip: `);
    expect(() => read(bytes)).toThrow(line);
  });

  test("every number that points outside the archive is refused", () => {
    for (const zip64 of [false, true]) {
      const bytes = zip([{ name: "a", content: "b".repeat(20) }], { zip64 });
      for (let at = 0; at + 4 <= bytes.length; at++) {
        const altered = bytes.slice();
        altered.fill(0x7f, at, at + 4);
        try {
          for (const [, content] of zipEntries(altered, failWith("test.zip"))) {
            expect(content.byteLength).toBeLessThanOrEqual(bytes.length);
          }
        } catch (error) {
          expect(String(error)).toMatch(/^InputError: test\.zip: /);
        }
      }
    }
  });
});
