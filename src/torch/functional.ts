/** The operations of networks, without state. Images are N×C×H×W. */
import { currentShare } from "./process-group.ts";
import { scope } from "./scope.ts";
import { operator, operatorInPlace, type Tensor } from "./tensor.ts";

/** One number for both axes, or [vertical, horizontal]. */
export type Pair = number | readonly [number, number];
const both = (pair: Pair): readonly [number, number] => (typeof pair === "number" ? [pair, pair] : pair);

export interface ConvolutionOptions {
  stride?: Pair;
  padding?: Pair;
  groups?: number;
}

/** @param weight out × in/groups × height × width */
export function conv2d(input: Tensor, weight: Tensor, bias: Tensor | null, options: ConvolutionOptions = {}): Tensor {
  const { stride = 1, padding = 0, groups = 1 } = options;
  return operator("conv2d", "", input, weight, bias, both(stride), both(padding), [1, 1], groups);
}

/** @param weight out × in */
export function linear(input: Tensor, weight: Tensor, bias: Tensor | null): Tensor {
  return operator("linear", "", input, weight, bias);
}

export interface PoolOptions {
  stride?: Pair;
  padding?: Pair;
  /** Whether windows may hang over the lower and right edge. */
  ceil?: boolean;
}

export function maxPool2d(input: Tensor, kernel: Pair, options: PoolOptions = {}): Tensor {
  const { stride = kernel, padding = 0, ceil = false } = options;
  return operator("max_pool2d", "", input, both(kernel), both(stride), both(padding), [1, 1], ceil);
}

/** Padding counts as zeros in the average. */
export function averagePool2d(input: Tensor, kernel: Pair, options: PoolOptions = {}): Tensor {
  const { stride = kernel, padding = 0, ceil = false } = options;
  return operator("avg_pool2d", "", input, both(kernel), both(stride), both(padding), ceil, true);
}

/** The mean over height and width: N×C×h×w → N×C. */
export function globalAveragePool(input: Tensor): Tensor {
  return operator("adaptive_avg_pool2d", "", input, [1, 1]).flatten(1);
}

export function concatenate(tensors: readonly Tensor[], dim: number): Tensor {
  return operator("cat", "", tensors, dim);
}

export function stack(tensors: readonly Tensor[], dim = 0): Tensor {
  return operator("stack", "", tensors, dim);
}

/**
 * Drops each value with `probability` and scales the others up, in training. Inside `inShare` all processes draw for the
 * whole batch and take their rows, so that their random states stay equal to that of one process.
 */
export function dropout(input: Tensor, probability: number, training: boolean): Tensor {
  const share = training && probability > 0 ? currentShare() : undefined;
  if (share === undefined) return operator("dropout", "", input, probability, training);
  return scope(() => {
    const [rows, ...rest] = input.shape;
    const mask = operator("new_empty", "", input, [share.total, ...rest]);
    operatorInPlace("bernoulli_", "float", mask, 1 - probability);
    return input.mul(mask.narrow(0, Math.min(share.first, share.total - rows), rows).div(1 - probability));
  });
}

/** Mean cross-entropy of logits (N×K) and class numbers (N, int64). */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  return operator("cross_entropy_loss", "", logits, labels);
}

/**
 * Antialiased bilinear resize, the filter of Pillow's BILINEAR: N×C×H×W → N×C×height×width.
 * Half-pixel centres; on a plane of one size the identity.
 */
export function resizeBilinear(input: Tensor, height: number, width: number): Tensor {
  return operator("_upsample_bilinear2d_aa", "", input, [height, width], false);
}
