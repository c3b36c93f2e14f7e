/** The classical baseline: no guidance. */
import { crossEntropy } from "../torch/functional.ts";
import type { Share } from "../torch/process-group.ts";
import type { Tensor } from "../torch/tensor.ts";
import type { GuidedLoss } from "./guidance.ts";

export function crossEntropyLoss(): GuidedLoss {
  return {
    name: "cross-entropy",
    usesMaps: false,
    compute({ logits, labels, share }) {
      const value = meanCrossEntropy(logits, labels, share);
      return { loss: value, crossEntropy: value, guidance: undefined };
    },
  };
}

/** The mean over the batch; of a share of one what its images add to that mean, so that the sum over all shares is it. */
export function meanCrossEntropy(logits: Tensor, labels: Tensor, share?: Share): Tensor {
  const mean = crossEntropy(logits, labels);
  return share === undefined ? mean : mean.mul(share.length / share.total);
}
