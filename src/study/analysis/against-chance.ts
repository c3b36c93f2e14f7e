/** Whether people do better than guessing: everybody by themselves, and the group. */
import { binomialProbabilities, binomialTest } from "../../evaluation/statistics/binomial.ts";
import { holm } from "../../evaluation/statistics/holm.ts";
import { signFlipTest } from "../../evaluation/statistics/permutation.ts";
import { chance } from "./above-chance.ts";
import { type Draw, method } from "./proportion.ts";
import type { AgainstChance } from "./study-analysis.ts";

/** A participant's scored judgements; there is one at least. */
export interface Score {
  correct: number;
  judgements: number;
}

const alpha = 1 - method.level;

/** The exact p of each score, and adjusted over all of them. */
export function individualTests(scores: readonly Score[]): { p: number; adjustedP: number }[] {
  const pValues = scores.map(({ correct, judgements }) => binomialTest(correct, judgements, chance));
  return holm(pValues).map((adjustedP, i) => ({ p: pValues[i], adjustedP }));
}

export function againstChance(scores: readonly Score[], draw: Draw): AgainstChance {
  const tests = individualTests(scores);
  const count = (which: "p" | "adjustedP", side: 1 | -1) =>
    tests.filter((test, i) => test[which] <= alpha && side * (accuracyOf(scores[i]) - chance) > 0).length;
  return {
    ...groupTests(scores, draw),
    individuals: {
      tested: scores.length,
      above: count("p", 1),
      below: count("p", -1),
      expectedOnEachSide: scores.reduce((sum, { judgements }) => sum + significantByChance(judgements), 0),
      aboveAdjusted: count("adjustedP", 1),
      belowAdjusted: count("adjustedP", -1),
    },
  };
}

export const accuracyOf = ({ correct, judgements }: Score) => correct / judgements;

function groupTests(scores: readonly Score[], draw: Draw): Pick<AgainstChance, "pooled" | "byParticipant"> {
  if (scores.length === 0) {
    const none = { value: null, reason: "no judgement" };
    return { pooled: none, byParticipant: none };
  }
  const total = (key: keyof Score) => scores.reduce((sum, score) => sum + score[key], 0);
  const pooled = { value: { p: binomialTest(total("correct"), total("judgements"), chance) } };
  if (scores.length === 1) return { pooled, byParticipant: { value: null, reason: "a single participant" } };
  const accuracies = scores.map(accuracyOf);
  const test = signFlipTest(
    accuracies.map((accuracy) => accuracy - chance),
    { random: draw("against-chance"), permutations: method.permutations },
  );
  const meanAccuracy = accuracies.reduce((sum, accuracy) => sum + accuracy, 0) / accuracies.length;
  return { pooled, byParticipant: { value: { ...test, meanAccuracy } } };
}

/** How probably somebody who guesses is significantly above chance in so many judgements; below it, as probably. */
function significantByChance(judgements: number): number {
  const probabilities = binomialProbabilities(judgements, chance);
  let tail = 0;
  for (let correct = judgements; correct > judgements * chance; correct--) {
    if (2 * (tail + probabilities[correct]) > alpha) break;
    tail += probabilities[correct];
  }
  return tail;
}
