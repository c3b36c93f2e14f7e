/**
 * What every network answers: `features`, `head`, `forward`. The seam between the first two is where a class activation
 * map is read and where guidance acts, so no hooks are needed.
 */
import { dropout, globalAveragePool } from "../../torch/functional.ts";
import type { Linear } from "../../torch/nn/layers.ts";
import { Module } from "../../torch/nn/module.ts";
import { scope } from "../../torch/scope.ts";
import type { Tensor } from "../../torch/tensor.ts";

/**
 * Which feature map a CAM reads.
 * - `gap`: what global average pooling sees, so that `head(features)` are the logits: the CAM of Zhou et al. 2016.
 * - `official`: what the published CYBORG code reads, before the last normalisation or ReLU; each network says which.
 */
export type FeatureTap = "gap" | "official";

/** Both taps of one forward pass, N×C×h×w; the same tensor where the published code reads what is pooled. */
export type FeatureMaps = Record<FeatureTap, Tensor>;

export abstract class Network extends Module {
  /** The last linear layer. Its weight (classes × C) turns features into class activation maps. */
  abstract readonly classifier: Linear;
  /** Probability that a pooled feature is dropped in training. */
  protected readonly dropout: number = 0;

  /** The feature maps of normalised images, N×3×H×W. */
  abstract featureMaps(images: Tensor): FeatureMaps;

  /** The maps that are pooled, N×C×h×w. */
  features(images: Tensor): Tensor {
    return scope(() => this.featureMaps(images).gap);
  }
  /** Logits (N×classes) of features that were pooled nowhere yet. */
  head(features: Tensor): Tensor {
    return scope(() => this.classifier.forward(dropout(globalAveragePool(features), this.dropout, this.training)));
  }
  forward(images: Tensor): Tensor {
    return scope(() => this.head(this.features(images)));
  }
}
