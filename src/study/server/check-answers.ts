/** A form's answers against its questions. Pure. */
import type { AnswersBody } from "../contract/api.ts";
import type { Question } from "../protocol.ts";

type Answers = AnswersBody["answers"];
type Answer = Answers[string];

/** What is wrong with the answers, in words that name the question; undefined when they will do. */
export function faultInAnswers(questions: readonly Question[], answers: Answers): string | undefined {
  const unknown = Object.keys(answers).find((id) => !questions.some((question) => question.id === id));
  if (unknown !== undefined) return "an answer belongs to none of the questions";
  for (const question of questions) {
    const answer = Object.hasOwn(answers, question.id) ? answers[question.id] : undefined;
    const fault = isBlank(answer)
      ? question.required && "it needs an answer"
      : answer !== undefined && faultInAnswer(question, answer);
    if (fault) return `${question.id}: ${fault}`;
  }
  return undefined;
}

function isBlank(answer: Answer | undefined): boolean {
  return (
    answer === undefined ||
    (typeof answer === "string" ? answer.trim() === "" : Array.isArray(answer) && answer.length === 0)
  );
}

function faultInAnswer({ type, options = [], least, greatest }: Question, answer: Answer): string | undefined {
  switch (type) {
    case "text":
    case "long-text":
      if (typeof answer !== "string") return "it needs a text";
      return isStorable(answer) ? undefined : "the text has characters that cannot be stored";
    case "number":
      if (typeof answer !== "number") return "it needs a number";
      if (least !== undefined && answer < least) return `at least ${least}`;
      return greatest !== undefined && answer > greatest ? `at most ${greatest}` : undefined;
    case "one-of":
      return typeof answer === "string" && options.includes(answer) ? undefined : "it needs one of its options";
    case "some-of":
      return Array.isArray(answer) &&
        answer.every((item) => options.includes(item)) &&
        new Set(answer).size === answer.length
        ? undefined
        : "it needs some of its options, each once";
  }
}

/** PostgreSQL's text knows no NUL, and half of a surrogate pair is no character. */
function isStorable(text: string): boolean {
  return !/\0|\p{Surrogate}/u.test(text);
}

/** Whether the answers, which have no fault, let their giver take part. Of `some-of`, one eligible option is enough. */
export function isEligible(questions: readonly Question[], answers: Answers): boolean {
  return questions.every(({ id, eligible }) => {
    if (eligible === undefined) return true;
    const answer = answers[id];
    const { options, least, greatest } = eligible;
    if (typeof answer === "number")
      return (least === undefined || answer >= least) && (greatest === undefined || answer <= greatest);
    return options === undefined || [answer].flat().some((item) => options.includes(item as string));
  });
}
