/** The pages' words for the contract's names. */
import type { Condition, SessionState, Side } from "../../src/study/contract/api.ts";
import type { Share } from "../../src/study/contract/researcher-api.ts";
import type { PairType, TrialKind } from "../../src/study/records.ts";
import { percent } from "../shared/numbers.ts";

export const conditionWords: Record<Condition, string> = {
  "choice-only": "Choice only",
  "choice-and-mark": "Choice and marks",
};

export const stateWords: Record<SessionState, string> = {
  consent: "At the consent",
  before: "Answering first questions",
  trials: "In the trials",
  after: "Answering last questions",
  complete: "Complete",
  ineligible: "Not eligible",
  full: "Found the study full",
  expired: "Dropped out",
  withdrawn: "Withdrawn",
};

/** In the order in which one passes them. */
export const stateNames = Object.keys(stateWords) as SessionState[];

export const kindWords: Record<TrialKind, string> = { practice: "Practice", catch: "Catch", main: "Main" };

export const pairWords: Record<PairType, string> = {
  "target-other": "target and other",
  "target-target": "both target",
  "other-other": "neither target",
};

export function shareWords(share: Share | null): string {
  return share ? `${percent(share.share)} (${(share.low * 100).toFixed()}–${percent(share.high)})` : "–";
}

export const sideNames = ["left", "right"] as const satisfies readonly Side[];
