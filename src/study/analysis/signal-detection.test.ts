import fc from "fast-check";
import { expect, test } from "vitest";
import type { Side } from "../contract/api.ts";
import type { TrialRecord } from "../records.ts";
import { countChoices, detection, dPrimeOfCorrect } from "./signal-detection.ts";

const choices = (leftOfTargetLeft: number, targetLeft: number, leftOfTargetRight: number, targetRight: number) => ({
  targetLeft,
  leftOfTargetLeft,
  targetRight,
  leftOfTargetRight,
});

// R 4.2: H <- (17+.5)/21; F <- (9+.5)/21; (qnorm(H)-qnorm(F))/sqrt(2); -(qnorm(H)+qnorm(F))/2
test("d′ and c from left and right, with the log-linear correction", () => {
  const { value } = detection(choices(17, 20, 9, 20));
  expect(value?.dPrime).toBeCloseTo(0.76867434174327, 12);
  expect(value?.bias).toBeCloseTo(-0.42388672653093, 12);
});

test("all right and all wrong stay finite; a guesser has neither sensitivity nor bias", () => {
  // R 4.2: (qnorm(20.5/21)-qnorm(.5/21))/sqrt(2)
  expect(detection(choices(20, 20, 0, 20)).value?.dPrime).toBeCloseTo(2.80120690304159, 12);
  expect(detection(choices(0, 20, 20, 20)).value?.dPrime).toBeCloseTo(-2.80120690304159, 12);
  expect(detection(choices(10, 20, 10, 20))).toEqual({ value: { dPrime: 0, bias: 0 } });
});

/*
 * Hacker & Ratcliff's table for M = 2 (Perception & Psychophysics 26, 1979; table A5.7 of Macmillan & Creelman 2005), whose
 * entries are √2 z(PC) to two digits. So many trials that the correction does not show.
 */
test.each([
  [0.6, 0.36],
  [0.7, 0.74],
  [0.75, 0.95],
  [0.8, 1.19],
  [0.9, 1.81],
  [0.95, 2.33],
  [0.99, 3.29],
])("share right %f is d′ %f", (share, expected) => {
  expect(dPrimeOfCorrect(share * 1e7, 1e7)).toBeCloseTo(expected, 2);
  expect(detection(choices(share * 1e7, 1e7, (1 - share) * 1e7, 1e7)).value?.dPrime).toBeCloseTo(expected, 2);
});

test("left and right changed about: the same d′, the opposite bias; who changes every choice has the opposite d′", () => {
  const count = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(
      count,
      count,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (l, r, h, f) => {
        const [hits, alarms] = [Math.round(h * l), Math.round(f * r)];
        const one = detection(choices(hits, l, alarms, r)).value!;
        const mirrored = detection(choices(r - alarms, r, l - hits, l)).value!;
        const contrary = detection(choices(l - hits, l, r - alarms, r)).value!;
        expect(mirrored.dPrime).toBeCloseTo(one.dPrime, 10);
        expect(mirrored.bias).toBeCloseTo(-one.bias, 10);
        expect(contrary.dPrime).toBeCloseTo(-one.dPrime, 10);
      },
    ),
  );
});

test("choices are counted by the target's side; pairs without one are passed over", () => {
  const trial = (answer: Side | null, choice: Side) => ({ answer, choice }) as TrialRecord;
  expect(
    countChoices([
      trial("left", "left"),
      trial("left", "right"),
      trial("left", "left"),
      trial("right", "left"),
      trial("right", "right"),
      trial(null, "left"),
    ]),
  ).toEqual(choices(2, 3, 1, 2));
});

test("a target that was never on one side tells nothing", () => {
  expect(detection(choices(3, 4, 0, 0))).toMatchObject({ value: null, reason: expect.stringContaining("never") });
  expect(detection(choices(0, 0, 0, 0)).value).toBeNull();
});
