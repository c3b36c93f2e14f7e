import { type DType, itemSizes } from "../dtype.ts";

/** A tensor's values in JavaScript's memory: what file formats read and write, with no libtorch needed. */
export interface HostTensor {
  dtype: DType;
  shape: number[];
  /** The elements row-major, little-endian, `byteLength(tensor)` bytes. */
  data: Uint8Array;
}

/** The bytes that `shape` elements of `dtype` fill. */
export function byteLength(dtype: DType, shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, itemSizes[dtype]);
}
