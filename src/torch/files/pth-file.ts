/**
 * What `torch.save` wrote, as plain values: containers from pickle.ts and tensors that point into storages. Two forms:
 * - since PyTorch 1.6 a zip archive: `<name>/data.pkl`, and one entry `<name>/data/<key>` for each storage;
 * - before that a stream: pickles of a magic number, the protocol's version, the system's sizes, the object, and the
 *   storages' keys; then for each key its element count (int64) and its elements.
 * The oldest form, a tar archive, is not read. Elements are little-endian unless a zip entry `byteorder` says otherwise.
 */
import { type DType, itemSizes } from "../dtype.ts";
import { type Fail, isCount, quote } from "./bytes.ts";
import { type UnpickleOptions, unpickle } from "./pickle.ts";
import { globalsByName, isTuple, PickleGlobal } from "./pickle-globals.ts";
import { isZip, zipEntries } from "./zip.ts";

const magicNumber = 0x1950a86a20f9469cfc6cn;
const protocolVersion = 1001;

/** The memory that one or more tensors share. */
export class Storage {
  readonly dtype: DType;
  /** In elements. */
  readonly length: number;
  /** The elements, little-endian; in the stream form known only when the whole file is read. */
  readonly bytes: () => Uint8Array;

  constructor(dtype: DType, length: number, bytes: () => Uint8Array) {
    this.dtype = dtype;
    this.length = length;
    this.bytes = bytes;
  }
}

/** A tensor as the pickle describes it: the numbers are not checked yet. */
export class SavedTensor {
  readonly storage: Storage;
  /** In elements, as the strides. */
  readonly offset: unknown;
  readonly shape: unknown;
  readonly strides: unknown;

  constructor(storage: Storage, offset: unknown, shape: unknown, strides: unknown) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

/** Whether the bytes begin as one of PyTorch's forms does. */
export function isSaved(bytes: Uint8Array): boolean {
  return isZip(bytes) || isPickle(bytes) || isTar(bytes);
}

/** @throws by `fail` if it is neither form, damaged, or holds anything but tensors and plain containers */
export function loadSaved(bytes: Uint8Array, fail: Fail): unknown {
  if (isZip(bytes)) return loadZip(bytes, fail);
  if (isPickle(bytes)) return loadStream(bytes, fail);
  if (isTar(bytes)) fail("it is in PyTorch's oldest form, a tar archive: load and save it with today's PyTorch first");
  return fail("it is not a file from torch.save");
}

function loadZip(bytes: Uint8Array, fail: Fail): unknown {
  const entries = zipEntries(bytes, fail);
  const names = [...entries.keys()].filter((name) => /^[^/]*\/data\.pkl$/.test(name));
  if (names.length !== 1) return fail("the zip archive has no single <name>/data.pkl: it is not from torch.save");
  const folder = names[0].slice(0, -"data.pkl".length);
  if (entries.has(`${folder}constants.pkl`)) {
    fail("it is a TorchScript program (torch.jit.save): save the network's state_dict() with torch.save instead");
  }
  const order = entries.get(`${folder}byteorder`);
  if (order !== undefined && Buffer.from(order).toString("latin1") !== "little")
    fail("its elements are not little-endian");
  const find = ({ key, dtype, length }: StorageRecord): Storage => {
    const data = entries.get(`${folder}data/${key}`);
    if (data === undefined) return fail(`the storage ${quote(key)} is missing`);
    if (data.length < length * itemSizes[dtype]) {
      fail(`the storage ${quote(key)} has ${data.length} bytes, but ${length} elements of ${dtype} are declared`);
    }
    return new Storage(dtype, length, () => data);
  };
  return unpickle(entries.get(names[0])!, 0, fail, torchOptions(find, fail)).value;
}

function loadStream(bytes: Uint8Array, fail: Fail): unknown {
  let position = 0;
  const next = (options?: UnpickleOptions) => {
    const { value, end } = unpickle(bytes, position, fail, options);
    position = end;
    return value;
  };
  if (next() !== magicNumber) fail("it is not a file from torch.save");
  const version = next();
  if (version !== protocolVersion) fail(`its protocol version is not ${protocolVersion}`);
  next(); // The sizes of C types where it was written: of no use since counts are int64.

  const contents = new Map<string, Uint8Array>();
  const declared = new Map<string, StorageRecord>();
  const find = (record: StorageRecord): Storage => {
    const { key, dtype, length } = record;
    const before = declared.get(key) ?? record;
    if (before.dtype !== dtype || before.length !== length) fail(`the storage ${quote(key)} is declared in two ways`);
    declared.set(key, record);
    return new Storage(dtype, length, () => contents.get(key) ?? fail(`the storage ${quote(key)} is missing`));
  };
  const saved = next(torchOptions(find, fail));

  const keys = next();
  if (!Array.isArray(keys)) return fail("the list of its storages is missing");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const key of keys) {
    const record = declared.get(key);
    if (record === undefined) return fail("the list of its storages names one that no tensor uses");
    const start = position + 8;
    const end = start + record.length * itemSizes[record.dtype];
    if (end > bytes.length) fail(`the storage ${quote(record.key)} is cut off`);
    const length = view.getBigInt64(position, true);
    if (length !== BigInt(record.length)) {
      fail(`the storage ${quote(record.key)} has ${length} elements, but ${record.length} are declared`);
    }
    contents.set(record.key, bytes.subarray(start, end));
    position = end;
  }
  return saved;
}

