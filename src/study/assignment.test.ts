import fc from "fast-check";
import { expect, test } from "vitest";
import { randomStream } from "../base/random.ts";
import {
  type AssignableImage,
  type AssignmentRules,
  assignTrials,
  chooseCondition,
  imagesNeeded,
  type PlannedTrial,
  participantsNeeded,
} from "./assignment.ts";

const rules = fc
  .record({
    targetOther: fc.integer({ min: 1, max: 12 }),
    targetTarget: fc.integer({ min: 0, max: 4 }),
    otherOther: fc.integer({ min: 0, max: 4 }),
    practiceTrials: fc.integer({ min: 0, max: 4 }),
    catchShare: fc.double({ min: 0, max: 1, noNaN: true }),
    targetJudgements: fc.integer({ min: 1, max: 5 }),
    restEvery: fc.integer({ min: 0, max: 8 }),
  })
  .map(({ targetOther, targetTarget, otherOther, catchShare, ...rest }): AssignmentRules => {
    const main = targetOther + targetTarget + otherOther;
    return { ...rest, pairs: { targetOther, targetTarget, otherOther }, catchTrials: Math.round(catchShare * main) };
  });

/** As many images as one participant needs, and `spare` more of each role and label, with the judgements given. */
function makeImages(protocol: AssignmentRules, spare: number, assigned: (index: number) => number): AssignableImage[] {
  const needed = imagesNeeded(protocol);
  const images: AssignableImage[] = [];
  for (const role of ["main", "practice", "catch"] as const) {
    for (const isTarget of [true, false]) {
      for (let i = 0; i < needed[role][isTarget ? "target" : "other"] + spare; i++) {
        images.push({ id: images.length + 1, role, isTarget, assigned: assigned(images.length) });
      }
    }
  }
  return images;
}

const cases = fc.record({
  protocol: rules,
  spare: fc.integer({ min: 0, max: 10 }),
  seed: fc.nat(),
});

function plan(given: { protocol: AssignmentRules; spare: number; seed: number }) {
  const random = randomStream(given.seed, "judgements");
  const images = makeImages(given.protocol, given.spare, () => random.integer(given.protocol.targetJudgements + 2));
  const trials = assignTrials({ protocol: given.protocol, images, random: randomStream(given.seed) });
  return { images, trials, byId: new Map(images.map((image) => [image.id, image])) };
}

/** The property for all plans that are made. */
function forAllPlans(
  check: (trials: PlannedTrial[], given: { protocol: AssignmentRules; byId: Map<number, AssignableImage> }) => void,
) {
  fc.assert(
    fc.property(cases, (given) => {
      const { trials, byId } = plan(given);
      if (trials !== undefined) check(trials, { protocol: given.protocol, byId });
    }),
    { numRuns: 300 },
  );
}

test("every trial shows what its pair says, in its role", () => {
  forAllPlans((trials, { protocol, byId }) => {
    for (const { kind, pair, left, right, answer } of trials) {
      const [one, other] = [byId.get(left)!, byId.get(right)!];
      expect([one.role, other.role]).toEqual([kind, kind]);
      const shown = [one.isTarget, other.isTarget];
      if (pair === "target-other") expect(shown).toEqual(answer === "left" ? [true, false] : [false, true]);
      else expect({ shown, answer }).toEqual({ shown: Array(2).fill(pair === "target-target"), answer: null });
      if (kind !== "main") expect(pair).toBe("target-other");
    }
    const count = (kind: string, pair: string) =>
      trials.filter((trial) => trial.kind === kind && trial.pair === pair).length;
    expect({
      pairs: {
        targetOther: count("main", "target-other"),
        targetTarget: count("main", "target-target"),
        otherOther: count("main", "other-other"),
      },
      practiceTrials: count("practice", "target-other"),
      catchTrials: count("catch", "target-other"),
    }).toEqual({
      pairs: protocol.pairs,
      practiceTrials: protocol.practiceTrials,
      catchTrials: protocol.catchTrials,
    });
  });
});

