/** Each participant's own numbers. */
import { median } from "simple-statistics";
import type { ParticipantRecord, TrialRecord } from "../records.ts";
import { isScored } from "./above-chance.ts";
import { failedCatchTrials } from "./exclusions.ts";
import { countChoices, detection } from "./signal-detection.ts";
import type { Measured, ParticipantAnalysis } from "./study-analysis.ts";

/** All but the tests, which need the others of the condition: those of `individualTests` are put in later. */
export function participantNumbers(
  participant: ParticipantRecord & { condition: NonNullable<ParticipantRecord["condition"]> },
  trials: readonly TrialRecord[],
  excluded: string | null,
): ParticipantAnalysis {
  const main = trials.filter(({ kind }) => kind === "main");
  const scored = main.filter(isScored);
  const correct = scored.filter((trial) => trial.correct).length;
  const sensitivity = detection(countChoices(scored));
  const noTest = { value: null, reason: excluded === null ? "no judgement" : "left out of the analysis" };
  const over = (judgements: readonly TrialRecord[], value: () => number): Measured =>
    judgements.length === 0 ? { value: null, reason: "no judgement" } : { value: value() };
  return {
    id: participant.id,
    condition: participant.condition,
    state: participant.state,
    trials: { assigned: participant.trials, committed: trials.length },
    excluded,
    correct,
    judgements: scored.length,
    accuracy: over(scored, () => correct / scored.length),
    p: noTest,
    adjustedP: noTest,
    dPrime: sensitivity.value === null ? sensitivity : { value: sensitivity.value.dPrime },
    bias: sensitivity.value === null ? sensitivity : { value: sensitivity.value.bias },
    medianResponseMs: over(main, () => median(main.map(({ responseMs }) => responseMs))),
    leftChosen: over(main, () => main.filter(({ choice }) => choice === "left").length / main.length),
    failedCatchTrials: failedCatchTrials(trials),
  };
}
