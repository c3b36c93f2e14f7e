/** What became of everybody who joined, as a CONSORT flow diagram tells it (Schulz et al., BMJ 340, 2010). */
import type { Condition } from "../contract/api.ts";
import type { Exclusion, Protocol } from "../protocol.ts";
import type { ParticipantRecord } from "../records.ts";
import type { Counts, Flow } from "./study-analysis.ts";

export interface Standing {
  participant: ParticipantRecord;
  /** Whether all assigned trials are committed. */
  finished: boolean;
  underWay: boolean;
  /** Why somebody who began is left out; null for who is analysed. */
  excluded: string | null;
}

/** The reason of those who began, whom no rule leaves out, and who have nothing to be analysed. */
export const noMainTrial = "no main trial committed";

export function flow(standings: readonly Standing[], { exclusions, conditions }: Protocol): Flow {
  const consented = standings.filter(({ participant }) => participant.consentVersion !== null);
  const eligible = consented.filter(({ participant }) => participant.state !== "ineligible");
  const began = eligible.filter(({ participant }) => participant.condition !== null);
  const analysed = began.filter(({ excluded }) => excluded === null);
  const beforeBeginning = eligible.filter(({ participant }) => participant.condition === null);
  const counts = (of: readonly Standing[]): Counts => ({ all: of.length, byCondition: null });
  const countsByCondition = (of: readonly Standing[]): Counts => ({
    all: of.length,
    byCondition: Object.fromEntries(
      conditions.map((condition): [Condition, number] => [
        condition,
        of.filter(({ participant }) => participant.condition === condition).length,
      ]),
    ),
  });
  const losses = (reasons: [reason: string, lost: readonly Standing[]][], count = counts) =>
    reasons.filter(([, lost]) => lost.length > 0).map(([reason, lost]) => ({ reason, participants: count(lost) }));
  const without = (some: readonly Standing[], kept: readonly Standing[]) => some.filter((one) => !kept.includes(one));
  const gone = (lost: readonly Standing[], otherwise: string): [string, readonly Standing[]][] => [
    ["withdrew", lost.filter(({ participant }) => participant.state === "withdrawn")],
    ["still under way", lost.filter(({ underWay }) => underWay)],
    [otherwise, lost.filter(({ participant, underWay }) => participant.state !== "withdrawn" && !underWay)],
  ];
  const full = beforeBeginning.filter(({ participant }) => participant.state === "full");
  return {
    steps: [
      {
        name: "joined",
        participants: counts(standings),
        losses: losses(gone(without(standings, consented), "did not consent")),
      },
      {
        name: "consented",
        participants: counts(consented),
        losses: losses([["not eligible", without(consented, eligible)]]),
      },
      {
        name: "eligible",
        participants: counts(eligible),
        losses: losses([
          ["no image needed another judgement", full],
          ...gone(without(beforeBeginning, full), "left before the first trial"),
        ]),
      },
      {
        name: "begun",
        participants: countsByCondition(began),
        // A rule of the study file is named even where it leaves out nobody.
        losses: [
          ...exclusions.map((exclusion) => ({
            reason: exclusionText(exclusion),
            participants: countsByCondition(began.filter(({ excluded }) => excluded === exclusionText(exclusion))),
          })),
          ...losses([[noMainTrial, began.filter(({ excluded }) => excluded === noMainTrial)]], countsByCondition),
        ],
      },
      { name: "analysed", participants: countsByCondition(analysed), losses: [] },
    ],
    completed: countsByCondition(began.filter(({ finished }) => finished)),
  };
}

export function exclusionText(exclusion: Exclusion): string {
  switch (exclusion.rule) {
    case "incomplete":
      return "did not commit all trials";
    case "failed-catch":
      return exclusion.moreThan === 0 ? "failed a catch trial" : `failed more than ${exclusion.moreThan} catch trials`;
    case "too-fast":
      return `median response time below ${exclusion.medianBelowMs} ms`;
    case "one-side":
      return `chose one side in more than ${Number((exclusion.shareAbove * 100).toPrecision(4))}% of the trials`;
    case "distracted":
      return `left the page more than ${exclusion.blurredMoreThan} times`;
  }
}
