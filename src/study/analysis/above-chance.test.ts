import { expect, test } from "vitest";
import { studyRecords } from "../../../test/study-records.ts";
import { participantsAboveChance } from "./above-chance.ts";

/** 24 scored main trials each; participant n is right in `right[n - 1]` of them. */
function records(...right: number[]) {
  const all = studyRecords({ participants: right.length, dropOut: 0, careless: 0 });
  const done = new Map<number, number>();
  for (const trial of all.trials) {
    if (trial.kind !== "main") trial.correct = true;
    else {
      const place = done.get(trial.participant) ?? 0;
      done.set(trial.participant, place + 1);
      trial.correct = place < right[trial.participant - 1];
    }
  }
  return all;
}

test("more than half of the main trials; half is not enough, and practice and catch trials do not help", () => {
  expect([...participantsAboveChance(records(13, 12, 24, 0))]).toEqual([1, 3]);
});

test("pairs that have no right answer do not count; without any judgement nobody is above chance", () => {
  const all = records(13);
  all.trials.push(...all.trials.map((trial) => ({ ...trial, kind: "main" as const, answer: null, correct: null })));
  expect([...participantsAboveChance(all)]).toEqual([1]);
  expect(participantsAboveChance({ ...all, trials: [] }).size).toBe(0);
});
