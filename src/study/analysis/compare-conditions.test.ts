import { expect, test } from "vitest";
import { randomStream } from "../../base/random.ts";
import { compareConditions } from "./compare-conditions.ts";

const draw = (...names: (string | number)[]) => randomStream(1, ...names);
const group = (accuracies: number[], seconds: number) =>
  accuracies.map((accuracy) => ({ accuracy, responseMs: [1000 * seconds, 1, 1e9] }));
const choiceOnly = group([0.5, 0.6, 0.7, 0.55], 2);
const choiceAndMark = group([0.7, 0.8, 0.65, 0.75, 0.6], 3);

test("effect, standardised effect, exact test, ratio of response times", () => {
  const { value } = compareConditions(choiceOnly, choiceAndMark, draw);
  expect(value).toMatchObject({
    difference: expect.closeTo(0.1125, 12),
    // R 4.2: (mean(b) - mean(a)) / sqrt((3*var(a) + 4*var(b)) / 7)
    cohensD: { value: expect.closeTo(1.37477270848675, 12) },
    test: { exact: true, permutations: 126 },
    responseTime: { ratio: expect.closeTo(1.5, 12), test: { p: 1 / 126 } },
  });
  expect(value!.interval.value!.low).toBeGreaterThan(0);
  expect(value!.interval.value!.high).toBeLessThan(0.25);
});

test("conditions changed about: the opposite effect, the same p", () => {
  const one = compareConditions(choiceOnly, choiceAndMark, draw).value!;
  const other = compareConditions(choiceAndMark, choiceOnly, draw).value!;
  expect(other.difference).toBeCloseTo(-one.difference, 12);
  expect(other.test.p).toBe(one.test.p);
  expect(other.responseTime.ratio).toBeCloseTo(1 / one.responseTime.ratio, 12);
});

test("without spread, with one participant, with one condition", () => {
  const alike = compareConditions(group([0.5, 0.5], 2), group([0.5, 0.5], 2), draw).value!;
  expect(alike).toMatchObject({ difference: 0, interval: { value: null }, cohensD: { value: null }, test: { p: 1 } });
  const single = compareConditions(group([0.5], 2), choiceAndMark, draw).value!;
  expect(single).toMatchObject({ interval: { value: null }, cohensD: { value: null }, test: { p: 1 / 6 } });
  expect(compareConditions([], choiceAndMark, draw)).toMatchObject({ value: null, reason: expect.any(String) });
});
