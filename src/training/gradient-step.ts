/** One step of gradient descent on one batch. */
import type { GuidanceResult, GuidedLoss } from "../guidance/index.ts";
import type { Sgd } from "../torch/optim/sgd.ts";
import { inShare, type Share } from "../torch/process-group.ts";
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
  /** Images that are guided, of the whole batch. */
  guided: number;
  /** Where processes share the batch: the part that all of the above are rows of. One that has no row brings any image. */
  share?: Share | undefined;
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
 * Forward, loss, backward, update. Where processes share the batch each adds up its summands of loss and gradients with
 * the others', so that all take the step that one process would.
 * @returns undefined when the loss or the gradients' norm is not finite: then no step was taken
 */
export function gradientStep(
  classifier: Classifier,
  guidedLoss: GuidedLoss,
  optimiser: Sgd,
  { images, labels, maps, weights, share }: Batch,
  { learningRate, clipGradients }: { learningRate: number; clipGradients?: number },
): StepResult | undefined {
  return scope(() => {
    const { network } = classifier;
    const { loss, ...terms } = inShare(share, () => {
      const { features, logits } = infer(images, classifier);
      const headWeight = network.classifier.weight;
      const computed = guidedLoss.compute({ features, headWeight, logits, labels, maps, weights, share });
      return { ...computed, correct: logits.argmax(1).eq(labels).sum() };
    });
    const result = resultOf({ loss, ...terms }, share);
    if (!Number.isFinite(result.loss)) return undefined;
    optimiser.zeroGrad();
    if (share === undefined) loss.backward();
    else share.group.backward(loss, network.parameters());
    if (clipGradients !== undefined && !Number.isFinite(optimiser.clipGradients(clipGradients))) return undefined;
    optimiser.step(learningRate);
    return result;
  });
}

function resultOf(terms: GuidanceResult & { correct: Tensor }, share: Share | undefined): StepResult {
  const guidance = terms.guidance?.item();
  const own = [terms.loss.item(), terms.crossEntropy.item(), guidance ?? 0, terms.correct.item()];
  if (share?.length === 0) own[3] = 0;
  const [loss, crossEntropy, guided, correct] = share?.group.sum(own) ?? own;
  return { loss, crossEntropy, guidance: guidance === undefined ? undefined : guided, correct };
}
