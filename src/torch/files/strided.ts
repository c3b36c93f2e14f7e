/** Views of a storage as PyTorch describes them (offset, shape, strides, all in elements), brought into row-major order. */
import { type DType, itemSizes } from "../dtype.ts";

export interface StridedView {
  dtype: DType;
  offset: number;
  shape: readonly number[];
  strides: readonly number[];
}

/** Whether the elements already lie row-major, one after the other. */
export function isContiguous({ shape, strides }: StridedView): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis];
  }
  return true;
}

/** The position of the view's last element in the storage; the view must not be empty. */
export function lastElement({ offset, shape, strides }: StridedView): number {
  return shape.reduce((last, length, axis) => last + (length - 1) * strides[axis], offset);
}

/**
 * The view's elements in row-major order, copied.
 * @param storage all of the storage's bytes; the view must lie inside it
 */
export function gather(storage: Uint8Array, view: StridedView): Uint8Array {
  const size = itemSizes[view.dtype];
  // Elements of 8 bytes are copied as two words, so that no NaN passes through a JavaScript number.
  const word = Math.min(size, 4);
  const perElement = size / word;
  const shape = [...view.shape, perElement];
  const strides = [...view.strides.map((stride) => stride * perElement), 1];
  const source = asWords(storage, word);
  const target = asWords(new Uint8Array(shape.reduce((product, length) => product * length, word)), word);

  let written = 0;
  const copyAxis = (axis: number, from: number) => {
    const length = shape[axis];
    const stride = strides[axis];
    if (axis === shape.length - 1) {
      for (let i = 0; i < length; i++) target[written++] = source[from + i * stride];
    } else {
      for (let i = 0; i < length; i++) copyAxis(axis + 1, from + i * stride);
    }
  };
  copyAxis(0, view.offset * perElement);
  return new Uint8Array(target.buffer);
}

function asWords(bytes: Uint8Array, word: number): Uint8Array | Uint16Array | Uint32Array {
  const aligned = bytes.byteOffset % word === 0 ? bytes : new Uint8Array(bytes);
  const length = Math.floor(aligned.length / word);
  if (word === 1) return new Uint8Array(aligned.buffer, aligned.byteOffset, length);
  if (word === 2) return new Uint16Array(aligned.buffer, aligned.byteOffset, length);
  return new Uint32Array(aligned.buffer, aligned.byteOffset, length);
}
