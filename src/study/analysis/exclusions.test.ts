import { describe, expect, test } from "vitest";
import { studyRecords, testProtocol, visitor } from "../../../test/study-records.ts";
import type { Exclusion } from "../protocol.ts";
import type { StudyRecords, TrialRecord } from "../records.ts";
import { excludedParticipants, exclusionsByParticipant } from "./exclusions.ts";

const flawless = () =>
  studyRecords({ participants: 3, dropOut: 0, careless: 0, skill: { "choice-only": 1, "choice-and-mark": 1 } });

/** Records in which `change` befell the trials of participant 2. */
function records(change: (trials: TrialRecord[]) => TrialRecord[]): StudyRecords {
  const all = flawless();
  const own = all.trials.filter(({ participant }) => participant === 2).map((trial) => ({ ...trial, blurred: 0 }));
  const others = all.trials
    .filter(({ participant }) => participant !== 2)
    .map((trial) => ({ ...trial, blurred: 0, responseMs: 3000 }));
  return { ...all, trials: [...others, ...change(own)] };
}

const excluded = (all: StudyRecords, ...exclusions: Exclusion[]) => [
  ...excludedParticipants(all, { ...testProtocol(), exclusions }),
];
const only = (kind: TrialRecord["kind"], change: (trial: TrialRecord, index: number) => Partial<TrialRecord>) =>
  records((trials) => {
    let index = 0;
    return trials.map((trial) => (trial.kind === kind ? { ...trial, ...change(trial, index++) } : trial));
  });

describe("each rule leaves out who breaks it, and nobody at its limit", () => {
  test("incomplete: the last trial is missing", () => {
    expect(
      excluded(
        records((trials) => trials.slice(0, -1)),
        { rule: "incomplete" },
      ),
    ).toEqual([2]);
    expect(
      excluded(
        records((trials) => trials),
        { rule: "incomplete" },
      ),
    ).toEqual([]);
  });

  test("incomplete: the closing questions have no part in it", () => {
    const all = flawless();
    all.participants[1].state = "after";
    expect(excluded(all, { rule: "incomplete" })).toEqual([]);
  });

  test("failed catch trials: wrong main and practice trials do not count", () => {
    const once = only("catch", (_, index) => ({ correct: index > 0 }));
    expect(excluded(once, { rule: "failed-catch", moreThan: 0 })).toEqual([2]);
    expect(excluded(once, { rule: "failed-catch", moreThan: 1 })).toEqual([]);
    for (const kind of ["main", "practice"] as const)
      expect(
        excluded(
          only(kind, () => ({ correct: false })),
          { rule: "failed-catch", moreThan: 0 },
        ),
      ).toEqual([]);
  });

  test("too fast: the median of the main trials alone", () => {
    // 24 main trials: 12 of 400 ms and 12 of 800 ms have the median 600 ms.
    const quick = only("main", (_, index) => ({ responseMs: index % 2 === 0 ? 400 : 800 }));
    expect(excluded(quick, { rule: "too-fast", medianBelowMs: 600.1 })).toEqual([2]);
    expect(excluded(quick, { rule: "too-fast", medianBelowMs: 600 })).toEqual([]);
    expect(
      excluded(
        only("practice", () => ({ responseMs: 0 })),
        { rule: "too-fast", medianBelowMs: 600 },
      ),
    ).toEqual([]);
  });

  test("one side, whichever it is", () => {
    for (const side of ["left", "right"] as const) {
      const other = side === "left" ? "right" : "left";
      const sided = only("main", (_, index) => ({ choice: index < 18 ? side : other }));
      expect(excluded(sided, { rule: "one-side", shareAbove: 0.74 })).toContain(2);
      expect(excluded(sided, { rule: "one-side", shareAbove: 0.75 })).not.toContain(2);
    }
  });

  test("distracted: main and catch trials together, practice not", () => {
    const away = records((trials) => trials.map((trial) => ({ ...trial, blurred: trial.kind === "catch" ? 2 : 0 })));
    expect(excluded(away, { rule: "distracted", blurredMoreThan: 3 })).toEqual([2]);
    expect(excluded(away, { rule: "distracted", blurredMoreThan: 4 })).toEqual([]);
    expect(
      excluded(
        only("practice", () => ({ blurred: 9 })),
        { rule: "distracted", blurredMoreThan: 0 },
      ),
    ).toEqual([]);
  });
});

test("who breaks two rules counts for the one that stands first", () => {
  const exclusions: Exclusion[] = [{ rule: "failed-catch", moreThan: 0 }, { rule: "incomplete" }];
  const both = records((trials) => trials.slice(0, -1).map((trial) => ({ ...trial, correct: false })));
  const inOrder = (list: Exclusion[]) => exclusionsByParticipant(both, { ...testProtocol(), exclusions: list }).get(2);
  expect(inOrder(exclusions)).toBe(0);
  expect(inOrder([...exclusions].reverse())).toBe(0);
});

test("who never began is not left out; who began and did nothing is incomplete", () => {
  const all = studyRecords({ participants: 0 });
  all.participants.push(visitor(1, { state: "ineligible", consentVersion: "1" }));
  all.participants.push(visitor(2, { state: "expired", consentVersion: "1", condition: "choice-only", trials: 28 }));
  const rules: Exclusion[] = [
    { rule: "too-fast", medianBelowMs: 500 },
    { rule: "one-side", shareAbove: 0.5 },
  ];
  expect(excluded(all, ...rules)).toEqual([]);
  expect(excluded(all, ...rules, { rule: "incomplete" })).toEqual([2]);
});
