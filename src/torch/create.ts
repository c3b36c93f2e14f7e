/** New tensors, from nothing or from JavaScript's arrays. */
import type { DType } from "./dtype.ts";
import type { HostTensor } from "./files/host-tensor.ts";
import { native } from "./native.ts";
import { operator, scalarType, Tensor } from "./tensor.ts";

type NumberArray = Float32Array | Float64Array | Int32Array | Uint8Array | BigInt64Array;

function dtypeOfArray(array: NumberArray): DType {
  if (array instanceof Float32Array) return "float32";
  if (array instanceof Float64Array) return "float64";
  if (array instanceof Int32Array) return "int32";
  if (array instanceof Uint8Array) return "uint8";
  return "int64";
}

/** A tensor with a copy of `values` (row-major) and their type; plain numbers become float32. */
export function tensor(values: NumberArray | readonly number[], shape?: readonly number[]): Tensor {
  const array = Array.isArray(values) ? Float32Array.from(values) : (values as NumberArray);
  return fromHost({
    dtype: dtypeOfArray(array),
    shape: [...(shape ?? [array.length])],
    data: new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
  });
}

/** An int64 tensor, as indices and labels must be. */
export function indices(values: Iterable<number>): Tensor {
  return tensor(BigInt64Array.from(values, BigInt));
}

/** @throws Error when the bytes do not fill the shape */
export function fromHost(host: HostTensor): Tensor {
  return new Tensor(native.fromBytes(host.data, host.shape, scalarType(host.dtype)));
}

export function toHost(source: Tensor): HostTensor {
  return { dtype: source.dtype, shape: [...source.shape], data: source.bytes() };
}

export function zeros(shape: readonly number[], dtype: DType = "float32"): Tensor {
  return operator("zeros", "", shape, scalarType(dtype));
}

export function ones(shape: readonly number[], dtype: DType = "float32"): Tensor {
  return operator("ones", "", shape, scalarType(dtype));
}

export function zerosLike(source: Tensor): Tensor {
  return operator("zeros_like", "", source);
}

/** Draws from the standard normal distribution with libtorch's own random state. */
export function randn(shape: readonly number[]): Tensor {
  return operator("randn", "", shape, scalarType("float32"));
}

/** Draws uniformly from [0, 1) with libtorch's own random state. */
export function rand(shape: readonly number[]): Tensor {
  return operator("rand", "", shape, scalarType("float32"));
}

/**
 * The file's bytes as a uint8 tensor of `length` elements, mapped into memory: pages are read when touched and shared
 * between processes. The file must not shrink while the tensor lives.
 */
export function mapFile(path: string, length: number): Tensor {
  return operator("from_file", "", path, false, length, scalarType("uint8"));
}
