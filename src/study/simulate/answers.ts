/** Answers to a form's questions: any that the question allows and that leave a participant eligible. */
import type { RandomStream } from "../../base/random.ts";
import type { AnswersBody, QuestionToAsk } from "../contract/api.ts";
import type { Question } from "../protocol.ts";

type Answers = AnswersBody["answers"];

/** @param rules the form in the study file, which alone says who is eligible */
export function answerQuestions(
  asked: readonly QuestionToAsk[],
  rules: readonly Question[],
  random: RandomStream,
): Answers {
  const answers: Answers = {};
  for (const question of asked) {
    const eligible = rules.find(({ id }) => id === question.id)?.eligible;
    answers[question.id] = answer(question, eligible, random);
  }
  return answers;
}

function answer(question: QuestionToAsk, eligible: Question["eligible"], random: RandomStream): Answers[string] {
  const pick = <T>(items: readonly T[]): T => items[random.integer(items.length)];
  switch (question.type) {
    case "text":
    case "long-text":
      return pick(["Simulated.", "Simulated: the eyes gave it away.", "Simulated: hair and ears, mostly."]);
    case "number": {
      const least = Math.max(question.least ?? 18, eligible?.least ?? Number.NEGATIVE_INFINITY);
      const greatest = Math.min(question.greatest ?? least + 60, eligible?.greatest ?? Number.POSITIVE_INFINITY);
      return Math.min(greatest, Math.ceil(least) + random.integer(Math.max(1, Math.floor(greatest - least) + 1)));
    }
    case "one-of":
      return pick(eligible?.options ?? question.options ?? []);
    case "some-of":
      return [pick(eligible?.options ?? question.options ?? [])];
  }
}
