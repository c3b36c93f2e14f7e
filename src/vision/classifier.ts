/** A network together with how its images are prepared and where it runs: what training, scoring and CAMs share. */
import { tensor } from "../torch/create.ts";
import { autocast } from "../torch/modes.ts";
import { scope } from "../torch/scope.ts";
import type { Tensor } from "../torch/tensor.ts";
import type { FeatureMaps, Network } from "./networks/index.ts";

/** Convolutions in `bfloat16` are about twice as fast where the processor has them; everything summed stays float32. */
export type Precision = "float32" | "bfloat16";

export interface Classifier {
  network: Network;
  /** Side of the square input, and per channel the mean and deviation of images in 0..1. */
  input: { size: number; mean: readonly number[]; std: readonly number[] };
  /** In the order of the logits. */
  classes: readonly string[];
  /** The class that scores speak of, e.g. `Synthetic`. */
  positive: string;
  /** `cpu`, `cuda:0`, … */
  device: string;
  precision: Precision;
}

/**
 * From 8-bit pixels N×H×W×3 to what a network takes: N×3×H×W, float32, normalised, laid out channels-last, on the device.
 */
export function prepareImages(pixels: Tensor, { input, device }: Classifier): Tensor {
  return scope(() => {
    const perChannel = (of: (channel: number) => number) =>
      tensor(Float32Array.from([0, 1, 2], of), [3, 1, 1]).toDevice(device);
    const scale = perChannel((channel) => 1 / (255 * input.std[channel]));
    const shift = perChannel((channel) => -input.mean[channel] / input.std[channel]);
    return pixels.toDevice(device).permute(0, 3, 1, 2).to("float32").mul(scale).add(shift);
  });
}

/**
 * Features in the classifier's precision, and logits in float32: rounded to bfloat16 they would tie, and ranks with them.
 * @param images prepared: N×3×H×W
 */
export function infer(
  images: Tensor,
  { network, device, precision }: Classifier,
): { features: FeatureMaps; logits: Tensor } {
  return scope(() => {
    const features = autocast(device, precision, () => network.featureMaps(images));
    return { features, logits: network.head(features.gap.to("float32")) };
  });
}
