/**
 * Weights that PyTorch saved (`torch.save`): a plain state dict, or a training checkpoint `{epoch, state_dict,
 * optimizer, …}` that holds one. Nothing in the file is executed: see pickle.ts.
 */
import { itemSizes } from "../dtype.ts";
import { type Fail, failWith, isCount, isCounts, quote, readBytes } from "./bytes.ts";
import { byteLength, type HostTensor } from "./host-tensor.ts";
import { loadSaved, SavedTensor } from "./pth-file.ts";
import { gather, isContiguous, lastElement, type StridedView } from "./strided.ts";

/** Where published checkpoints keep the state dict when it is not the whole file. */
const wrappers = ["state_dict", "model_state_dict", "model"];
/** What DataParallel puts before every name. */
const dataParallelPrefix = "module.";
/** Tensors that must be copied (not contiguous) may fill this many times the file's size. */
const mostCopies = 4;

/**
 * The state dict of a `.pth` file: the whole file, or its `state_dict`, `model_state_dict` or `model`. A prefix
 * `module.` that all names share is removed. Types stay as they were saved.
 * @returns tensors in the file's order; the data are views of one buffer, at any byte, wherever they were contiguous
 * @throws InputError naming the file, and the tensor where there is one
 */
export function readPth(path: string): Map<string, HostTensor> {
  return parsePth(readBytes(path), path);
}

/** `readPth` of bytes that are in memory already. */
export function parsePth(bytes: Uint8Array, path: string): Map<string, HostTensor> {
  const fail: Fail = failWith(path);
  const state = withoutPrefix(findStateDict(loadSaved(bytes, fail), fail));
  let copied = 0;
  const tensors = new Map<string, HostTensor>();
  for (const [name, saved] of state) {
    const failTensor: Fail = (why) => fail(`the tensor ${quote(name)} ${why}`);
    const view = checkedView(saved, failTensor);
    const { dtype, offset, shape } = view;
    const length = byteLength(dtype, shape);
    const storage = saved.storage.bytes();
    if (length === 0 || isContiguous(view)) {
      const start = offset * itemSizes[dtype];
      tensors.set(name, { dtype, shape, data: storage.subarray(start, start + length) });
    } else {
      copied += length;
      if (copied > mostCopies * bytes.length) failTensor("would fill more memory than the file's size accounts for");
      tensors.set(name, { dtype, shape, data: gather(storage, view) });
    }
  }
  return tensors;
}

function findStateDict(saved: unknown, fail: Fail): Map<string, SavedTensor> {
  if (!(saved instanceof Map)) return fail("it holds no dict of tensors");
  const wrapper = wrappers.find((name) => saved.get(name) instanceof Map);
  const entries: Map<unknown, unknown> = wrapper === undefined ? saved : saved.get(wrapper);
  const where = wrapper === undefined ? "" : ` in ${quote(wrapper)}`;
  if (entries.size === 0) fail(`it holds no tensors${where}`);
  const state = new Map<string, SavedTensor>();
  for (const [name, value] of entries) {
    if (typeof name !== "string")
      return fail(`a name${where} is not a string; a state dict is a dict of tensors by name`);
    if (!(value instanceof SavedTensor)) {
      const places = wrappers.map(quote).join(", ");
      return fail(`${quote(name)}${where} is not a tensor; a state dict is looked for at the top and under ${places}`);
    }
    state.set(name, value);
  }
  return state;
}

function withoutPrefix(state: Map<string, SavedTensor>): Map<string, SavedTensor> {
  const names = [...state.keys()];
  if (!names.every((name) => name.startsWith(dataParallelPrefix))) return state;
  return new Map([...state].map(([name, tensor]) => [name.slice(dataParallelPrefix.length), tensor]));
}

/** The tensor's place in its storage, once it is known to lie inside. */
function checkedView({ storage, offset, shape, strides }: SavedTensor, fail: Fail): StridedView & { shape: number[] } {
  if (!isCount(offset) || !isCounts(shape) || !isCounts(strides) || shape.length !== strides.length) {
    return fail("has an offset, shape or strides that are not whole numbers from 0");
  }
  const view = { dtype: storage.dtype, offset, shape: [...shape], strides };
  const elements = shape.reduce((product, length) => product * length, 1);
  const last = elements === 0 ? offset - 1 : lastElement(view);
  if (elements > storage.length || last >= storage.length) {
    const place = `of shape [${shape}] and strides [${strides}] from element ${offset}`;
    fail(`${place} exceeds its storage of ${storage.length} elements`);
  }
  return view;
}