test("no image comes twice", () => {
  forAllPlans((trials) => {
    const shown = trials.flatMap(({ left, right }) => [left, right]);
    expect(new Set(shown).size).toBe(shown.length);
  });
});

test("in each kind of trial the answer is as often left as right, but for one", () => {
  forAllPlans((trials) => {
    for (const kind of ["practice", "main", "catch"]) {
      const answers = trials.filter((trial) => trial.kind === kind).map(({ answer }) => answer);
      const difference = answers.filter((a) => a === "left").length - answers.filter((a) => a === "right").length;
      expect(Math.abs(difference)).toBeLessThanOrEqual(1);
    }
  });
});

test("practice comes first; catch trials are neither first nor adjacent, nor last where there is room, and apart", () => {
  forAllPlans((trials, { protocol }) => {
    const kinds = trials.map(({ kind }) => kind);
    expect(kinds.lastIndexOf("practice")).toBe(protocol.practiceTrials - 1);
    const judged = kinds.slice(protocol.practiceTrials);
    expect(judged[0]).toBe("main");
    expect(judged.join()).not.toContain("catch,catch");
    const { length: main } = judged.filter((kind) => kind === "main");
    if (protocol.catchTrials < main) expect(judged.at(-1)).toBe("main");
    // Main trials before each catch trial: in its own stretch of them.
    const before = judged.flatMap((kind, i) =>
      kind === "catch" ? [judged.slice(0, i).filter((other) => other === "main").length] : [],
    );
    const places = protocol.catchTrials < main ? main - 1 : main;
    for (const [i, count] of before.entries()) {
      expect(count).toBeGreaterThan(Math.floor((i * places) / before.length));
      expect(count).toBeLessThanOrEqual(Math.floor(((i + 1) * places) / before.length));
    }
  });
});

test("a rest is offered after every so many trials, practice not counted", () => {
  forAllPlans((trials, { protocol: { restEvery, practiceTrials } }) => {
    const expected = trials.map((_, index) => {
      const judged = index - practiceTrials;
      return restEvery > 0 && judged > 0 && judged % restEvery === 0;
    });
    expect(trials.map(({ rest }) => rest)).toEqual(expected);
  });
});

test("the main images with the fewest judgements are taken", () => {
  forAllPlans((trials, { byId }) => {
    const shown = new Set(trials.flatMap(({ left, right }) => [left, right]));
    for (const isTarget of [true, false]) {
      const main = [...byId.values()].filter((image) => image.role === "main" && image.isTarget === isTarget);
      const taken = main.filter(({ id }) => shown.has(id)).map(({ assigned }) => assigned);
      const left = main.filter(({ id }) => !shown.has(id)).map(({ assigned }) => assigned);
      expect(Math.max(...taken)).toBeLessThanOrEqual(Math.min(...left));
    }
  });
});

test("full when no main image needs another judgement, and only then", () => {
  fc.assert(
    fc.property(cases, (given) => {
      const { images, trials } = plan(given);
      const wanted = images.some(({ role, assigned }) => role === "main" && assigned < given.protocol.targetJudgements);
      expect(trials !== undefined).toBe(wanted);
    }),
  );
});

test("the same stream gives the same plan", () => {
  fc.assert(
    fc.property(cases, (given) => {
      expect(plan(given).trials).toEqual(plan(given).trials);
    }),
    { numRuns: 30 },
  );
});

