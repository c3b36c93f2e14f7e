import fc from "fast-check";
import { median } from "simple-statistics";
import { expect, test } from "vitest";
import { type MarkingRule, type TrialResult, trialResultSchema } from "./api.ts";
import { rasterise, unmetRequirement } from "./geometry.ts";
import {
  carelessTraits,
  type EvidenceGrid,
  type SimulatedTask,
  simulatedParticipant,
  type Traits,
  variedTraits,
} from "./simulated-participant.ts";
import { strokeLimits } from "./strokes.ts";

const share = fc.double({ min: 0, max: 1, noNaN: true });
const traits: fc.Arbitrary<Traits> = fc.record({
  skill: share,
  gain: share,
  thoroughness: share,
  tremor: fc.double({ min: 0, max: 0.2, noNaN: true }),
  speed: fc.double({ min: 0.1, max: 10, noNaN: true }),
  fatigue: share,
  carelessness: share,
});
const size = fc.record({ width: fc.integer({ min: 48, max: 2_000 }), height: fc.integer({ min: 48, max: 2_000 }) });
const evidence: fc.Arbitrary<EvidenceGrid> = fc
  .record({ columns: fc.integer({ min: 1, max: 16 }), rows: fc.integer({ min: 1, max: 16 }) })
  .chain(({ columns, rows }) =>
    fc
      .array(fc.oneof(fc.constant(0), share), { minLength: columns * rows, maxLength: columns * rows })
      .map((weights) => ({ columns, rows, weights })),
  );
const rule: fc.Arbitrary<MarkingRule> = fc.record({
  on: fc.constantFrom("chosen" as const, "both" as const),
  leastArea: fc.oneof(fc.double({ min: 0, max: 0.5, noNaN: true }), fc.constant(0.005)),
  leastRegions: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant(1)),
});
const task: fc.Arbitrary<SimulatedTask> = fc.record({
  answer: fc.constantFrom("left" as const, "right" as const, undefined),
  condition: fc.constantFrom("choice-only" as const, "choice-and-mark" as const),
  marking: rule,
  minimumLookingMs: fc.nat({ max: 20_000 }),
  images: fc.record({ left: size, right: size }),
  evidence: fc.option(
    fc.record({ left: fc.option(evidence, { nil: undefined }), right: fc.option(evidence, { nil: undefined }) }),
    { nil: undefined },
  ),
});

test("every result is one that the server takes", () => {
  fc.assert(
    fc.property(traits, fc.integer(), fc.array(task, { minLength: 1, maxLength: 3 }), (given, seed, tasks) => {
      const participant = simulatedParticipant(given, seed);
      for (const each of tasks) {
        const result = trialResultSchema.parse(participant.decide(each));
        const { left, right } = result.strokes;
        expect(result.responseMs).toBeGreaterThanOrEqual(each.minimumLookingMs!);
        if (each.condition === "choice-only") {
          expect([left, right, result.markingMs]).toEqual([[], [], 0]);
          continue;
        }
        for (const side of ["left", "right"] as const) {
          const marked = result.strokes[side];
          if (each.marking!.on === "both" || result.choice === side) {
            expect(unmetRequirement(marked, each.images[side], each.marking!)).toBeUndefined();
          } else expect(marked).toEqual([]);
        }
        const drawn = result.choice === "left" ? [...left, ...right] : [...right, ...left];
        const times = drawn.flatMap(({ points }) => points.map(([, , time]) => time));
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        expect(times[0]).toBeGreaterThan(result.responseMs);
        expect(times.at(-1)).toBeLessThan(result.responseMs + result.markingMs);
        expect(times.length).toBeLessThan(strokeLimits.pointsPerTrial);
      }
    }),
    { numRuns: 150 },
  );
});

