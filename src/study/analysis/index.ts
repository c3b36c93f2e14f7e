/** What a study's records say of people: pure, deterministic. */
export { chance, participantsAboveChance } from "./above-chance.ts";
export { analyseStudy } from "./analyse-study.ts";
export { excludedParticipants } from "./exclusions.ts";
export type * from "./study-analysis.ts";
