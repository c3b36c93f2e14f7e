/** The classical baseline: no guidance. */
import { crossEntropy } from "../torch/functional.ts";
import type { GuidedLoss } from "./guidance.ts";

export function crossEntropyLoss(): GuidedLoss {
  return {
    name: "cross-entropy",
    usesMaps: false,
    compute({ logits, labels }) {
      const value = crossEntropy(logits, labels);
      return { loss: value, crossEntropy: value, guidance: undefined };
    },
  };
}
