/** The pages' words for the contract's names, and numbers as people read them. */
import type { Condition, SessionState, Side } from "../../src/study/contract/api.ts";
import type { Share } from "../../src/study/contract/researcher-api.ts";
import type { PairType, TrialKind } from "../../src/study/records.ts";

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

export const percent = (share: number, digits = 0) => `${(share * 100).toFixed(digits)}\u00a0%`;

export function shareWords(share: Share | null): string {
  return share ? `${percent(share.share)} (${(share.low * 100).toFixed()}–${percent(share.high)})` : "–";
}

/** Milliseconds as `0.8 s`, `12.4 s` or `3 min 05 s`. */
export function duration(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}

export const whole = (count: number) => count.toLocaleString("en");

export const plural = (count: number, one: string, many = `${one}s`) => `${whole(count)} ${count === 1 ? one : many}`;

const moment = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
/** In the reader's time zone. */
export const when = (iso: string | null) => (iso ? moment.format(new Date(iso)) : "–");

/** `12 s ago`, from one moment to another. */
export function ago(iso: string, now: string): string {
  const seconds = Math.max(0, Math.round((Date.parse(now) - Date.parse(iso)) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${plural(Math.floor(seconds / 86_400), "day")} ago`;
}

export const sideNames = ["left", "right"] as const satisfies readonly Side[];