const images = { left: { width: 256, height: 192 }, right: { width: 256, height: 192 } };
const marking: MarkingRule = { on: "chosen", leastArea: 0.005, leastRegions: 1 };
/** Evidence in the upper left corner of the left image. */
const corner: EvidenceGrid = {
  columns: 8,
  rows: 8,
  weights: Array.from({ length: 64 }, (_, i) => (i % 8 < 3 && i < 24 ? 1 : 0)),
};
const plain: SimulatedTask = {
  answer: "left",
  condition: "choice-and-mark",
  marking,
  images,
  evidence: { left: corner },
};

/** Results of many people of the same traits, each for so many trials. */
function results(given: Partial<Traits>, each: Partial<SimulatedTask> = {}, people = 100, trials = 10): TrialResult[] {
  return Array.from({ length: people }, (_, seed) => {
    const participant = simulatedParticipant({ fatigue: 0, carelessness: 0, gain: 0, ...given }, seed);
    return Array.from({ length: trials }, () => participant.decide({ ...plain, ...each }));
  }).flat();
}
const rightShare = (list: TrialResult[]) => list.filter(({ choice }) => choice === "left").length / list.length;

test("who sees the evidence is right, who does not guesses", () => {
  const right = (skill: number, task: Partial<SimulatedTask> = {}) =>
    rightShare(results({ skill }, { condition: "choice-only", ...task }));
  expect(right(1)).toBe(1);
  // 1,000 trials: a standard error of 1.6 %.
  expect(Math.abs(right(0) - 0.5)).toBeLessThan(0.07);
  expect(Math.abs(right(0.6) - 0.8)).toBeLessThan(0.06);
  expect(Math.abs(right(1, { answer: undefined }) - 0.5)).toBeLessThan(0.07);
});

test("marking makes more often right by the gain", () => {
  const given = { skill: 0.2, gain: 0.6 };
  expect(Math.abs(rightShare(results(given, {}, 50)) - 0.9)).toBeLessThan(0.05);
  expect(Math.abs(rightShare(results(given, { condition: "choice-only" })) - 0.6)).toBeLessThan(0.07);
});

/** The share of what is marked that lies on the evidence. */
function onEvidence(list: TrialResult[]): number {
  let [on, all] = [0, 0];
  for (const { strokes } of list) {
    const mask = rasterise(strokes.left, 64, 64);
    for (let i = 0; i < mask.length; i++) {
      if (mask[i] === 0) continue;
      all++;
      if (i % 64 < 24 && i < 24 * 64) on++;
    }
  }
  return on / all;
}

test("the evidence that was seen is marked, and the less exactly the more the hand trembles", () => {
  const steady = onEvidence(results({ skill: 1, tremor: 0 }, {}, 30));
  const usual = onEvidence(results({ skill: 1, tremor: 0.02 }, {}, 30));
  const shaky = onEvidence(results({ skill: 1, tremor: 0.15 }, {}, 30));
  expect(steady).toBeGreaterThan(0.85);
  expect(usual).toBeGreaterThan(0.8);
  expect(shaky).toBeLessThan(usual);
  expect(onEvidence(results({ skill: 0 }, {}, 30))).toBeLessThan(0.3);
});

test("marks by habit lie near the middle", () => {
  const list = results({ skill: 1 }, { evidence: undefined });
  let [sum, squares, count] = [0, 0, 0];
  for (const { strokes } of list) {
    for (const [x] of strokes.left.flatMap(({ points }) => points)) {
      sum += x;
      squares += (x - 0.5) ** 2;
      count++;
    }
  }
  expect(Math.abs(sum / count - 0.5)).toBeLessThan(0.03);
  expect(Math.sqrt(squares / count)).toBeLessThan(0.25);
});

