/**
 * PNG files that hold nothing but pixels, and that can be made longer without a change to their picture: behind the
 * header stands one private ancillary chunk of random bytes, which every decoder passes over.
 * (https://www.w3.org/TR/png-3/, 5.3 chunk layout, 5.4 naming conventions)
 */
import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

const signatureBytes = 8;
/** Length, type and checksum of a chunk. */
const frameBytes = 12;
/** Signature and IHDR, always 13 bytes of it. */
const headBytes = signatureBytes + frameBytes + 13;
/** Ancillary, private, safe to copy. */
const paddingType = "paDd";

/** How much of a plain PNG's beginning `unpaddedBytes` needs. */
export const paddedHeadBytes = headBytes + 8;

/**
 * The PNG with only the chunks that a picture needs (IHDR, IDAT, IEND) and a padding chunk without content.
 * @throws RangeError when it is none, or has a palette: colour files are expected
 */
export function plainPng(png: Uint8Array): Buffer {
  const chunks: Uint8Array[] = [];
  for (const { type, bytes } of chunksOf(png)) {
    if (type === "PLTE") throw new RangeError("a PNG with a palette");
    if (type === "IHDR" || type === "IDAT" || type === "IEND") chunks.push(bytes);
  }
  const [head, ...rest] = chunks;
  return Buffer.concat([png.subarray(0, signatureBytes), head, padding(0), ...rest]);
}

/**
 * The same plain PNG, `total` bytes long.
 * @throws RangeError when the picture alone is longer
 */
export function padPng(png: Uint8Array, total: number): Buffer {
  const padded = paddingOf(png);
  const room = total - (png.byteLength - padded);
  if (room < 0) throw new RangeError(`${png.byteLength - padded} bytes do not fit into ${total}`);
  const rest = png.subarray(headBytes + frameBytes + padded);
  return Buffer.concat([png.subarray(0, headBytes), padding(room), rest]);
}

/**
 * How long a plain PNG is without the content of its padding; undefined when it is no plain PNG.
 * @param head its first `paddedHeadBytes` bytes
 * @param bytes its length
 */
export function unpaddedBytes(head: Uint8Array, bytes: number): number | undefined {
  const view = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  if (head.byteLength < paddedHeadBytes || view.toString("latin1", headBytes + 4, headBytes + 8) !== paddingType) {
    return undefined;
  }
  const plain = bytes - view.readUInt32BE(headBytes);
  return plain > paddedHeadBytes ? plain : undefined;
}

function paddingOf(png: Uint8Array): number {
  const plain = unpaddedBytes(png.subarray(0, paddedHeadBytes), png.byteLength);
  if (plain === undefined) throw new RangeError("not a PNG that plainPng made");
  return png.byteLength - plain;
}

/** Random, so that compression on the way does not undo it. */
function padding(bytes: number): Buffer {
  const chunk = Buffer.alloc(frameBytes + bytes);
  chunk.writeUInt32BE(bytes, 0);
  chunk.write(paddingType, 4, "latin1");
  randomBytes(bytes).copy(chunk, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + bytes)), 8 + bytes);
  return chunk;
}

/** The chunks with their frames. @throws RangeError when the bytes are no whole PNG */
export function* chunksOf(png: Uint8Array): Generator<{ type: string; bytes: Uint8Array }> {
  const view = Buffer.from(png.buffer, png.byteOffset, png.byteLength);
  for (let at = signatureBytes; at < view.byteLength; ) {
    if (at + frameBytes > view.byteLength) throw new RangeError("a PNG that ends within a chunk");
    const end = at + frameBytes + view.readUInt32BE(at);
    if (end > view.byteLength) throw new RangeError("a PNG that ends within a chunk");
    yield { type: view.toString("latin1", at + 4, at + 8), bytes: view.subarray(at, end) };
    at = end;
  }
}
