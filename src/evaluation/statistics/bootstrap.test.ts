import { expect, test } from "vitest";
import { randomStream } from "../../base/random.ts";
import { bootstrapInterval } from "./bootstrap.ts";

const options = (resamples = 4000) => ({ random: randomStream(1, "bootstrap"), resamples, level: 0.95 });
const meanOf = (values: readonly number[]) => (drawn: Int32Array) =>
  drawn.reduce((sum, i) => sum + values[i], 0) / drawn.length;

test("of a mean: the normal interval with the plug-in variance, s²(n−1)/n²", () => {
  const stream = randomStream(2);
  const values = Array.from({ length: 400 }, () => stream.normal());
  const mean = values.reduce((a, b) => a + b) / 400;
  const error = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0)) / 400;
  const { low, high } = bootstrapInterval([400], ([drawn]) => meanOf(values)(drawn), options(20_000))!;
  // Quantiles of 20,000 draws have a standard error of about 0.018 of the mean's.
  expect((low - mean) / error).toBeCloseTo(-1.96, 1);
  expect((high - mean) / error).toBeCloseTo(1.96, 1);
});

test("of a difference, with the groups drawn apart: variances add up", () => {
  const stream = randomStream(3);
  const groups = [300, 100].map((size) => Array.from({ length: size }, () => stream.normal()));
  const moments = groups.map((values) => {
    const mean = values.reduce((a, b) => a + b) / values.length;
    return { mean, variance: values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length ** 2 };
  });
  const { low, high } = bootstrapInterval(
    [300, 100],
    ([a, b]) => meanOf(groups[1])(b) - meanOf(groups[0])(a),
    options(20_000),
  )!;
  const [middle, error] = [moments[1].mean - moments[0].mean, Math.sqrt(moments[0].variance + moments[1].variance)];
  expect((low - middle) / error).toBeCloseTo(-1.96, 1);
  expect((high - middle) / error).toBeCloseTo(1.96, 1);
});

test("the same seed gives the same interval; all possible samples of two clusters are reached", () => {
  const interval = () => bootstrapInterval([2], ([drawn]) => drawn[0] + drawn[1], options());
  expect(interval()).toEqual({ low: 0, high: 2 });
  expect(interval()).toEqual(interval());
});

test("no interval where too many samples have no statistic; a single cluster is refused", () => {
  expect(bootstrapInterval([2], ([drawn]) => (drawn[0] === drawn[1] ? Number.NaN : 1), options())).toBeNull();
  expect(() => bootstrapInterval([1], () => 0, options())).toThrow(RangeError);
});
