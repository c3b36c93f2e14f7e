/**
 * A tensor of libtorch. Methods are named and behave as PyTorch's; each is one dispatcher call, so gradients, autocast
 * and devices come with it. Results belong to the innermost `scope`.
 */
import type { DType } from "./dtype.ts";
import { type NativeTensor, type NativeValue, native } from "./native.ts";
import { type Scope, type Scoped, scope, track } from "./scope.ts";

/** c10::ScalarType, as schemas want it. */
const scalarTypes: Record<DType, number> = {
  uint8: 0,
  int8: 1,
  int16: 2,
  int32: 3,
  int64: 4,
  float16: 5,
  float32: 6,
  float64: 7,
  bool: 11,
  bfloat16: 15,
};
const dtypeOf = new Map(Object.entries(scalarTypes).map(([name, code]) => [code, name as DType]));

export const scalarType = (dtype: DType): number => scalarTypes[dtype];

const memoryFormats = { contiguous: 0, preserve: 1, channelsLast: 2 } as const;
/** Channels-last keeps the shape N×C×H×W and lays the channels of a pixel side by side: what convolutions like. */
export type MemoryFormat = keyof typeof memoryFormats;

/** An argument of an operator: tensors and plain values, as the schema has them. */
export type Argument = Tensor | number | boolean | string | null | undefined | readonly Argument[];

function toNative(argument: Argument): NativeValue {
  if (argument instanceof Tensor) return argument.handle;
  if (Array.isArray(argument)) return argument.map(toNative);
  return argument as NativeValue;
}

/** A call of an operator as it went by. */
export interface OperatorCall {
  /** Without the namespace, e.g. `conv2d`. */
  name: string;
  args: readonly Argument[];
  /** Of an operator that works in place its first argument. */
  results: readonly Tensor[];
  inPlace: boolean;
}
let observer: ((call: OperatorCall) => void) | undefined;

/** Runs `body` and shows `observe` every operator that it calls, right after the call, while all its tensors live. */
export function observeOperators<T>(observe: (call: OperatorCall) => void, body: () => T): T {
  const outer = observer;
  observer = observe;
  try {
    return body();
  } finally {
    observer = outer;
  }
}

/** Calls `aten::name.overload`; the result is one tensor. */
export function operator(name: string, overload: string, ...args: Argument[]): Tensor {
  const result = new Tensor(native.call(`aten::${name}`, overload, args.map(toNative), true) as NativeTensor);
  observer?.({ name, args, results: [result], inPlace: false });
  return result;
}

/** Calls an operator whose results are several tensors. */
export function operatorMany(name: string, overload: string, ...args: Argument[]): Tensor[] {
  const handles = native.call(`aten::${name}`, overload, args.map(toNative), true) as NativeTensor[];
  const results = handles.map((handle) => new Tensor(handle));
  observer?.({ name, args, results, inPlace: false });
  return results;
}

/** Calls an operator for its effect on its first argument. */
export function operatorInPlace(name: string, overload: string, ...args: Argument[]): void {
  native.call(`aten::${name}`, overload, args.map(toNative), false);
  observer?.({ name, args, results: args[0] instanceof Tensor ? [args[0]] : [], inPlace: true });
}

type Operand = Tensor | number;

export class Tensor implements Scoped {
  #handle: NativeTensor;
  owner: Scope | undefined;
  #meta: { shape: readonly number[]; dtype: DType; device: string } | undefined;

  constructor(handle: NativeTensor) {
    this.#handle = handle;
    track(this);
  }

