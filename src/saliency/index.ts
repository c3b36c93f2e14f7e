/** Human saliency maps: from files, and how well people, and maps, agree. */
export { alphaOfTallies, krippendorffAlpha, pixelTallies, type Tally } from "./alpha.ts";
export { requireSameAspect } from "./aspect.ts";
export { gaussianBlur } from "./blur.ts";
export { klDivergence, pearson, type SaliencyValues, spearman, topFractionIou } from "./map-measures.ts";
export { dice, iou, type Mask, meanOverPairs } from "./overlap.ts";
export { readMap, type SaliencyMap } from "./read-map.ts";
export { type SplitHalf, type SplitHalfOptions, spearmanBrown, splitHalf } from "./split-half.ts";
