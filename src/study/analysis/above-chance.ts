/** Whose judgements carry information: the participants who were right more often than a coin. */
import { groupBy } from "../../base/group-by.ts";
import type { StudyRecords, TrialRecord } from "../records.ts";

/** Of two images, one of which is the right one. */
export const chance = 0.5;

/** A main trial that has a right answer: what accuracy is counted over. */
export const isScored = ({ kind, correct }: TrialRecord) => kind === "main" && correct !== null;

/**
 * Ids of the participants who were right in more than half of their main trials that have a right answer. It asks for
 * more than half, not for significance, which a few dozen trials a person at the field's accuracies (56 % in the follow-up
 * study of AAAI 2023) could hardly give; the exclusions of the study file are another matter and not applied here.
 */
export function participantsAboveChance(records: StudyRecords): Set<number> {
  const above = new Set<number>();
  for (const [participant, trials] of groupBy(records.trials.filter(isScored), (trial) => trial.participant))
    if (trials.filter(({ correct }) => correct).length > chance * trials.length) above.add(participant);
  return above;
}
