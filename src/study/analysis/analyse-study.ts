/** The analysis of a study, from what it recorded to what can be said. */
import { groupBy } from "../../base/group-by.ts";
import type { Condition, SessionState } from "../contract/api.ts";
import type { Protocol } from "../protocol.ts";
import type { ParticipantRecord, StudyRecords, TrialRecord } from "../records.ts";
import { individualTests } from "./against-chance.ts";
import { compareConditions } from "./compare-conditions.ts";
import { analyseCondition } from "./condition.ts";
import { exclusionsByParticipant, finishedTrials } from "./exclusions.ts";
import { exclusionText, flow, noMainTrial, type Standing } from "./flow.ts";
import { participantNumbers } from "./participants.ts";
import { drawFrom, method } from "./proportion.ts";
import type { ParticipantAnalysis, StudyAnalysis } from "./study-analysis.ts";

/**
 * A function of its arguments alone: the same records give the same numbers, in whatever order they come, since what is
 * drawn at random follows from the protocol's seed. Nothing is thrown for lack of data: what cannot be said is null, with
 * the reason.
 */
export function analyseStudy(records: StudyRecords, protocol: Protocol): StudyAnalysis {
  const participants = [...records.participants].sort((a, b) => a.id - b.id);
  const trials = [...records.trials].sort((a, b) => a.participant - b.participant || a.position - b.position);
  const byParticipant = groupBy(trials, ({ participant }) => participant);
  const trialsOf = (participant: number): readonly TrialRecord[] => byParticipant.get(participant) ?? [];
  const standings = standingsOf(participants, trialsOf, records, protocol);
  const draw = drawFrom(protocol.seed);
  const individuals = participantAnalyses(standings, trialsOf, protocol.conditions);
  const analysed = (condition: Condition) =>
    individuals.flatMap(({ id, condition: own, excluded, accuracy }) =>
      own === condition && excluded === null && accuracy.value !== null
        ? [{ accuracy: accuracy.value, responseMs: mainTrials(trialsOf(id)).map(({ responseMs }) => responseMs) }]
        : [],
    );
  const committed = trials.map(({ committedAt }) => committedAt).sort();
  return {
    study: {
      name: protocol.name,
      title: protocol.title,
      question: protocol.question,
      pairs: protocol.pairs,
      conditions: protocol.conditions,
      targetJudgements: protocol.targetJudgements,
      practiceTrials: protocol.practiceTrials,
      catchTrials: protocol.catchTrials,
      minimumLookingMs: protocol.minimumLookingMs,
      marking: protocol.marking,
      exclusions: protocol.exclusions,
      seed: protocol.seed,
    },
    method,
    collected: committed.length === 0 ? null : { from: committed[0], to: committed[committed.length - 1] },
    underWay: standings.filter(({ underWay }) => underWay).length,
    flow: flow(standings, protocol),
    conditions: protocol.conditions.map((condition) =>
      analyseCondition(
        condition,
        standings.filter(({ participant }) => participant.condition === condition),
        trialsOf,
        records.images,
        protocol,
        draw,
      ),
    ),
    comparison: compareConditions(analysed("choice-only"), analysed("choice-and-mark"), draw),
    participants: individuals,
  };
}

const mainTrials = (trials: readonly TrialRecord[]) => trials.filter(({ kind }) => kind === "main");

function standingsOf(
  participants: readonly ParticipantRecord[],
  trialsOf: (participant: number) => readonly TrialRecord[],
  records: StudyRecords,
  protocol: Protocol,
): Standing[] {
  const excluded = exclusionsByParticipant(records, protocol);
  // The study has no other clock than what was recorded last.
  const now = Math.max(...participants.map(({ lastSeenAt }) => Date.parse(lastSeenAt)));
  return participants.map((participant) => {
    const committed = trialsOf(participant.id);
    const rule = excluded.get(participant.id);
    const hoursAway = (now - Date.parse(participant.lastSeenAt)) / 3_600_000;
    return {
      participant,
      finished: finishedTrials(participant, committed.length),
      underWay: openStates.includes(participant.state) && hoursAway <= protocol.resumeWithinHours,
      excluded:
        rule !== undefined
          ? exclusionText(protocol.exclusions[rule])
          : mainTrials(committed).length === 0
            ? noMainTrial
            : null,
    };
  });
}

const openStates: SessionState[] = ["consent", "before", "trials", "after"];

/** Of all who began, with the tests of those analysed, adjusted within each condition. */
function participantAnalyses(
  standings: readonly Standing[],
  trialsOf: (participant: number) => readonly TrialRecord[],
  conditions: readonly Condition[],
): ParticipantAnalysis[] {
  const all = standings.flatMap(({ participant, excluded }) => {
    const { condition } = participant;
    return condition === null
      ? []
      : [participantNumbers({ ...participant, condition }, trialsOf(participant.id), excluded)];
  });
  for (const condition of conditions) {
    const tested = all.filter((one) => one.condition === condition && one.excluded === null && one.judgements > 0);
    individualTests(tested).forEach(({ p, adjustedP }, i) => {
      tested[i].p = { value: p };
      tested[i].adjustedP = { value: adjustedP };
    });
  }
  return all;
}
