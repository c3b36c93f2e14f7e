/**
 * The part of the ZIP format that PyTorch writes (APPNOTE 6.3.10, sections 4.3 and 4.5.3): entries stored without
 * compression, ZIP64 where a number needs it. The entries' CRC-32 are not checked: PyTorch leaves them out on request.
 */
import { type Fail, quote } from "./bytes.ts";

const endOfDirectory = { signature: 0x06054b50, size: 22 };
const zip64Locator = { signature: 0x07064b50, size: 20 };
const zip64EndOfDirectory = { signature: 0x06064b50, size: 56 };
const directoryEntry = { signature: 0x02014b50, size: 46 };
const localHeader = { signature: 0x04034b50, size: 30 };
const longestComment = 0xffff;
const zip64Field = 1;
/** A field of 32 (or 16) bits with all bits set stands in the ZIP64 record instead. */
const elsewhere = 0xffffffff;
const elsewhereShort = 0xffff;

/** Whether the bytes begin as a ZIP archive does. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && viewOf(bytes).getUint32(0, true) === localHeader.signature;
}

/**
 * The archive's entries by name, as views of `bytes`.
 * @throws by `fail` when the directory is damaged, an entry is compressed, encrypted, named twice or out of bounds
 */
export function zipEntries(bytes: Uint8Array, fail: Fail): Map<string, Uint8Array> {
  const view = viewOf(bytes);
  const expect = (at: number, { signature, size }: { signature: number; size: number }, what: string) => {
    const inside = Number.isSafeInteger(at) && at >= 0 && at + size <= bytes.length;
    if (!inside || view.getUint32(at, true) !== signature) fail(`the zip archive is damaged: no ${what} at byte ${at}`);
  };
  const u64 = (at: number) => Number(view.getBigUint64(at, true));

  const end = findEnd(view);
  if (end === undefined) return fail("the zip archive is cut off: its directory is missing");
  let count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  if (count === elsewhereShort || at === elsewhere) {
    expect(end - zip64Locator.size, zip64Locator, "ZIP64 locator");
    const zip64 = u64(end - zip64Locator.size + 8);
    expect(zip64, zip64EndOfDirectory, "ZIP64 directory");
    count = u64(zip64 + 32);
    at = u64(zip64 + 48);
  }

  const entries = new Map<string, Uint8Array>();
  for (let index = 0; index < count; index++) {
    expect(at, directoryEntry, "directory entry");
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    const next = at + directoryEntry.size + nameLength + extraLength + commentLength;
    if (next > bytes.length) fail(`the zip archive is damaged: the directory entry at byte ${at} is cut off`);
    const nameStart = at + directoryEntry.size;
    const name = new TextDecoder().decode(bytes.subarray(nameStart, nameStart + nameLength));
    if (view.getUint16(at + 8, true) & 1) fail(`the zip entry ${quote(name)} is encrypted`);
    if (view.getUint16(at + 10, true) !== 0) {
      fail(`the zip entry ${quote(name)} is compressed, but PyTorch stores entries without compression`);
    }

    let length = view.getUint32(at + 24, true);
    let header = view.getUint32(at + 42, true);
    const stored = view.getUint32(at + 20, true);
    if ([length, header, stored].includes(elsewhere)) {
      const extra = { from: nameStart + nameLength, to: nameStart + nameLength + extraLength };
      let field = findField(view, extra.from, extra.to);
      const following = () => {
        if (field === undefined || field + 8 > extra.to) fail(`the zip entry ${quote(name)} lacks its ZIP64 sizes`);
        field += 8;
        return u64(field - 8);
      };
      if (length === elsewhere) length = following();
      if (stored === elsewhere) following();
      if (header === elsewhere) header = following();
    }
    expect(header, localHeader, `header of ${quote(name)}`);
    const start = header + localHeader.size + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
    if (start + length > bytes.length) fail(`the zip entry ${quote(name)} reaches beyond the end of the file`);
    if (entries.has(name)) fail(`the zip archive has two entries named ${quote(name)}`);
    entries.set(name, bytes.subarray(start, start + length));
    at = next;
  }
  return entries;
}

/** The end-of-directory record is the last of the file but for a comment, whose length it states. */
function findEnd(view: DataView): number | undefined {
  const last = view.byteLength - endOfDirectory.size;
  for (let at = last; at >= Math.max(0, last - longestComment); at--) {
    if (view.getUint32(at, true) === endOfDirectory.signature && view.getUint16(at + 20, true) === last - at) return at;
  }
  return undefined;
}

/** Where the ZIP64 field's content begins among an entry's extra fields. */
function findField(view: DataView, from: number, to: number): number | undefined {
  for (let at = from; at + 4 <= to; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) === zip64Field) return at + 4;
  }
  return undefined;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
