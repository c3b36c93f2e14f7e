import { describe, expect, test } from "vitest";
import { studyRecords, testProtocol, visitor } from "../../../test/study-records.ts";
import { randomStream } from "../../base/random.ts";
import type { Side } from "../contract/api.ts";
import type { StudyRecords } from "../records.ts";
import { analyseStudy } from "./analyse-study.ts";
import type { StudyAnalysis } from "./study-analysis.ts";

const protocol = testProtocol({ pairs: { targetOther: 24, targetTarget: 3, otherOther: 3 } });
const records = studyRecords({ participants: 24, protocol });
const analysis = analyseStudy(records, protocol);

/** Every number is finite, every null says why (but for the few fields that are null by their type). */
function expectSound(value: unknown, path = "analysis"): void {
  if (typeof value === "number") expect(value, path).toSatisfy(Number.isFinite);
  if (typeof value !== "object" || value === null) return;
  if ("value" in value && value.value === null)
    expect(value, path).toHaveProperty("reason", expect.stringMatching(/\w/));
  for (const [key, inner] of Object.entries(value)) expectSound(inner, `${path}.${key}`);
}

describe("data of every shape", () => {
  const guess = studyRecords({ participants: 6, protocol });
  const withCorrect = (correct: boolean): StudyRecords => ({
    ...guess,
    trials: guess.trials.map((trial) => ({
      ...trial,
      correct: trial.answer && correct,
      choice: trial.answer ?? "left",
    })),
  });
  const onlyPractice = { ...guess, trials: guess.trials.filter(({ kind }) => kind === "practice") };
  const cases: [string, StudyRecords][] = [
    ["nobody", { images: [], participants: [], trials: [] }],
    ["nobody began", { images: guess.images, participants: [visitor(1, {})], trials: [] }],
    ["one participant", studyRecords({ participants: 1, protocol, dropOut: 0 })],
    ["one in each condition", studyRecords({ participants: 2, protocol, dropOut: 0 })],
    ["no main trial", onlyPractice],
    ["no trial", { ...guess, trials: [] }],
    ["all right", withCorrect(true)],
    ["all wrong", withCorrect(false)],
    ["many", records],
  ];
  test.each(cases)("%s: no NaN, every gap with its reason, and plain JSON", (_, some) => {
    for (const exclusions of [protocol.exclusions, []]) {
      const found = analyseStudy(some, { ...protocol, exclusions });
      expectSound(found);
      expect(JSON.parse(JSON.stringify(found))).toEqual(found);
    }
  });

  test("one condition", () => {
    const single = testProtocol({ conditions: ["choice-and-mark"] });
    const found = analyseStudy(studyRecords({ participants: 5, protocol: single }), single);
    expectSound(found);
    expect(found.conditions.map(({ condition }) => condition)).toEqual(["choice-and-mark"]);
    expect(found.comparison).toMatchObject({ value: null, reason: expect.stringContaining("two conditions") });
  });

  test("all right has a share of 1 with Wilson's interval, and says that participants do not differ", () => {
    const [{ accuracy, learning }] = analyseStudy(withCorrect(true), { ...protocol, exclusions: [] }).conditions;
    expect(accuracy).toMatchObject({ share: { value: 1 }, wilson: { value: { high: 1 } }, clustered: { value: null } });
    expect(learning.slope.value).toBeNull();
  });
});

test("the order in which records come does not matter, and the same records give the same numbers", () => {
  const stream = randomStream(5);
  const mixed = {
    images: stream.shuffle(records.images),
    participants: stream.shuffle(records.participants),
    trials: stream.shuffle(records.trials),
  };
  expect(analyseStudy(mixed, protocol)).toEqual(analysis);
});

test("left and right changed about: the same accuracy and d′, the opposite bias", () => {
  const other = (side: Side): Side => (side === "left" ? "right" : "left");
  const mirrored = {
    ...records,
    trials: records.trials.map((trial) => ({
      ...trial,
      left: trial.right,
      right: trial.left,
      answer: trial.answer && other(trial.answer),
      choice: other(trial.choice),
    })),
  };
  const found = analyseStudy(mixedOf(mirrored), protocol);
  found.conditions.forEach(({ accuracy, sensitivity, byTargetSource, pairs }, i) => {
    const one = analysis.conditions[i];
    expect(accuracy).toEqual(one.accuracy);
    expect(byTargetSource).toEqual(one.byTargetSource);
    expect(sensitivity.dPrime.value!.mean).toBeCloseTo(one.sensitivity.dPrime.value!.mean, 12);
    expect(sensitivity.bias.value!.mean).toBeCloseTo(-one.sensitivity.bias.value!.mean, 12);
    expect(pairs[1].left.count).toBe(one.pairs[1].left.judgements - one.pairs[1].left.count);
  });
});
const mixedOf = (some: StudyRecords) => ({ ...some, trials: [...some.trials].reverse() });

