/**
 * The safetensors format (github huggingface/safetensors): 8 bytes with the header's length N, N bytes of JSON
 * `{"name": {"dtype", "shape", "data_offsets": [begin, end]}, …, "__metadata__": {"text": "text"}}`, then the elements,
 * little-endian and row-major, without gaps.
 */
import { writeFileAtomic } from "../../base/files.ts";
import { type DType, itemSizes } from "../dtype.ts";
import { type Fail, failWith, isCounts, quote, readBytes } from "./bytes.ts";
import { byteLength, type HostTensor } from "./host-tensor.ts";

/** A longer header would have more than 100,000 tensors; the reference implementation stops at 100 MB. */
const longestHeader = 16 * 2 ** 20;
const metadataName = "__metadata__";
/** The elements begin at a multiple of this. */
const alignment = 8;
const openingBrace = 0x7b;

const formatNames: Readonly<Record<DType, string>> = {
  uint8: "U8",
  int8: "I8",
  int16: "I16",
  int32: "I32",
  int64: "I64",
  float16: "F16",
  float32: "F32",
  float64: "F64",
  bool: "BOOL",
  bfloat16: "BF16",
};
const dtypes = new Map(Object.entries(formatNames).map(([dtype, name]) => [name, dtype as DType]));

export interface Safetensors {
  /** In the header's order. The data are views of one buffer, at any byte. */
  tensors: Map<string, HostTensor>;
  metadata: Record<string, string>;
}

/** Whether a JSON object follows the first 8 bytes, as in no other format of weights. */
export function isSafetensors(bytes: Uint8Array): boolean {
  return bytes[8] === openingBrace;
}

/** @throws InputError naming the file, and the tensor where there is one */
export function readSafetensors(path: string): Safetensors {
  return parseSafetensors(readBytes(path), path);
}

/** `readSafetensors` of bytes that are in memory already. */
export function parseSafetensors(bytes: Uint8Array, path: string): Safetensors {
  const fail: Fail = failWith(path);
  if (bytes.length < 8) fail(`it has ${bytes.length} bytes; a safetensors file has at least 8`);
  const declared = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (declared > longestHeader) fail(`its header has ${declared} bytes; at most ${longestHeader} are read`);
  const start = 8 + Number(declared);
  if (start > bytes.length) fail(`it is cut off: its header has ${declared} bytes, the file ${bytes.length}`);

  const { [metadataName]: metadata = {}, ...infos } = parseHeader(bytes.subarray(8, start), fail);
  if (!isObject(metadata) || !Object.values(metadata).every((value) => typeof value === "string")) {
    return fail(`${metadataName} is not a dictionary of strings`);
  }
  const elements = bytes.subarray(start);
  const places = Object.entries(infos).map(([name, info]) => ({ name, ...checkedInfo(name, info, fail) }));
  let end = 0;
  // An empty tensor comes before the one that begins at the same byte.
  const inFile = [...places].sort((a, b) => a.offsets[0] - b.offsets[0] || a.offsets[1] - b.offsets[1]);
  for (const { name, offsets } of inFile) {
    if (offsets[0] !== end) {
      const fault = offsets[0] < end ? "overlaps the tensor before it" : "leaves a gap before it";
      fail(`the tensor ${quote(name)} ${fault}: it begins at ${offsets[0]}, expected ${end}`);
    }
    end = offsets[1];
  }
  if (end > elements.length) fail(`it is cut off: its tensors have ${end} bytes, the file ${elements.length} of them`);
  if (end < elements.length) fail(`it has ${elements.length - end} bytes after its last tensor`);
  const tensors = new Map(
    places.map(({ name, dtype, shape, offsets }) => [name, { dtype, shape, data: elements.subarray(...offsets) }]),
  );
  return { tensors, metadata: metadata as Record<string, string> };
}

/**
 * Writes all of `tensors` or nothing; nothing is copied on the way.
 * @throws InputError when the file cannot be written
 */
