import { describe, expect, it } from "vitest";
import type { Question } from "../protocol.ts";
import { faultInAnswers, isEligible } from "./check-answers.ts";

const question = (given: Partial<Question>): Question => ({
  id: "q",
  text: "?",
  type: "text",
  required: true,
  ...given,
});

describe("faultInAnswers", () => {
  const number = question({ type: "number", least: 1, greatest: 7 });
  const one = question({ type: "one-of", options: ["a", "b"] });
  const some = question({ type: "some-of", options: ["a", "b"] });
  it.each<[Question, unknown, RegExp | undefined]>([
    [question({}), "text", undefined],
    [question({}), " \n", /q: it needs an answer/],
    [question({}), undefined, /needs an answer/],
    [question({ required: false }), undefined, undefined],
    [question({ required: false }), "", undefined],
    [question({}), 3, /needs a text/],
    [question({}), "a\0", /cannot be stored/],
    [question({}), "\ud83d", /cannot be stored/],
    [question({}), "\ud83d\ude00", undefined],
    [number, 1, undefined],
    [number, 7, undefined],
    [number, 0.99, /at least 1/],
    [number, 8, /at most 7/],
    [number, "3", /needs a number/],
    [one, "b", undefined],
    [one, "c", /one of its options/],
    [one, ["a"], /one of its options/],
    [some, ["b", "a"], undefined],
    [some, [], /needs an answer/],
    [some, ["a", "a"], /each once/],
    [some, ["a", "c"], /some of its options/],
    [some, "a", /some of its options/],
  ])("%o given %o", (asked, answer, fault) => {
    const found = faultInAnswers([asked], answer === undefined ? {} : { q: answer as string });
    if (fault === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(fault);
  });

  it("takes no answer that was not asked for, whatever it is called", () => {
    expect(faultInAnswers([question({ required: false })], { other: "x" })).toMatch(/none of the questions/);
    expect(faultInAnswers([question({ id: "to-string", required: true })], {})).toMatch(/to-string/);
  });
});

describe("isEligible", () => {
  const age = question({ type: "number", eligible: { least: 18, greatest: 65 } });
  const one = question({ type: "one-of", options: ["a", "b"], eligible: { options: ["a"] } });
  const some = question({ type: "some-of", options: ["a", "b", "c"], eligible: { options: ["a", "b"] } });
  it.each<[Question, number | string | string[], boolean]>([
    [age, 18, true],
    [age, 65, true],
    [age, 17.9, false],
    [age, 66, false],
    [one, "a", true],
    [one, "b", false],
    [some, ["a", "c"], true],
    [some, ["c"], false],
    [question({}), "anything", true],
  ])("%o given %o: %o", (asked, answer, eligible) => {
    expect(isEligible([asked], { q: answer })).toBe(eligible);
  });
});
