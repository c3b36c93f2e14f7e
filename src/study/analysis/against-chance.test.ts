import { expect, test } from "vitest";
import { randomStream } from "../../base/random.ts";
import { againstChance, individualTests } from "./against-chance.ts";

const draw = (...names: (string | number)[]) => randomStream(1, ...names);
const scores = [15, 12, 18].map((correct) => ({ correct, judgements: 20 }));

// R 4.2: binom.test(15, 20)$p.value, binom.test(12, 20), binom.test(18, 20); p.adjust(…, "holm"); binom.test(45, 60)
test("participants by themselves, adjusted, and all judgements together", () => {
  const tests = individualTests(scores);
  [0.0413894653320313, 0.50344467163086, 0.000402450561523438].forEach((p, i) => {
    expect(tests[i].p).toBeCloseTo(p, 12);
  });
  [0.08277893066406257, 0.5034446716308596, 0.00120735168457031].forEach((p, i) => {
    expect(tests[i].adjustedP).toBeCloseTo(p, 12);
  });
  const group = againstChance(scores, draw);
  expect(group.pooled.value?.p).toBeCloseTo(0.000134514080928496, 14);
  expect(group.individuals).toEqual({
    tested: 3,
    above: 2,
    below: 0,
    // 15 and more of 20 are significant: pbinom(14, 20, .5, lower.tail = FALSE)
    expectedOnEachSide: expect.closeTo(3 * 0.0206947326660156, 12),
    aboveAdjusted: 1,
    belowAdjusted: 0,
  });
});

test("the group's test has participants for units: three that all lie above give 2 of 8 ways", () => {
  expect(againstChance(scores, draw).byParticipant).toEqual({
    value: { p: 0.25, exact: true, permutations: 8, meanAccuracy: expect.closeTo(0.75, 12) },
  });
});

test("who is right in few enough trials is below chance", () => {
  const { individuals } = againstChance([{ correct: 5, judgements: 20 }], draw);
  expect(individuals).toMatchObject({ above: 0, below: 1, belowAdjusted: 1 });
});

test("five trials can never be significant, whatever one does", () => {
  const { individuals } = againstChance([{ correct: 5, judgements: 5 }], draw);
  expect(individuals).toMatchObject({ above: 0, expectedOnEachSide: 0 });
});

test("nobody, and somebody alone", () => {
  expect(againstChance([], draw)).toMatchObject({ pooled: { value: null }, byParticipant: { value: null } });
  expect(againstChance(scores.slice(0, 1), draw)).toMatchObject({
    pooled: { value: { p: expect.closeTo(0.04138946533, 10) } },
    byParticipant: { value: null, reason: "a single participant" },
  });
});
