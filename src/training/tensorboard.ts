/**
 * Scalars as TensorBoard event files: TFRecord frames (length, its checksum, data, their checksum) around the protocol
 * buffer `Event` of tensorflow/core/util/event.proto, of which the few fields that scalars need are written here.
 * TensorBoard finds files whose names contain `tfevents`.
 */
import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { explainSystemError } from "../base/errors.ts";
import { writeFileAtomic } from "../base/files.ts";

export interface ScalarEvent {
  /** From 0. */
  step: number;
  /** Seconds since 1970. */
  wallTime: number;
  /** The curve's name; TensorBoard groups by what stands before the first slash. */
  tag: string;
  /** Stored as float32. */
  value: number;
}

export interface EventFile {
  /** Hands the event to the operating system before it returns. */
  append(event: ScalarEvent): void;
  close(): void;
}

/**
 * Writes all of `events`, or leaves the old file.
 * @throws InputError when the file cannot be written
 */
export function writeEventFile(path: string, events: readonly ScalarEvent[]): void {
  writeFileAtomic(path, versionRecord(events[0]?.wallTime ?? Date.now() / 1000), ...events.map(scalarRecord));
}

/**
 * Opens an event file, old or new, to append to it. What a crash left of a last record is cut off first: a reader stops
 * at a damaged record, and would never see what follows.
 * @throws InputError when the file cannot be read or written
 */
export function openEventFile(path: string): EventFile {
  const explained = <T>(action: string, act: () => T): T => {
    try {
      return act();
    } catch (error) {
      throw explainSystemError(error, action, path);
    }
  };
  const file = explained("open", () => openSync(path, "a+"));
  const intact = explained("read", () => intactLength(readFileSync(file)));
  explained("write", () => ftruncateSync(file, intact));
  const write = (record: Uint8Array) => explained("write", () => writeSync(file, record));
  if (intact === 0) write(versionRecord(Date.now() / 1000));
  return {
    append: (event) => {
      write(scalarRecord(event));
    },
    close: () => {
      fsyncSync(file);
      closeSync(file);
    },
  };
}

/** The first record of every event file. */
function versionRecord(wallTime: number): Uint8Array {
  return record(Buffer.concat([double(1, wallTime), text(3, "brain.Event:2")]));
}

/** Event { wall_time = 1; step = 2; summary = 5 { value = 1 { tag = 1; simple_value = 2 } } } */
function scalarRecord({ step, wallTime, tag, value }: ScalarEvent): Uint8Array {
  const summary = bytes(5, bytes(1, Buffer.concat([text(1, tag), float(2, value)])));
  return record(Buffer.concat([double(1, wallTime), Buffer.of((2 << 3) | 0), varint(step), summary]));
}

const headerSize = 12;
const footerSize = 4;

function record(data: Uint8Array): Uint8Array {
  const framed = Buffer.alloc(headerSize + data.length + footerSize);
  framed.writeBigUInt64LE(BigInt(data.length));
  framed.writeUInt32LE(maskedCrc32c(framed.subarray(0, 8)), 8);
  framed.set(data, headerSize);
  framed.writeUInt32LE(maskedCrc32c(data), headerSize + data.length);
  return framed;
}

/** The bytes up to the first record that is cut off or damaged. */
function intactLength(file: Buffer): number {
  let at = 0;
  while (at + headerSize + footerSize <= file.length) {
    const length = Number(file.readBigUInt64LE(at));
    const end = at + headerSize + length;
    if (end + footerSize > file.length) break;
    if (file.readUInt32LE(at + 8) !== maskedCrc32c(file.subarray(at, at + 8))) break;
    if (file.readUInt32LE(end) !== maskedCrc32c(file.subarray(at + headerSize, end))) break;
    at = end + footerSize;
  }
  return at;
}

// Fields of protocol buffers: a key (field number and wire type), then the value.
function double(field: number, value: number): Buffer {
  const encoded = Buffer.alloc(9, (field << 3) | 1);
  encoded.writeDoubleLE(value, 1);
  return encoded;
}
function float(field: number, value: number): Buffer {
  const encoded = Buffer.alloc(5, (field << 3) | 5);
  encoded.writeFloatLE(value, 1);
  return encoded;
}
function bytes(field: number, value: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of((field << 3) | 2), varint(value.length), value]);
}
function text(field: number, value: string): Buffer {
  return bytes(field, Buffer.from(value));
}
/** A whole number from 0, seven bits a byte, the lowest first. */
function varint(value: number): Buffer {
  const encoded: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) encoded.push((rest % 0x80) | 0x80);
  return Buffer.from([...encoded, rest]);
}

/** CRC-32C (Castagnoli, RFC 3720 appendix B.4), reflected polynomial 0x82f63b78. */
export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = crcTable[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

/** TFRecord stores checksums rotated and shifted, since a checksum of data that hold checksums is weak. */
function maskedCrc32c(data: Uint8Array): number {
  const crc = crc32c(data);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
