/** One step of gradient descent on one batch. */
import type { GuidedLoss } from "../guidance/index.ts";
import type { Sgd } from "../torch/optim/sgd.ts";
import { scope } from "../torch/scope.ts";
import type { Tensor } from "../torch/tensor.ts";
import { type Classifier, infer } from "../vision/classifier.ts";

export interface Batch {
  /** Normalised, N×3×S×S, on the device. */
  images: Tensor;
  /** Class numbers: N, int64. */
  labels: Tensor;
  /** Saliency maps, N×H×W of any size and range; undefined when no image of the batch has one. */
  maps: Tensor | undefined;
  /** N, float32: 1 where the image is guided, else 0. */
  weights: Tensor;
  /** Images that are guided. */
  guided: number;
}

export interface StepResult {
  loss: number;
  crossEntropy: number;
  /** Undefined when nothing was guided. */
  guidance: number | undefined;
  /** Images whose largest logit is their label's. */
  correct: number;
}

/**
 * Forward, loss, backward, update.
 * @returns undefined when the loss or the gradients' norm is not finite: then no step was taken
 */
export function gradientStep(
  classifier: Classifier,
  guidedLoss: GuidedLoss,
  optimiser: Sgd,
  { images, labels, maps, weights }: Batch,
  { learningRate, clipGradients }: { learningRate: number; clipGradients?: number },
): StepResult | undefined {
  return scope(() => {
    const { features, logits } = infer(images, classifier);
    const headWeight = classifier.network.classifier.weight;
    const { loss, crossEntropy, guidance } = guidedLoss.compute({
      features,
      headWeight,
      logits,
      labels,
      maps,
      weights,
    });
    const value = loss.item();
    if (!Number.isFinite(value)) return undefined;
    optimiser.zeroGrad();
    loss.backward();
    if (clipGradients !== undefined && !Number.isFinite(optimiser.clipGradients(clipGradients))) return undefined;
    optimiser.step(learningRate);
    return {
      loss: value,
      crossEntropy: crossEntropy.item(),
      guidance: guidance?.item(),
      correct: logits.argmax(1).eq(labels).sum().item(),
    };
  });
}
