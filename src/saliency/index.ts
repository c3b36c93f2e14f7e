/** Saliency maps: human ones from files, ones that are not human, and how well people, and maps, agree. */
export { alphaOfTallies, krippendorffAlpha, pixelTallies, type Tally } from "./alpha.ts";
export { requireSameAspect } from "./aspect.ts";
export { gaussianBlur } from "./blur.ts";
export { klDivergence, pearson, type SaliencyValues, spearman, topFractionIou } from "./map-measures.ts";
export { centreMap } from "./non-human/centre.ts";
export { derange } from "./non-human/derange.ts";
export { type FaceRegion, faceRegions } from "./non-human/face-regions.ts";
export { maskFromLabels, maskFromLandmarks } from "./non-human/masks.ts";
export { dice, iou, type Mask, meanOverPairs } from "./overlap.ts";
export { readMap, type SaliencyMap } from "./read-map.ts";
export { type SplitHalf, type SplitHalfOptions, spearmanBrown, splitHalf } from "./split-half.ts";
