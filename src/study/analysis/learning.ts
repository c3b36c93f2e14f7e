/** Whether people get better, or tired, over the trials. */
import { logisticSlope } from "../../evaluation/statistics/logistic.ts";
import type { TrialRecord } from "../records.ts";
import { isScored } from "./above-chance.ts";
import { type Draw, method, proportion } from "./proportion.ts";
import type { Learning } from "./study-analysis.ts";

const mostBins = 8;

/** @param byParticipant main trials of each participant in their order */
export function learning(byParticipant: readonly (readonly TrialRecord[])[], draw: Draw): Learning {
  const placed = byParticipant.flatMap((trials) =>
    trials.map((trial, index) => ({ trial, place: index + 1 })).filter(({ trial }) => isScored(trial)),
  );
  const last = placed.reduce((greatest, { place }) => Math.max(greatest, place), 0);
  const count = Math.min(mostBins, last);
  const bins = Array.from({ length: count }, (_, bin) => {
    const [from, to] = [Math.floor((bin * last) / count) + 1, Math.floor(((bin + 1) * last) / count)];
    const within = placed.filter(({ place }) => place >= from && place <= to).map(({ trial }) => trial);
    return { from, to, accuracy: proportion(within, ({ correct }) => correct === true, draw("participants")) };
  });
  const slope = logisticSlope(
    placed.map(({ trial, place }) => ({ cluster: trial.participant, x: place / 10, success: trial.correct === true })),
    method.level,
  );
  return { bins, slope: typeof slope === "string" ? { value: null, reason: slope } : { value: slope } };
}
