/** The guided losses. Each takes features, head, logits, labels and maps, and gives a scalar. */
export { crossEntropyLoss } from "./cross-entropy.ts";
export { type CyborgOptions, cyborgLoss, saliencyDistance } from "./cyborg.ts";
export type { GuidanceInput, GuidanceResult, GuidedLoss } from "./guidance.ts";
