/** The page's words for states and measures, and numbers of an experiment as people read them. */
import type { MeasureName, RunRow } from "../../src/experiment/dashboard/contract.ts";

export const stateWords: Record<RunRow["state"], string> = {
  waiting: "waiting",
  running: "training",
  evaluating: "evaluating",
  done: "done",
  failed: "failed",
  cancelled: "cancelled",
  unreadable: "unreadable",
};

export const measureWords: Record<MeasureName, string> = {
  auc: "AUC",
  eer: "EER",
  apcer: "APCER, the worst generator’s",
  bpcer: "BPCER",
  acer: "ACER",
  accuracy: "accuracy at the threshold",
};
export const measureNames = Object.keys(measureWords) as MeasureName[];

/** `0.912`; an en dash where there is none. */
export const rate = (value: number | null | undefined, digits = 3) =>
  value === null || value === undefined ? "–" : value.toFixed(digits).replace("-", "−");

/** What a run is doing, as a person would say it. */
export function doing({ state, stale, epoch, epochs }: RunRow): string {
  if (state === "running") return `epoch ${epoch} of ${epochs}`;
  if (stale) return "done, not evaluated anew";
  if (state === "waiting" && epoch > 0) return `stopped at ${epoch} of ${epochs}`;
  return stateWords[state];
}

export const isActive = ({ state }: RunRow) => state === "running" || state === "evaluating";