test("counts agree with one another and with the records", () => {
  for (const found of analysis.conditions) {
    const own = analysis.participants.filter(
      ({ condition, excluded }) => condition === found.condition && excluded === null,
    );
    const sum = (of: (one: StudyAnalysis["participants"][number]) => number) =>
      own.reduce((all, one) => all + of(one), 0);
    expect(found.participants).toBe(own.length);
    expect(found.accuracy).toMatchObject({
      count: sum(({ correct }) => correct),
      judgements: sum((one) => one.judgements),
    });
    for (const parts of [found.byTargetSource, found.byOtherSource, found.learning.bins])
      expect(parts.reduce((all, { accuracy }) => all + accuracy.judgements, 0)).toBe(found.accuracy.judgements);
    expect(found.byTargetSource.map(({ source }) => source)).toEqual(["ProGAN", "StyleGAN2", "StyleGAN3"]);
    expect(found.byOtherSource.map(({ source }) => source)).toEqual(["FFHQ"]);
    const { histogram, images } = found.judgements.committed;
    const main = records.trials.filter(({ kind, condition }) => kind === "main" && condition === found.condition);
    expect(histogram.reduce((all, bar) => all + bar.images, 0)).toBe(images);
    expect(histogram.reduce((all, bar) => all + bar.images * bar.judgements, 0)).toBe(2 * main.length);
    const { low, high } = found.accuracy.clustered.value!;
    expect(low).toBeLessThan(found.accuracy.share.value!);
    expect(high).toBeGreaterThan(found.accuracy.share.value!);
  }
});

test("participants who differ widely: the clustered interval is wider than Wilson's", () => {
  const extreme = studyRecords({
    participants: 20,
    protocol: testProtocol({ conditions: ["choice-only"] }),
    dropOut: 0,
  });
  for (const trial of extreme.trials) if (trial.kind === "main") trial.correct = trial.participant % 2 === 0;
  const [{ accuracy }] = analyseStudy(
    extreme,
    testProtocol({ conditions: ["choice-only"], exclusions: [] }),
  ).conditions;
  const width = ({ low, high }: { low: number; high: number }) => high - low;
  // 20 participants of 0 or 1: standard error 0.112 instead of 0.023.
  expect(width(accuracy.clustered.value!)).toBeGreaterThan(3.5 * width(accuracy.wilson.value!));
});

test("the flow counts everybody once, each for the first reason", () => {
  const all = studyRecords({ participants: 10, protocol, dropOut: 0, careless: 0 });
  const someone = all.participants[0];
  const catches = all.trials.filter(({ participant, kind }) => participant === someone.id && kind === "catch");
  catches[0].correct = false;
  all.trials = all.trials.filter(({ participant, position }) => participant !== 2 || position < 5);
  all.participants.push(
    visitor(11, { state: "consent", lastSeenAt: "2024-01-01T00:00:00.000Z" }),
    visitor(12, { state: "consent" }),
    visitor(13, { state: "ineligible", consentVersion: "1" }),
    visitor(14, { state: "full", consentVersion: "1" }),
    visitor(15, { state: "withdrawn", consentVersion: "1" }),
    visitor(16, { state: "expired", consentVersion: "1" }),
    visitor(17, { state: "before", consentVersion: "1" }),
  );
  const found = analyseStudy(all, protocol);
  const told = found.flow.steps.map(({ name, participants, losses }) => [
    name,
    participants.all,
    Object.fromEntries(losses.map((loss) => [loss.reason, loss.participants.all])),
  ]);
  expect(told).toEqual([
    ["joined", 17, { "still under way": 1, "did not consent": 1 }],
    ["consented", 15, { "not eligible": 1 }],
    [
      "eligible",
      14,
      { "no image needed another judgement": 1, withdrew: 1, "still under way": 1, "left before the first trial": 1 },
    ],
    ["begun", 10, { "did not commit all trials": 1, "failed a catch trial": 1 }],
    ["analysed", 8, {}],
  ]);
  expect(found.flow.steps[3].losses[0].participants.byCondition).toEqual({ "choice-only": 1, "choice-and-mark": 0 });
  expect(found.flow.completed).toEqual({ all: 9, byCondition: { "choice-only": 4, "choice-and-mark": 5 } });
  expect(found.underWay).toBe(2);
  expect(found.participants.find(({ id }) => id === 2)).toMatchObject({
    excluded: "did not commit all trials",
    p: { value: null, reason: "left out of the analysis" },
  });
});

test("people who learn: the bins rise and the slope is positive; times fall into their quartiles", () => {
  const single = testProtocol({ conditions: ["choice-only"], pairs: { targetOther: 40 }, exclusions: [] });
  const all = studyRecords({ participants: 30, protocol: single, images: 60, dropOut: 0 });
  const stream = randomStream(3);
  for (const { participant } of all.trials.filter(({ position }) => position === 0)) {
    const own = all.trials.filter((trial) => trial.participant === participant && trial.kind === "main");
    own.forEach((trial, place) => {
      trial.correct = stream.uniform() < 1 / (1 + Math.exp(0.2 - 0.4 * (place / 10)));
      trial.responseMs = [100, 200, 400, 800, 1600][place % 5];
    });
  }
  const [{ learning, responseMs }] = analyseStudy(all, single).conditions;
  expect(learning.bins.map(({ from, to }) => [from, to])).toEqual(
    [1, 6, 11, 16, 21, 26, 31, 36].map((n) => [n, n + 4]),
  );
  expect(learning.bins[7].accuracy.share.value).toBeGreaterThan(learning.bins[0].accuracy.share.value!);
  expect(learning.slope.value!.low).toBeGreaterThan(0);
  expect(learning.slope.value!.low).toBeLessThan(0.4);
  expect(learning.slope.value!.high).toBeGreaterThan(0.4);
  expect(responseMs.all.value).toEqual({ judgements: 1200, q1: 200, median: 400, q3: 800 });
});
