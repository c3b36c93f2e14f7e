/** All that is told of one condition. */
import { groupBy } from "../../base/group-by.ts";
import type { Condition } from "../contract/api.ts";
import type { Protocol } from "../protocol.ts";
import type { ImageRecord, PairType, TrialRecord } from "../records.ts";
import { isScored } from "./above-chance.ts";
import { againstChance } from "./against-chance.ts";
import { dropOutCurve } from "./drop-out.ts";
import { failedCatchTrials } from "./exclusions.ts";
import type { Standing } from "./flow.ts";
import { histogramOf } from "./histogram.ts";
import { imageJudgements } from "./image-judgements.ts";
import { learning } from "./learning.ts";
import { type Draw, proportion } from "./proportion.ts";
import { sensitivity } from "./signal-detection.ts";
import type { CatchTrials, ConditionAnalysis, DropOut, SourceAccuracy } from "./study-analysis.ts";
import { times } from "./times.ts";

const isCorrect = ({ correct }: TrialRecord) => correct === true;

/**
 * @param standings of those who began in the condition, by id
 * @param trialsOf a participant's committed trials in their order
 */
export function analyseCondition(
  condition: Condition,
  standings: readonly Standing[],
  trialsOf: (participant: number) => readonly TrialRecord[],
  images: readonly ImageRecord[],
  protocol: Protocol,
  drawStudy: Draw,
): ConditionAnalysis {
  const draw: Draw = (...names) => drawStudy(condition, ...names);
  const begun = standings.map((standing) => ({ ...standing, trials: trialsOf(standing.participant.id) }));
  const analysed = begun.filter(({ excluded }) => excluded === null);
  const mainByParticipant = analysed.map(({ trials }) => trials.filter(({ kind }) => kind === "main"));
  const main = mainByParticipant.flat();
  const scoredByParticipant = mainByParticipant.map((own) => own.filter(isScored)).filter((own) => own.length > 0);
  const scored = scoredByParticipant.flat();
  const sources = new Map(images.map(({ id, source }) => [id, source]));
  const bySource = (which: "target" | "other"): SourceAccuracy[] =>
    [...groupBy(scored, (trial) => sources.get(imageOf(trial, which)) ?? null)]
      .sort(([a], [b]) => (a ?? "").localeCompare(b ?? "", "en"))
      .map(([source, own]) => ({ source, accuracy: proportion(own, isCorrect, draw("participants")) }));
  return {
    condition,
    participants: analysed.length,
    accuracy: proportion(scored, isCorrect, draw("participants")),
    againstChance: againstChance(
      scoredByParticipant.map((own) => ({ correct: own.filter(isCorrect).length, judgements: own.length })),
      draw,
    ),
    sensitivity: sensitivity(scoredByParticipant, draw),
    byTargetSource: bySource("target"),
    byOtherSource: bySource("other"),
    pairs: pairTypes(protocol).map((pair) => {
      const own = main.filter((trial) => trial.pair === pair);
      return { pair, left: proportion(own, ({ choice }) => choice === "left", draw("participants")) };
    }),
    learning: learning(mainByParticipant, draw),
    responseMs: times(main, "responseMs"),
    markingMs: times(condition === "choice-and-mark" ? main : [], "markingMs"),
    catchTrials: catchTrials(begun.map(({ trials }) => trials)),
    dropOut: dropOut(begun),
    judgements: {
      committed: imageJudgements(
        images,
        begun.flatMap(({ trials }) => trials),
        protocol.targetJudgements,
      ),
      analysed: imageJudgements(images, main, protocol.targetJudgements),
    },
  };
}

const imageOf = ({ answer, left, right }: TrialRecord, which: "target" | "other") =>
  (answer === "left") === (which === "target") ? left : right;

function pairTypes({ pairs }: Protocol): PairType[] {
  const planned: [PairType, number][] = [
    ["target-other", pairs.targetOther],
    ["target-target", pairs.targetTarget],
    ["other-other", pairs.otherOther],
  ];
  return planned.filter(([, count]) => count > 0).map(([pair]) => pair);
}

function catchTrials(byParticipant: readonly (readonly TrialRecord[])[]): CatchTrials {
  const withCatch = byParticipant.filter((trials) => trials.some(({ kind }) => kind === "catch"));
  const failed = withCatch.map(failedCatchTrials);
  return {
    committed: withCatch.flat().filter(({ kind }) => kind === "catch").length,
    failed: failed.reduce((sum, count) => sum + count, 0),
    participants: histogramOf(failed).map(({ value, count }) => ({ failed: value, participants: count })),
  };
}

function dropOut(begun: readonly (Standing & { trials: readonly TrialRecord[] })[]): DropOut {
  const stands = begun.map(({ finished, underWay, trials }) => ({
    done: trials.length,
    fate: finished || underWay ? ("there" as const) : ("left" as const),
    participants: 1,
  }));
  const left = stands.filter(({ fate }) => fate === "left").length;
  return { began: begun.length, left, curve: dropOutCurve(stands) };
}