test("thorough people mark all regions, others one", () => {
  const weights = Array.from({ length: 81 }, (_, i) => (i % 4 === 0 && Math.floor(i / 9) % 4 === 0 ? 1 : 0));
  const spots = { left: { columns: 9, rows: 9, weights } };
  const count = weights.filter((weight) => weight > 0).length;
  const strokes = (thoroughness: number) =>
    median(results({ skill: 1, thoroughness }, { evidence: spots }, 20).map((result) => result.strokes.left.length));
  expect(count).toBeGreaterThan(5);
  expect(strokes(1)).toBe(6);
  expect(strokes(0)).toBe(1);
});

test("speed sets the median response time; the protocol's looking time is kept", () => {
  const times = (given: Partial<Traits>, minimumLookingMs = 0) =>
    results(given, { minimumLookingMs, condition: "choice-only" }, 200).map(({ responseMs }) => responseMs);
  expect(Math.abs(median(times({ speed: 1 })) - 4_000)).toBeLessThan(200);
  expect(Math.abs(median(times({ speed: 4 })) - 1_000)).toBeLessThan(50);
  const careless = times({ ...carelessTraits, carelessness: 1 });
  expect(median(careless)).toBeLessThan(400);
  expect(Math.min(...times({ ...carelessTraits, carelessness: 1 }, 3_000))).toBeGreaterThan(3_000);
});

test("careless people guess, and tired ones miss more than at the beginning", () => {
  expect(Math.abs(rightShare(results({ skill: 1, carelessness: 1 }, { condition: "choice-only" })) - 0.5)).toBeLessThan(
    0.07,
  );
  const tired = simulatedTrials(0.8, 200);
  expect(tired.first).toBeGreaterThan(0.93);
  expect(tired.last).toBeLessThan(0.75);
});

function simulatedTrials(fatigue: number, trials: number): { first: number; last: number } {
  const all = results({ skill: 1, fatigue }, { condition: "choice-only" }, 50, trials);
  const at = (from: number, to: number) => rightShare(all.filter((_, i) => i % trials >= from && i % trials < to));
  return { first: at(0, 5), last: at(trials - 20, trials) };
}

test("some strokes are lassos, some are taken back, few erase", () => {
  const list = results({ skill: 1 }, {}, 60);
  const strokes = list.flatMap((result) => result.strokes.left);
  const count = (tool: string) => strokes.filter((stroke) => stroke.tool === tool).length / strokes.length;
  expect(count("brush")).toBeGreaterThan(0.6);
  expect(count("lasso")).toBeGreaterThan(0.15);
  expect(count("eraser")).toBeGreaterThan(0);
  const undone = list.filter((result) => result.undone > 0).length / list.length;
  expect(Math.abs(undone - 0.15)).toBeLessThan(0.05);
});

test("the same seed does the same, another something else", () => {
  const run = (seed: number) => {
    const participant = simulatedParticipant({}, seed);
    return [participant.decide(plain), participant.decide(plain)];
  };
  expect(run(7)).toEqual(run(7));
  expect(run(7)).not.toEqual(run(8));
});

test("people around a skill differ and stay within bounds", () => {
  fc.assert(
    fc.property(share, fc.array(share, { minLength: 8, maxLength: 8 }), (skill, draws) => {
      let at = 0;
      const varied = variedTraits(skill, () => draws[at++ % draws.length]);
      expect(varied.skill).toBeGreaterThanOrEqual(0);
      expect(varied.skill).toBeLessThanOrEqual(1);
      if (skill === 0 || skill === 1) expect(varied.skill).toBe(skill);
    }),
  );
});

test("marks without a rule, or by a rule that no marks meet, are refused", () => {
  const participant = simulatedParticipant({}, 1);
  expect(() => participant.decide({ ...plain, marking: undefined })).toThrow("no marking rule is given");
  const small = { left: { width: 4, height: 4 }, right: { width: 4, height: 4 } };
  expect(() => participant.decide({ ...plain, images: small, marking: { ...marking, leastRegions: 20 } })).toThrow(
    "no marks on an image of 4 × 4 pixels have 20 regions and the area 0.005",
  );
});
