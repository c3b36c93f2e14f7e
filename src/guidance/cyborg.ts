/**
 * CYBORG (Boyd, Tinsley, Bowyer, Czajka, WACV 2023): cross-entropy blended with the distance between the model's class
 * activation map and the human saliency map.
 *
 *     S = W[k] · f                                    the CAM of class k: no bias, no ReLU
 *     S ← (S − min S) / (max S − min S)               per image
 *     H ← resize H to h×w (antialiased bilinear), then min-max per image
 *     L = α · mean CE(z, y) + (1 − α) · mean over the guided images' h·w of (S − H)²
 *
 * Gradients flow through f, W, min and max. Where it departs from the published code: an image without a map is not
 * guided, instead of being trained toward an empty map; a blank map or a constant CAM cannot divide by zero.
 */
import { resizeBilinear } from "../torch/functional.ts";
import { scope } from "../torch/scope.ts";
import type { Tensor } from "../torch/tensor.ts";
import { classActivationMap, hasShape, normaliseMap } from "../vision/cam.ts";
import type { FeatureTap } from "../vision/networks/index.ts";
import { meanCrossEntropy } from "./cross-entropy.ts";
import type { GuidanceInput, GuidedLoss } from "./guidance.ts";

export interface CyborgOptions {
  /**
   * How the two terms join. `alpha`: α · CE + (1 − α) · guidance, the paper's form with α = 0.5. `lambda`: CE + λ ·
   * guidance, which keeps the step of the cross-entropy baseline.
   */
  blend: { alpha: number } | { lambda: number };
  /** The class whose CAM is compared: the label (the paper's formula) or the model's own answer (the published code). */
  explainedClass: "true" | "predicted";
  /** `gap`: the CAM that adds up to the logit. `official`: the layer that the published code reads. */
  tap: FeatureTap;
  /** Whether the guidance term also trains the last layer's weights, as in the paper. */
  camWeights: "attached" | "detached";
}

export function cyborgLoss(options: CyborgOptions): GuidedLoss {
  return {
    name: "cyborg",
    usesMaps: true,
    compute(input) {
      return scope(() => {
        const entropy = meanCrossEntropy(input.logits, input.labels, input.share);
        const guidance = saliencyDistance(input, options);
        const { blend } = options;
        const share = "alpha" in blend ? blend.alpha : 1;
        const guided = "alpha" in blend ? 1 - blend.alpha : blend.lambda;
        const scaled = entropy.mul(share);
        const loss = guidance === undefined ? scaled : scaled.add(guidance.mul(guided));
        return { loss, crossEntropy: entropy, guidance };
      });
    },
  };
}

/**
 * The mean over guided images of the mean over h·w of (S − H)², each image counting by its weight; in 0..1.
 * `undefined` when no image is guided. Of a share of a batch what its images add to that mean.
 */
export function saliencyDistance(
  { features, headWeight, logits, labels, maps, weights, share }: GuidanceInput,
  { explainedClass, tap, camWeights }: Omit<CyborgOptions, "blend">,
): Tensor | undefined {
  if (maps === undefined) return undefined;
  return scope(() => {
    const classes = explainedClass === "true" ? labels : logits.argmax(1);
    const weight = camWeights === "attached" ? headWeight : headWeight.detach();
    const model = normaliseMap(classActivationMap(features[tap], weight, classes));
    const [, height, width] = model.shape;
    const human = resizeMaps(maps, height, width);
    // A map may be blank at this size though not at its own: nothing can be learnt from it either.
    const counted = weights.mul(hasShape(human).to(weights.dtype));
    const own = counted.sum();
    const total = share === undefined ? own : share.group.sumTensor(own);
    const distance = model.sub(normaliseMap(human)).square().mean([1, 2]);
    return distance
      .mul(counted)
      .sum()
      .div(total.add(total.eq(0).to(total.dtype)));
  });
}

/** N×H×W → N×h×w in float: antialiased bilinear. */
function resizeMaps(maps: Tensor, height: number, width: number): Tensor {
  const precise = maps.dtype === "float64" ? maps : maps.to("float32");
  return resizeBilinear(precise.unsqueeze(1), height, width).squeeze(1);
}