/** A pickle of protocol 2 and above begins with the instruction that states the protocol. */
function isPickle(bytes: Uint8Array): boolean {
  return bytes[0] === 0x80;
}

function isTar(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(257, 262)).toString("latin1") === "ustar";
}

interface StorageRecord {
  key: string;
  dtype: DType;
  length: number;
}

const storageTypes: Record<string, DType> = {
  FloatStorage: "float32",
  DoubleStorage: "float64",
  HalfStorage: "float16",
  BFloat16Storage: "bfloat16",
  ByteStorage: "uint8",
  CharStorage: "int8",
  ShortStorage: "int16",
  IntStorage: "int32",
  LongStorage: "int64",
  BoolStorage: "bool",
};

const dtypeOfStorage = new Map(
  Object.entries(storageTypes).flatMap(([name, dtype]) =>
    // Tensors that were saved from a GPU.
    ["torch", "torch.cuda"].map((module) => [new PickleGlobal(`${module}.${name}`), dtype] as const),
  ),
);

const rebuildTensor: PickleGlobal["call"] = ([storage, offset, shape, strides], { fail }) =>
  storage instanceof Storage
    ? new SavedTensor(storage, offset, shape, strides)
    : fail("a tensor is built without a storage");

const torchGlobals = globalsByName([
  ...dtypeOfStorage.keys(),
  new PickleGlobal("torch._utils._rebuild_tensor", rebuildTensor),
  new PickleGlobal("torch._utils._rebuild_tensor_v2", rebuildTensor),
  new PickleGlobal("torch._utils._rebuild_parameter", ([tensor], { fail }) =>
    tensor instanceof SavedTensor ? tensor : fail("a parameter is built without a tensor"),
  ),
  new PickleGlobal("torch.Size", ([lengths], { fail }) =>
    isTuple(lengths) ? lengths : fail("a torch.Size is built without a tuple"),
  ),
  // Found beside weights in checkpoints; nothing here looks at them.
  new PickleGlobal("torch.device", () => new PickleGlobal("a torch.device")),
  ...Object.keys(itemSizes).map((dtype) => new PickleGlobal(`torch.${dtype}`)),
]);

/** What `torch.save` pickles beside plain containers. */
function torchOptions(find: (record: StorageRecord) => Storage, fail: Fail): UnpickleOptions {
  const persistentLoad = (id: unknown): Storage => {
    const [tag, type, key, , length, part = null] = isTuple(id) ? id : [];
    const dtype = dtypeOfStorage.get(type as PickleGlobal);
    if (tag !== "storage" || dtype === undefined || typeof key !== "string" || !isCount(length)) {
      return fail("the pickle refers to something that is not a storage of numbers");
    }
    const storage = find({ key, dtype, length });
    if (part === null) return storage;
    // Early versions of PyTorch could save a part of a storage: (key, offset, length).
    const [, from, partLength] = isTuple(part) ? part : [];
    if (!isCount(from) || !isCount(partLength) || from + partLength > length) {
      return fail(`a part of the storage ${quote(key)} exceeds it`);
    }
    const [start, end] = [from, from + partLength].map((elements) => elements * itemSizes[dtype]);
    return new Storage(dtype, partLength, () => storage.bytes().subarray(start, end));
  };
  return { globals: torchGlobals, persistentLoad };
}
