import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { parseProtocol, readProtocol } from "./protocol-file.ts";

const plain = {
  name: "small",
  title: "A small study",
  images: { manifest: "main.csv", catch: "catch.csv" },
  question: { text: "Which image is synthetic?", target: "Synthetic" },
  pairs: { targetOther: 4 },
  consent: { version: "1", text: "I agree." },
};
const number = { id: "age", text: "How old?", type: "number" };
const choice = { id: "sight", text: "Do you see well?", type: "one-of", options: ["Yes", "No"] };

test("what is left out has the defaults", () => {
  expect(parseProtocol(stringify(plain), "study.yaml")).toMatchObject({
    conditions: ["choice-only", "choice-and-mark"],
    targetJudgements: 6,
    practiceTrials: 2,
    catchTrials: 2,
    marking: { on: "chosen", leastArea: 0.005, leastRegions: 1 },
    consent: { withdrawal: "delete" },
    recruitment: { platform: "link" },
  });
});

test("the example is a protocol", () => {
  const file = fileURLToPath(new URL("../../examples/study/study.yaml", import.meta.url));
  expect(readProtocol(file)).toMatchObject({ name: "synthetic-faces", pairs: { targetOther: 30 } });
});

test("questions that decide who takes part", () => {
  const before = [
    { ...number, least: 0, greatest: 120, eligible: { least: 18, greatest: 120 } },
    { ...choice, eligible: { options: ["Yes"] } },
  ];
  expect(parseProtocol(stringify({ ...plain, questions: { before } }), "study.yaml").questions.before).toHaveLength(2);
});

test.each<[string, string]>([
  ["", "expected settings, `name: value` line by line"],
  ["- a\n- b\n", "expected settings, `name: value` line by line"],
  ["name: a\nname: b\n", "not YAML: Map keys must be unique at line 2, column 1"],
  [
    "name: [a\n",
    "not YAML: Flow sequence in block collection must be sufficiently indented and end with a ] at line 2, column 1",
  ],
])("refuses the text %j", (text, message) => {
  expect(() => parseProtocol(text, "study.yaml")).toThrow(
    new RegExp(`^study\\.yaml: ${message.replaceAll(/[[\](){}.]/g, "\\$&")}$`),
  );
});

