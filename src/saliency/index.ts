/** Human saliency maps. */
export { requireSameAspect } from "./aspect.ts";
export { readMap, type SaliencyMap } from "./read-map.ts";
