/** What a guided loss is: cross-entropy, and a term that says where the evidence should lie. */
import type { Share } from "../torch/process-group.ts";
import type { Tensor } from "../torch/tensor.ts";
import type { FeatureMaps } from "../vision/networks/index.ts";

export interface GuidanceInput {
  /** Both taps, N×C×h×w, in the network's precision. */
  features: FeatureMaps;
  /** The last layer's weight, classes × C. */
  headWeight: Tensor;
  /** N×classes, float32. */
  logits: Tensor;
  /** The true classes: N, int64. */
  labels: Tensor;
  /**
   * Saliency maps N×H×W of any size and any range, e.g. 0..255; `undefined` when no image of the batch has one. Rows of
   * images without a map may hold anything finite.
   */
  maps: Tensor | undefined;
  /** N, float32, ≥ 0: how much each image is guided; 0 where there is no map. */
  weights: Tensor;
  /**
   * Where several processes share a batch: the part that all of the above are rows of. Means are then over the whole batch,
   * so that results are this part's summands; `maps` are given wherever any image of the whole batch has one.
   */
  share?: Share | undefined;
}

export interface GuidanceResult {
  /** The scalar to minimise. */
  loss: Tensor;
  /** Mean cross-entropy of the batch: a scalar, before blending. */
  crossEntropy: Tensor;
  /** The guidance term, a scalar, before blending; `undefined` when nothing was guided. */
  guidance: Tensor | undefined;
}

export interface GuidedLoss {
  readonly name: string;
  /** Whether it reads saliency maps at all. */
  readonly usesMaps: boolean;
  compute(input: GuidanceInput): GuidanceResult;
}
