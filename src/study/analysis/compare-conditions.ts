/**
 * Whether those who mark decide better than those who only choose. Participants are the units, since they are what was
 * dealt to the conditions: permutation test of the participants' accuracies, effect with clustered bootstrap interval. No
 * well-kept JavaScript library fits logistic mixed models; the bootstrap over participants takes their place.
 */
import { mean, median, sampleVariance } from "simple-statistics";
import { differenceTest } from "../../evaluation/statistics/permutation.ts";
import { clusteredInterval, type Draw, method } from "./proportion.ts";
import { meanOfDrawn } from "./signal-detection.ts";
import type { Comparison, Measured } from "./study-analysis.ts";

/** An analysed participant with scored judgements. */
export interface Compared {
  accuracy: number;
  /** Of main trials. */
  responseMs: number[];
}

export function compareConditions(
  choiceOnly: readonly Compared[],
  choiceAndMark: readonly Compared[],
  draw: Draw,
): Measured<Comparison> {
  if (choiceOnly.length === 0 || choiceAndMark.length === 0)
    return { value: null, reason: "there are not two conditions with analysed participants" };
  const accuracies = [choiceOnly, choiceAndMark].map((group) => group.map(({ accuracy }) => accuracy));
  // The logarithm needs a time above 0; a millisecond is the clock's grain.
  const logTimes = [choiceOnly, choiceAndMark].map((group) =>
    group.map(({ responseMs }) => Math.log(Math.max(1, median(responseMs)))),
  );
  const accuracy = compareMeans(accuracies, "accuracy", draw);
  const time = compareMeans(logTimes, "response-time", draw);
  return {
    value: {
      ...accuracy,
      cohensD: cohensD(accuracies, accuracy.difference),
      responseTime: {
        ratio: Math.exp(time.difference),
        interval:
          time.interval.value === null
            ? time.interval
            : { value: { low: Math.exp(time.interval.value.low), high: Math.exp(time.interval.value.high) } },
        test: time.test,
      },
    },
  };
}

function compareMeans([first, second]: readonly number[][], name: string, draw: Draw) {
  return {
    difference: mean(second) - mean(first),
    interval: clusteredInterval(
      [first.length, second.length],
      ([a, b]) => meanOfDrawn(second, b) - meanOfDrawn(first, a),
      draw("difference", name, "interval"),
    ),
    test: differenceTest(first, second, {
      random: draw("difference", name, "test"),
      permutations: method.permutations,
    }),
  };
}

function cohensD(groups: readonly number[][], difference: number): Measured {
  if (groups.some((group) => group.length < 2)) return { value: null, reason: "fewer than 2 participants" };
  const freedom = groups.reduce((sum, group) => sum + group.length - 1, 0);
  const squares = groups.reduce((sum, group) => sum + sampleVariance(group) * (group.length - 1), 0);
  if (squares === 0) return { value: null, reason: "participants of a condition do not differ" };
  return { value: difference / Math.sqrt(squares / freedom) };
}