test("in a whole study counts stay within one until every image has its judgements, and no more is asked for", () => {
  const protocol: AssignmentRules = {
    pairs: { targetOther: 7, targetTarget: 2, otherOther: 1 },
    practiceTrials: 1,
    catchTrials: 2,
    targetJudgements: 6,
    restEvery: 5,
  };
  const images = makeImages(protocol, 30, () => 0);
  const random = randomStream(5);
  const byId = new Map(images.map((image) => [image.id, image]));
  const sides = { left: 0, right: 0 };
  const counts = (isTarget: boolean) =>
    images.filter((image) => image.role === "main" && image.isTarget === isTarget).map(({ assigned }) => assigned);
  let participants = 0;
  for (;;) {
    const trials = assignTrials({ protocol, images, random });
    if (trials === undefined) break;
    participants++;
    for (const { left, right, answer } of trials) {
      byId.get(left)!.assigned++;
      byId.get(right)!.assigned++;
      if (answer !== null) sides[answer]++;
    }
    for (const isTarget of [true, false]) {
      expect(Math.max(...counts(isTarget)) - Math.min(...counts(isTarget))).toBeLessThanOrEqual(1);
    }
  }
  // 41 targets, 11 a participant; 39 others, 9 a participant.
  expect(participantsNeeded(protocol, images)).toEqual({
    target: Math.ceil((41 * 6) / 11),
    other: Math.ceil((39 * 6) / 9),
  });
  expect(participants).toBe(26);
  expect(Math.min(...counts(true), ...counts(false))).toBe(6);
  expect(Math.abs(sides.left - sides.right)).toBeLessThan(4 * Math.sqrt(3 * participants));
});

test("pairs, sides and places differ from one participant to the next", () => {
  const protocol: AssignmentRules = {
    pairs: { targetOther: 6, targetTarget: 0, otherOther: 0 },
    practiceTrials: 0,
    catchTrials: 1,
    targetJudgements: 1_000,
    restEvery: 0,
  };
  const images = makeImages(protocol, 0, () => 0);
  const random = randomStream(6);
  const plans = Array.from({ length: 400 }, () => assignTrials({ protocol, images, random })!);
  // Image 1 is a target: on each side half of the time, with each of 6 others and at each of 7 places alike.
  const trialOf1 = plans.map((trials) => trials.findIndex(({ left, right }) => left === 1 || right === 1));
  const seen = plans.map((trials, i) => trials[trialOf1[i]]);
  const spreadOf = (values: unknown[]) => [...new Set(values)].map((v) => values.filter((w) => w === v).length);
  const onLeft = seen.filter(({ left }) => left === 1).length;
  expect(Math.abs(onLeft - 200)).toBeLessThan(50);
  const partners = spreadOf(seen.map(({ left, right }) => (left === 1 ? right : left)));
  expect(partners).toHaveLength(6);
  expect(Math.min(...partners)).toBeGreaterThan(35);
  const places = spreadOf(trialOf1);
  expect(places).toHaveLength(7);
  expect(Math.min(...places)).toBeGreaterThan(15);
});

test("too few images are no plan", () => {
  const protocol = {
    pairs: { targetOther: 2, targetTarget: 0, otherOther: 0 },
    practiceTrials: 0,
    catchTrials: 0,
    targetJudgements: 1,
    restEvery: 0,
  };
  const images = makeImages(protocol, 0, () => 0);
  expect(() => assignTrials({ protocol, images: images.slice(1), random: randomStream(1) })).toThrow(
    "2 main images with the target are needed, not 1",
  );
});

test("the condition with the fewest participants is next, by chance among equals", () => {
  const random = randomStream(1);
  const both = ["choice-only", "choice-and-mark"] as const;
  const choose = (only: number, mark: number) =>
    chooseCondition(
      new Map([
        ["choice-only", only],
        ["choice-and-mark", mark],
      ]),
      both,
      random,
    );
  expect(choose(3, 4)).toBe("choice-only");
  expect(choose(4, 3)).toBe("choice-and-mark");
  const ties = Array.from({ length: 200 }, () => choose(2, 2)).filter((condition) => condition === "choice-only");
  expect(Math.abs(ties.length - 100)).toBeLessThan(35);
  expect(chooseCondition(new Map([["choice-only", 3]]), both, random)).toBe("choice-and-mark");
});
