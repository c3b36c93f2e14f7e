/** What an experiment has shown. */
export type * from "./experiment-results.ts";
export { type MeasureKey, measureKeys } from "./measures.ts";
export { type ResultsOptions, readResults } from "./read-results.ts";
