/** Who is left out of the analysis, by the rules of the study file in the order in which they stand there. */
import { median } from "simple-statistics";
import { groupBy } from "../../base/group-by.ts";
import type { Exclusion, Protocol } from "../protocol.ts";
import type { ParticipantRecord, StudyRecords, TrialRecord } from "../records.ts";

/** By participant, the place in `protocol.exclusions` of the first rule that leaves that participant out. */
export function exclusionsByParticipant(records: StudyRecords, protocol: Protocol): Map<number, number> {
  const trials = groupBy(records.trials, ({ participant }) => participant);
  const excluded = new Map<number, number>();
  for (const participant of begun(records)) {
    const own = trials.get(participant.id) ?? [];
    const rule = protocol.exclusions.findIndex((exclusion) => leavesOut(exclusion, participant, own));
    if (rule >= 0) excluded.set(participant.id, rule);
  }
  return excluded;
}

/** Ids of the participants whom a rule of the study file leaves out; whoever never began has nothing to leave out. */
export function excludedParticipants(records: StudyRecords, protocol: Protocol): Set<number> {
  return new Set(exclusionsByParticipant(records, protocol).keys());
}

/** Those to whom trials were assigned. */
export const begun = ({ participants }: StudyRecords) => participants.filter(({ condition }) => condition !== null);

/** Whether all assigned trials are committed; the closing questions have no part in it. */
export const finishedTrials = (participant: ParticipantRecord, committed: number) =>
  participant.trials > 0 && committed >= participant.trials;

function leavesOut(exclusion: Exclusion, participant: ParticipantRecord, trials: readonly TrialRecord[]): boolean {
  const main = trials.filter(({ kind }) => kind === "main");
  switch (exclusion.rule) {
    case "incomplete":
      return !finishedTrials(participant, trials.length);
    case "failed-catch":
      return failedCatchTrials(trials) > exclusion.moreThan;
    case "too-fast":
      return main.length > 0 && median(main.map(({ responseMs }) => responseMs)) < exclusion.medianBelowMs;
    case "one-side": {
      const left = main.filter(({ choice }) => choice === "left").length;
      return Math.max(left, main.length - left) > exclusion.shareAbove * main.length;
    }
    case "distracted":
      return timesBlurred(trials) > exclusion.blurredMoreThan;
  }
}

export const failedCatchTrials = (trials: readonly TrialRecord[]) =>
  trials.filter(({ kind, correct }) => kind === "catch" && correct === false).length;

/** How often the page lost focus, practice aside: there people still arrange their windows. */
const timesBlurred = (trials: readonly TrialRecord[]) =>
  trials.reduce((sum, { kind, blurred }) => (kind === "practice" ? sum : sum + blurred), 0);
