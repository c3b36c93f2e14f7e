/**
 * Sensitivity and bias of two-alternative forced choice (Macmillan & Creelman, Detection Theory, 2nd edition 2005, chapter
 * 7): "left" is taken as the yes of a yes-no task, H the share of left choices where the target is left, F where it is right.
 *
 *     d′ = (z(H) − z(F)) / √2        c = −(z(H) + z(F)) / 2
 *
 * With log-linear correction (Hautus, Behavior Research Methods 27, 1995), so that shares of 0 and 1 stay finite: half a
 * choice is added to every cell. Always, since a correction of the extremes alone would favour them.
 */
import { normalQuantile } from "../../evaluation/normal.ts";
import type { TrialRecord } from "../records.ts";
import { clusteredInterval, type Draw } from "./proportion.ts";
import type { Bounds, Measured, Sensitivity } from "./study-analysis.ts";

export interface Choices {
  /** Trials with the target on that side, and in how many of them left was chosen. */
  targetLeft: number;
  leftOfTargetLeft: number;
  targetRight: number;
  leftOfTargetRight: number;
}

export interface Detection {
  dPrime: number;
  /** Above 0 the right side is preferred, below 0 the left. */
  bias: number;
}

export function countChoices(trials: readonly TrialRecord[]): Choices {
  const choices = { targetLeft: 0, leftOfTargetLeft: 0, targetRight: 0, leftOfTargetRight: 0 };
  for (const { answer, choice } of trials) {
    if (answer === "left") {
      choices.targetLeft += 1;
      if (choice === "left") choices.leftOfTargetLeft += 1;
    } else if (answer === "right") {
      choices.targetRight += 1;
      if (choice === "left") choices.leftOfTargetRight += 1;
    }
  }
  return choices;
}

export function detection(choices: Choices): Measured<Detection> {
  const { targetLeft, leftOfTargetLeft, targetRight, leftOfTargetRight } = choices;
  if (targetLeft === 0 || targetRight === 0) return { value: null, reason: "the target was never on one of the sides" };
  const hit = zLogLinear(leftOfTargetLeft, targetLeft);
  const falseAlarm = zLogLinear(leftOfTargetRight, targetRight);
  return { value: { dPrime: (hit - falseAlarm) / Math.SQRT2, bias: (0 - hit - falseAlarm) / 2 } };
}

/** The d′ of an observer who prefers no side and is right in `correct` of `trials`, with the same correction. */
export const dPrimeOfCorrect = (correct: number, trials: number) => Math.SQRT2 * zLogLinear(correct, trials);

const zLogLinear = (count: number, of: number) => normalQuantile((count + 0.5) / (of + 1));

/** @param byParticipant scored trials */
export function sensitivity(byParticipant: readonly (readonly TrialRecord[])[], draw: Draw): Sensitivity {
  const each = byParticipant.flatMap((trials) => detection(countChoices(trials)).value ?? []);
  const all = byParticipant.flat();
  if (all.length === 0) {
    const none = { value: null, reason: "no judgement" };
    return { dPrime: none, bias: none, pooled: none, ofShareCorrect: none };
  }
  return {
    dPrime: meanWithInterval(
      each.map(({ dPrime }) => dPrime),
      draw("participants"),
    ),
    bias: meanWithInterval(
      each.map(({ bias }) => bias),
      draw("participants"),
    ),
    pooled: detection(countChoices(all)),
    ofShareCorrect: { value: dPrimeOfCorrect(all.filter(({ correct }) => correct).length, all.length) },
  };
}

function meanWithInterval(
  values: readonly number[],
  random: ReturnType<Draw>,
): Measured<{ mean: number; interval: Measured<Bounds>; participants: number }> {
  if (values.length === 0) return { value: null, reason: "no participant had the target on both sides" };
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const interval = clusteredInterval([values.length], ([drawn]) => meanOfDrawn(values, drawn), random);
  return { value: { mean, interval, participants: values.length } };
}

export function meanOfDrawn(values: readonly number[], drawn: Int32Array): number {
  let sum = 0;
  for (let i = 0; i < drawn.length; i++) sum += values[drawn[i]];
  return sum / drawn.length;
}
