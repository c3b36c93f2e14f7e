/**
 * Class activation maps (Zhou et al. 2016): where a network with global average pooling finds the evidence for a class.
 * For features f (C×h×w) and the last layer's weights W (classes × C), the map of class k is S = W[k] · f. No bias, no
 * ReLU. Differentiable through features, weights, and the normalisation's extremes.
 */
import { scope } from "../torch/scope.ts";
import type { Tensor } from "../torch/tensor.ts";

/**
 * @param features N×C×h×w
 * @param weight the last layer's, classes × C
 * @param classes the class to explain, per image: N, int64
 * @returns N×h×w in float32 (or the features' float64), not normalised
 */
export function classActivationMap(features: Tensor, weight: Tensor, classes: Tensor): Tensor {
  return scope(() => {
    const [images, channels, height, width] = features.shape;
    const precise = features.dtype === "float64" ? features : features.to("float32");
    const evidence = weight
      .indexSelect(0, classes)
      .unsqueeze(1)
      .matmul(precise.reshape(images, channels, height * width));
    return evidence.reshape(images, height, width);
  });
}

/** A map whose range is below this share of its largest magnitude is constant but for rounding. */
const flatness = 1e-6;
const tiny = 1e-20;

/**
 * Min-max per image: N×h×w → N×h×w in 0..1. A constant map has no shape to stretch: it becomes 0 everywhere, with
 * bounded gradients.
 */
export function normaliseMap(map: Tensor): Tensor {
  return scope(() => {
    const low = map.amin([1, 2], true);
    const high = map.amax([1, 2], true);
    const range = high.sub(low);
    const shaped = hasShape(map.detach()).reshape(...range.shape);
    return map.sub(low).div(shaped.where(range, range.detach().mul(0).add(1)));
  });
}

/** Which images' maps have a shape: N, true where the map is not constant. */
export function hasShape(map: Tensor): Tensor {
  return scope(() => {
    const range = map.amax([1, 2]).sub(map.amin([1, 2]));
    return range.gt(map.abs().amax([1, 2]).mul(flatness).add(tiny));
  });
}