export function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: Readonly<Record<string, string>> = {},
): void {
  writeFileAtomic(path, ...safetensorsParts(tensors, metadata));
}

/**
 * The file's content, part after part. Larger elements come first, so that each tensor lies at a multiple of its element's
 * size; the header keeps the given order.
 */
export function safetensorsParts(
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: Readonly<Record<string, string>>,
): (string | Uint8Array)[] {
  const ordered = [...tensors].sort(([, a], [, b]) => itemSizes[b.dtype] - itemSizes[a.dtype]);
  const offsets = new Map<string, [number, number]>();
  let end = 0;
  for (const [name, { dtype, shape, data }] of ordered) {
    if (name === metadataName) throw new Error(`a tensor cannot be named ${metadataName}`);
    if (data.byteLength !== byteLength(dtype, shape)) {
      throw new Error(`the tensor ${name} has ${data.byteLength} bytes, its shape needs ${byteLength(dtype, shape)}`);
    }
    offsets.set(name, [end, end + data.byteLength]);
    end += data.byteLength;
  }
  const header = Object.fromEntries<unknown>([
    ...(Object.keys(metadata).length > 0 ? [[metadataName, metadata] as const] : []),
    ...[...tensors].map(
      ([name, { dtype, shape }]) =>
        [name, { dtype: formatNames[dtype], shape, data_offsets: offsets.get(name) }] as const,
    ),
  ]);
  const text = Buffer.from(JSON.stringify(header));
  const padding = (alignment - (text.length % alignment)) % alignment;
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length + padding));
  return [length, text, " ".repeat(padding), ...ordered.map(([, { data }]) => data)];
}

function parseHeader(bytes: Uint8Array, fail: Fail): Record<string, unknown> {
  if (bytes[0] !== openingBrace) fail("it is not a safetensors file: its header does not begin with {");
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const header = JSON.parse(text);
    const twice = repeatedKey(text);
    if (twice !== undefined) fail(`its header names ${quote(twice)} twice`);
    return header;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return fail("its header is not JSON in UTF-8");
    throw error;
  }
}

/** A key that some object of a valid JSON text has twice: JSON.parse would silently take the last. */
function repeatedKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === "{" || character === "[") open.push(new Set());
    else if (character === "}" || character === "]") open.pop();
    else if (character === '"') {
      const start = at;
      for (at++; json[at] !== '"'; at++) if (json[at] === "\\") at++;
      let next = at + 1;
      while (" \t\r\n".includes(json.charAt(next))) next++;
      if (json[next] !== ":") continue;
      const key: string = JSON.parse(json.slice(start, at + 1));
      const keys = open.at(-1)!;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}

interface TensorInfo {
  dtype: DType;
  shape: number[];
  offsets: [begin: number, end: number];
}

function checkedInfo(name: string, info: unknown, fail: Fail): TensorInfo {
  const failTensor: Fail = (why) => fail(`the tensor ${quote(name)} ${why}`);
  if (!isObject(info)) return failTensor("is not described by dtype, shape and data_offsets");
  const dtype = dtypes.get(info.dtype as string);
  if (dtype === undefined) {
    const found = typeof info.dtype === "string" ? quote(info.dtype) : `of type ${typeof info.dtype}`;
    return failTensor(`has a dtype ${found}; allowed are ${[...dtypes.keys()].join(", ")}`);
  }
  const { shape, data_offsets: offsets } = info;
  if (!isCounts(shape)) return failTensor("has a shape that is not a list of whole numbers from 0");
  if (!isCounts(offsets) || offsets.length !== 2) return failTensor("has data_offsets that are not two whole numbers");
  const [begin, end] = offsets;
  if (end - begin !== byteLength(dtype, shape)) {
    failTensor(`of dtype ${dtype} and shape [${shape}] has ${end - begin} bytes, expected ${byteLength(dtype, shape)}`);
  }
  return { dtype, shape: [...shape], offsets: [begin, end] };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
