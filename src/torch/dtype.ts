/** The element types that the project uses, by PyTorch's names. Free of the native addon. */

/** Bytes per element. */
export const itemSizes = {
  uint8: 1,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  float16: 2,
  float32: 4,
  float64: 8,
  bool: 1,
  bfloat16: 2,
} as const;

export type DType = keyof typeof itemSizes;
