/** Scores of batches of images. */
import { noGrad } from "../torch/modes.ts";
import { scope } from "../torch/scope.ts";
import type { Tensor } from "../torch/tensor.ts";
import { type Classifier, infer, prepareImages } from "../vision/classifier.ts";
import type { FeatureMaps } from "../vision/networks/index.ts";
import { scoreLogits } from "./scores.ts";

export type ImageScore = ReturnType<typeof scoreLogits>;

/** What a batch is looked at with, before it is freed: both taps, and logits N×classes in float32. */
export type Look = (features: FeatureMaps, logits: Tensor) => void;

/**
 * Scores one batch without recording gradients. The network must be in evaluation mode.
 * @param pixels uint8, N×H×W×3
 */
export function scoreBatch(classifier: Classifier, pixels: Tensor, look?: Look): ImageScore[] {
  return noGrad(() =>
    scope(() => {
      const { features, logits } = infer(prepareImages(pixels, classifier), classifier);
      look?.(features, logits);
      const count = classifier.classes.length;
      const positive = classifier.classes.indexOf(classifier.positive);
      const values = logits.float64();
      return Array.from({ length: logits.shape[0] }, (_, image) =>
        scoreLogits(values.subarray(image * count, (image + 1) * count), positive),
      );
    }),
  );
}