  /** What the native calls of `torch/` take. */
  get handle(): NativeTensor {
    return this.#handle;
  }
  /** Becomes `source`, which is used up: whoever holds this tensor holds the other's values, type, place and layout. */
  become(source: Tensor): this {
    native.release(this.#handle);
    this.#handle = source.#handle;
    this.#meta = undefined;
    source.owner = undefined;
    return this;
  }

  #describe() {
    if (this.#meta === undefined) {
      const { shape, dtype, device } = native.meta(this.handle);
      const name = dtypeOf.get(dtype);
      if (name === undefined) throw new TypeError(`tensors of scalar type ${dtype} are not supported`);
      this.#meta = { shape, dtype: name, device };
    }
    return this.#meta;
  }
  get shape(): readonly number[] {
    return this.#describe().shape;
  }
  get dtype(): DType {
    return this.#describe().dtype;
  }
  /** `cpu`, `cuda:0`, … */
  get device(): string {
    return this.#describe().device;
  }
  get size(): number {
    return this.shape.reduce((product, length) => product * length, 1);
  }

  /** Frees the memory now, unless other tensors (views, autograd) share it. Harmless when repeated. */
  dispose(): void {
    native.release(this.handle);
  }
  get disposed(): boolean {
    return native.isReleased(this.handle);
  }

  /** Counts the writes to this tensor's values. */
  get version(): number {
    return native.call("aten::_version", "", [this.handle], true) as number;
  }

  // Autograd

  get requiresGrad(): boolean {
    return native.requiresGrad(this.handle);
  }
  setRequiresGrad(requiresGrad = true): this {
    native.setRequiresGrad(this.handle, requiresGrad);
    return this;
  }
  /**
   * Adds d(this)/d(leaf) to the gradient of every leaf that requires one. `this` must be a scalar.
   * @param keepGraph so that another scalar of the same forward pass can go backward too
   */
  backward({ keepGraph = false } = {}): void {
    native.backward(this.handle, keepGraph);
  }
  get grad(): Tensor | undefined {
    const [gradient] = native.gradients([this.handle]);
    return gradient === null ? undefined : new Tensor(gradient);
  }
  detach(): Tensor {
    return operator("detach", "", this);
  }

  // Values out

  /** The value of a tensor with one element. Waits for the device. */
  item(): number {
    return Number(native.call("aten::_local_scalar_dense", "", [this.handle], true));
  }
  /** A copy of the values as raw bytes, row-major, in the tensor's dtype. */
  bytes(): Uint8Array {
    return new Uint8Array(native.toBytes(this.handle));
  }
  /** A copy of the values, row-major. */
  float32(): Float32Array {
    return scope(() => new Float32Array(native.toBytes(this.to("float32").handle)));
  }
  float64(): Float64Array {
    return scope(() => new Float64Array(native.toBytes(this.to("float64").handle)));
  }
  /** A copy of the values as numbers, row-major. For small tensors. */
  values(): number[] {
    return Array.from(this.float64());
  }

  // Type, device, layout

  to(dtype: DType): Tensor {
    return this.dtype === dtype ? this : operator("to", "dtype", this, scalarTypes[dtype]);
  }
  toDevice(device: string): Tensor {
    if (this.device === device) return this;
    return operator("to", "dtype_layout", this, scalarTypes[this.dtype], undefined, device);
  }
  contiguous(format: MemoryFormat = "contiguous"): Tensor {
    return operator("contiguous", "", this, memoryFormats[format]);
  }
  clone(): Tensor {
    return operator("clone", "", this);
  }
  /** Overwrites this tensor's values, converting type and device. */
  copyFrom(source: Tensor): this {
    operatorInPlace("copy_", "", this, source);
    return this;
  }
  fill(value: number): this {
    operatorInPlace("fill_", "Scalar", this, value);
    return this;
  }

  // Arithmetic, with PyTorch's broadcasting

