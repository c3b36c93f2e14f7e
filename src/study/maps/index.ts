/** From a study's marks to training maps. */
export { type Agreement, agreementOf } from "./agreement.ts";
export { type CountedMarks, countMarks, type JudgementRule, judgementRules, type Mark } from "./judgements.ts";
export { type MapsOptions, makeMaps } from "./make-maps.ts";
export { meanMap, toGrey } from "./mean-map.ts";
export { type MapsSummary, renderMapsSummary } from "./summary.ts";
