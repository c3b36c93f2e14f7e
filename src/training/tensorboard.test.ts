import { appendFileSync, mkdtempSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../base/errors.ts";
import { crc32c, openEventFile, type ScalarEvent, writeEventFile } from "./tensorboard.ts";

const folder = mkdtempSync(join(tmpdir(), "events-"));
const path = (name: string) => join(folder, `events.out.tfevents.${name}`);

/** The frames of a TFRecord file, with both checksums compared. */
function frames(file: Buffer): Buffer[] {
  const unmasked = (at: number) => {
    const rotated = (file.readUInt32LE(at) - 0xa282ead8) >>> 0;
    return ((rotated >>> 17) | (rotated << 15)) >>> 0;
  };
  const found: Buffer[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    const data = file.subarray(at + 12, at + 12 + length);
    expect(data.length).toBe(length);
    expect(unmasked(at + 8)).toBe(crc32c(file.subarray(at, at + 8)));
    expect(unmasked(at + 12 + length)).toBe(crc32c(data));
    found.push(data);
    at += 16 + length;
  }
  return found;
}

/** Any protocol buffer message as its fields, by the wire format alone. */
function fields(message: Buffer): Map<number, number | bigint | Buffer> {
  const found = new Map<number, number | bigint | Buffer>();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number) => {
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const key = Number(varint());
    const [field, wireType] = [key >> 3, key & 7];
    if (wireType === 0) found.set(field, varint());
    else if (wireType === 1) found.set(field, take(8).readDoubleLE());
    else if (wireType === 5) found.set(field, take(4).readFloatLE());
    else found.set(field, take(Number(varint())));
  }
  return found;
}

function readScalars(name: string): ScalarEvent[] {
  const [first, ...rest] = frames(readFileSync(path(name))).map(fields);
  expect(String(first.get(3))).toBe("brain.Event:2");
  expect(first.get(1)).toBeGreaterThanOrEqual(1e9);
  return rest.map((event) => {
    const value = fields(fields(event.get(5) as Buffer).get(1) as Buffer);
    return {
      step: Number(event.get(2)),
      wallTime: event.get(1) as number,
      tag: String(value.get(1)),
      value: value.get(2) as number,
    };
  });
}

const event = (step: number): ScalarEvent => ({
  step,
  wallTime: 1.75e9 + step / 8,
  tag: "loss/train",
  value: step / 4,
});

describe("checksums", () => {
  // RFC 3720, appendix B.4, and the check value of the catalogue of CRC algorithms.
  test.each([
    ["32 zeros", new Uint8Array(32), 0x8a9136aa],
    ["32 ones", new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ["32 rising", Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ["32 falling", Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
    ["123456789", Buffer.from("123456789"), 0xe3069283],
    ["nothing", new Uint8Array(0), 0],
  ])("CRC-32C of %s", (_, data, expected) => {
    expect(crc32c(data)).toBe(expected);
  });
});

describe("event files", () => {
  test("what is written is read", () => {
    const scalar = fc.record({
      step: fc.maxSafeNat(),
      wallTime: fc.double({ min: 1e9, max: 4e9, noNaN: true }),
      tag: fc.string({ unit: "grapheme" }),
      value: fc.float(),
    });
    fc.assert(
      fc.property(fc.array(scalar, { minLength: 1, maxLength: 5 }), (events) => {
        writeEventFile(path("whole"), events);
        expect(readScalars("whole")).toEqual(events);
      }),
    );
  });

  test("a file of no events holds just the version", () => {
    writeEventFile(path("none"), []);
    expect(readScalars("none")).toEqual([]);
  });

  test("the bytes are those of TensorBoard's own RecordWriter and protocol buffers", () => {
    writeEventFile(path("bytes"), [{ step: 300, wallTime: 1.5e9, tag: "loss/train", value: 0.5 }]);
    expect(readFileSync(path("bytes")).toString("hex")).toBe(
      "1800000000000000a37f4b2209000000c00b5ad6411a0d627261696e2e4576656e743a324ca9a464" +
        "2100000000000000017becf609000000c00b5ad64110ac022a130a110a0a6c6f73732f747261696e150000003fccde32fb",
    );
  });

  test("appending goes on where a closed file ended", () => {
    for (const step of [0, 1, 2]) {
      const file = openEventFile(path("appended"));
      file.append(event(step));
      file.close();
    }
    expect(readScalars("appended")).toEqual([event(0), event(1), event(2)]);
  });

  test("an event is in the file before the next is made", () => {
    const file = openEventFile(path("live"));
    file.append(event(0));
    expect(readScalars("live")).toEqual([event(0)]);
    file.close();
  });

  test("a record that a crash cut short is removed before more is appended", () => {
    writeEventFile(path("torn"), [event(0), event(1)]);
    const whole = readFileSync(path("torn"));
    const lastRecord = whole.length - 16 - frames(whole)[2].length;
    for (let length = lastRecord; length < whole.length; length++) {
      writeFileSync(path("torn"), whole);
      truncateSync(path("torn"), length);
      const file = openEventFile(path("torn"));
      file.append(event(2));
      file.close();
      expect(readScalars("torn")).toEqual([event(0), event(2)]);
    }
  });

  test("a damaged end is removed before more is appended", () => {
    writeEventFile(path("damaged"), [event(0)]);
    appendFileSync(path("damaged"), Buffer.alloc(40));
    const file = openEventFile(path("damaged"));
    file.append(event(1));
    file.close();
    expect(readScalars("damaged")).toEqual([event(0), event(1)]);
  });

  test("a place that cannot be written ends in one line, with nothing left behind", () => {
    const before = readdirSync(folder);
    expect(() => openEventFile(join(folder, "missing", "events"))).toThrow(InputError);
    expect(() => openEventFile(folder)).toThrow(/it is a folder, not a file/);
    expect(() => writeEventFile(folder, [])).toThrow(InputError);
    expect(readdirSync(folder)).toEqual(before);
  });
});