  #binary(name: string, other: Operand): Tensor {
    return operator(name, other instanceof Tensor ? "Tensor" : "Scalar", this, other);
  }
  add(other: Operand): Tensor {
    return this.#binary("add", other);
  }
  sub(other: Operand): Tensor {
    return this.#binary("sub", other);
  }
  mul(other: Operand): Tensor {
    return this.#binary("mul", other);
  }
  div(other: Operand): Tensor {
    return this.#binary("div", other);
  }
  gt(other: Operand): Tensor {
    return this.#binary("gt", other);
  }
  eq(other: Operand): Tensor {
    return this.#binary("eq", other);
  }
  neg(): Tensor {
    return operator("neg", "", this);
  }
  abs(): Tensor {
    return operator("abs", "", this);
  }
  sqrt(): Tensor {
    return operator("sqrt", "", this);
  }
  square(): Tensor {
    return operator("mul", "Tensor", this, this);
  }
  relu(): Tensor {
    return operator("relu", "", this);
  }
  /** Overwrites this tensor: only where nothing else reads it, e.g. the output of batch norm. */
  reluInPlace(): this {
    operatorInPlace("relu_", "", this);
    return this;
  }
  addInPlace(other: Operand): this {
    operatorInPlace("add_", other instanceof Tensor ? "Tensor" : "Scalar", this, other);
    return this;
  }
  round(): Tensor {
    return operator("round", "", this);
  }
  clamp(low: number, high: number): Tensor {
    return operator("clamp", "", this, low, high);
  }
  /** The values of `yes` where this is true, of `no` elsewhere. */
  where(yes: Tensor, no: Tensor): Tensor {
    return operator("where", "self", this, yes, no);
  }
  isfinite(): Tensor {
    return operator("isfinite", "", this);
  }

  // Reductions: over all, or over `dims`

  #reduce(name: string, dims: readonly number[] | undefined, keepDim: boolean): Tensor {
    return dims === undefined ? operator(name, "", this) : operator(name, reduceOverloads[name], this, dims, keepDim);
  }
  sum(dims?: readonly number[], keepDim = false): Tensor {
    return this.#reduce("sum", dims, keepDim);
  }
  mean(dims?: readonly number[], keepDim = false): Tensor {
    return this.#reduce("mean", dims, keepDim);
  }
  /** Tied extremes share the gradient evenly. */
  amin(dims: readonly number[], keepDim = false): Tensor {
    return this.#reduce("amin", dims, keepDim);
  }
  amax(dims: readonly number[], keepDim = false): Tensor {
    return this.#reduce("amax", dims, keepDim);
  }
  all(): Tensor {
    return operator("all", "", this);
  }
  argmax(dim: number): Tensor {
    return operator("argmax", "", this, dim);
  }
  softmax(dim: number): Tensor {
    return operator("softmax", "int", this, dim);
  }
  logsumexp(dims: readonly number[]): Tensor {
    return operator("logsumexp", "", this, dims);
  }

  // Shape

  reshape(...shape: number[]): Tensor {
    return operator("reshape", "", this, shape);
  }
  permute(...dims: number[]): Tensor {
    return operator("permute", "", this, dims);
  }
  flatten(from = 0): Tensor {
    return operator("flatten", "using_ints", this, from);
  }
  unsqueeze(dim: number): Tensor {
    return operator("unsqueeze", "", this, dim);
  }
  squeeze(dim: number): Tensor {
    return operator("squeeze", "dim", this, dim);
  }
  flip(...dims: number[]): Tensor {
    return operator("flip", "", this, dims);
  }
  /** The part from `start`, `length` long, along `dim`; a view. */
  narrow(dim: number, start: number, length: number): Tensor {
    return operator("narrow", "", this, dim, start, length);
  }
  /** The slice at `index` along `dim`, which disappears; a view. */
  select(dim: number, index: number): Tensor {
    return operator("select", "int", this, dim, index);
  }
  /** The rows that `index` (int64) names along `dim`; a copy. */
  indexSelect(dim: number, index: Tensor): Tensor {
    return operator("index_select", "", this, dim, index);
  }
  matmul(other: Tensor): Tensor {
    return operator("matmul", "", this, other);
  }
}

const reduceOverloads: Record<string, string> = { sum: "dim_IntList", mean: "dim", amin: "", amax: "" };
