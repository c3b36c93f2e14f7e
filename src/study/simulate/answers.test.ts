import fc from "fast-check";
import { expect, test } from "vitest";
import { randomStream } from "../../base/random.ts";
import type { QuestionToAsk } from "../contract/api.ts";
import type { Question } from "../protocol.ts";
import { answerQuestions } from "./answers.ts";

const bounds = fc
  .tuple(fc.option(fc.integer({ min: -50, max: 50 })), fc.option(fc.integer({ min: 51, max: 150 })))
  .map(([least, greatest]) => ({ ...(least === null ? {} : { least }), ...(greatest === null ? {} : { greatest }) }));

test("numbers keep to what the question allows and to who is eligible", () => {
  fc.assert(
    fc.property(bounds, fc.option(bounds), fc.nat(), (asked, eligible, seed) => {
      const question = { id: "age", text: "Age?", type: "number", required: true } as const;
      const rule: Question = { ...question, ...asked, ...(eligible === null ? {} : { eligible }) };
      const answer = answerQuestions([{ ...question, ...asked }], [rule], randomStream(seed, "test")).age as number;
      for (const { least, greatest } of [asked, eligible ?? {}] as { least?: number; greatest?: number }[]) {
        expect(answer).toBeGreaterThanOrEqual(least ?? answer);
        expect(answer).toBeLessThanOrEqual(greatest ?? answer);
      }
    }),
  );
});

test("of options one that is eligible; words for text", () => {
  const asked: QuestionToAsk[] = [
    { id: "sight", text: "?", type: "one-of", required: true, options: ["good", "bad", "none"] },
    { id: "devices", text: "?", type: "some-of", required: true, options: ["phone", "desk"] },
    { id: "remarks", text: "?", type: "long-text", required: false },
  ];
  const rules: Question[] = [
    { ...asked[0], eligible: { options: ["good"] } },
    { ...asked[1], eligible: { options: ["desk"] } },
  ];
  for (let seed = 0; seed < 20; seed++) {
    const answers = answerQuestions(asked, rules, randomStream(seed, "test"));
    expect(answers).toEqual({ sight: "good", devices: ["desk"], remarks: expect.stringContaining("Simulated") });
  }
});