test.each<[Record<string, unknown>, string]>([
  [
    { targetJudgments: 3 },
    'unknown setting targetJudgments — did you mean "targetJudgements"?; there are name, title, ',
  ],
  [
    { marking: { leastAera: 0.1 } },
    'unknown setting marking.leastAera — did you mean "leastArea"?; there are on, leastArea, leastRegions',
  ],
  [
    { questions: { before: [{ ...number, maximum: 3 }] } },
    "unknown setting questions.before.0.maximum; there are id, text, type, required, options, least, greatest, eligible",
  ],
  [
    { questions: { before: [{ ...number, eligible: { lest: 3 } }] } },
    'unknown setting questions.before.0.eligible.lest — did you mean "least"?; there are options, least, greatest',
  ],
  [{ exclusions: [{ rule: "incomplete", moreThan: 1 }] }, "unknown setting exclusions.0.moreThan"],
  [{ targetJudgements: "six" }, "targetJudgements: Invalid input: expected number, received string"],
  [{ consent: { version: 1, text: "x" } }, "consent.version: Invalid input: expected string, received number"],
  [{ conditions: ["choice-only", "choice-only"] }, "conditions: a condition is named twice"],
  [{ language: "english please" }, 'language: "english please" is no language tag; examples are en, de, pt-BR'],
  [
    { images: { manifest: "main.csv" } },
    "catchTrials: 2 are asked for, but images.catch names no manifest for them; name one, or set catchTrials: 0",
  ],
  [{ catchTrials: 5 }, "catchTrials: 5 cannot be apart among 4 main trials; at most as many as those"],
  [{ catchTrials: 0 }, "catchTrials: 0, but images.catch names a manifest; ask for trials or leave it out"],
  [
    { practiceTrials: 0, images: { ...plain.images, practice: "p.csv" } },
    "practiceTrials: 0, but images.practice names a manifest; ask for trials or leave it out",
  ],
  [
    { marking: { leastArea: 0.6 } },
    "marking.leastArea: 0.6 is more than 0.5: whoever marks most of an image marks nothing",
  ],
  [{ recruitment: { platform: "prolific" } }, "recruitment.completionCode: Prolific needs the code that it shows"],
  [
    { recruitment: { completionCode: "X" } },
    "recruitment.completionCode: only Prolific takes one code for all; with link",
  ],
  [
    { questions: { before: [number], after: [{ ...choice, id: "age" }] } },
    'questions.after.0.id: "age" is the id of a question before the trials',
  ],
  [{ questions: { before: [number, number] } }, "questions.before: two questions have one id"],
  [
    { questions: { before: [{ ...choice, least: 3 }] } },
    "questions.before.0 (sight): least and greatest belong to type number, not one-of",
  ],
  [
    { questions: { before: [{ ...number, least: 3, greatest: 2 }] } },
    "questions.before.0 (age): least 3 is more than greatest 2",
  ],
  [
    { questions: { before: [{ ...choice, options: ["Yes", "Yes"] }] } },
    'questions.before.0 (sight): the option "Yes" is there twice',
  ],
  [
    { questions: { before: [{ ...number, type: "one-of" }] } },
    "questions.before.0: options belong to one-of and some-of, which need them",
  ],
  [
    { questions: { after: [{ ...number, eligible: { least: 3 } }] } },
    "questions.after.0 (age): eligible: only questions before the trials can decide who takes part",
  ],
  [
    { questions: { before: [{ ...number, required: false, eligible: { least: 3 } }] } },
    "questions.before.0 (age): eligible: a question that decides who takes part must be required",
  ],
  [
    { questions: { before: [{ ...number, eligible: {} }] } },
    "questions.before.0 (age): eligible: names nothing; give options, or least or greatest",
  ],
  [
    { questions: { before: [{ ...choice, eligible: { options: ["yes"] } }] } },
    'questions.before.0 (sight): eligible.options: "yes" is none of the question\'s options — did you mean "Yes"?',
  ],
  [
    { questions: { before: [{ ...number, eligible: { options: ["yes"] } }] } },
    "questions.before.0 (age): eligible.options: a question of type number has no options",
  ],
  [
    { questions: { before: [{ ...choice, eligible: { least: 1 } }] } },
    "questions.before.0 (sight): eligible: least and greatest belong to type number, not one-of",
  ],
  [
    { questions: { before: [{ ...number, greatest: 17, eligible: { least: 18 } }] } },
    "questions.before.0 (age): eligible: no answer that the question takes is eligible",
  ],
  [
    { exclusions: [{ rule: "incomplete" }, { rule: "incomplete" }] },
    "exclusions.1 (incomplete): the rule is there twice",
  ],
  [
    { exclusions: [{ rule: "failed-catch", moreThan: 2 }] },
    "exclusions.0 (failed-catch): moreThan 2 can never be, there are 2 catch trials",
  ],
  [
    { exclusions: [{ rule: "one-side", shareAbove: 0.4 }] },
    "exclusions.0 (one-side): shareAbove must be from 0.5 to below 1, not 0.4",
  ],
])("refuses %j", (settings, message) => {
  let found = "";
  try {
    parseProtocol(stringify({ ...plain, ...settings }), "study.yaml");
  } catch (error) {
    expect(error).toMatchObject({ name: "InputError" });
    found = (error as Error).message;
  }
  expect(found.slice(0, 12 + message.length)).toBe(`study.yaml: ${message}`);
  expect(found).not.toContain("\n");
});

test("no text makes anything but a protocol or one line", () => {
  const line = fc.oneof(
    fc.constantFrom(...stringify(plain).split("\n")),
    fc.string({ maxLength: 20 }),
    fc.constantFrom("  - &a [*a]", "? x", "<<: *b", "!!js/function x: y", "name: !!binary aGk=", "a: !x b", "%TAG ! x"),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      try {
        parseProtocol(lines.join("\n"), "study.yaml");
      } catch (error) {
        expect(error).toMatchObject({ name: "InputError" });
        expect((error as Error).message).not.toContain("\n");
      }
    }),
    { numRuns: 500 },
  );
});
