import fc from "fast-check";
import { expect, test } from "vitest";
import { randomStream } from "../../base/random.ts";
import { differenceTest, signFlipTest } from "./permutation.ts";

const options = (permutations = 20_000) => ({ random: randomStream(1, "permutation"), permutations });

// By itertools.combinations and itertools.product in Python 3.11: 8 of 462 and 8 of 128 ways are as extreme.
const first = [0.9, 0.75, 0.8, 0.6, 0.85];
const second = [0.5, 0.65, 0.7, 0.55, 0.45, 0.6];
const values = [0.1, 0.25, -0.05, 0.2, 0.15, 0.0, 0.3];

test("two groups: full enumeration", () => {
  expect(differenceTest(first, second, options())).toEqual({ p: 8 / 462, exact: true, permutations: 462 });
});

test("one sample: full enumeration, as SciPy's permutation_test(permutation_type='samples') has it", () => {
  expect(signFlipTest(values, options())).toEqual({ p: 0.0625, exact: true, permutations: 128 });
});

test("random permutations come near the exact p, and count the observed one", () => {
  const sampled = differenceTest(first, second, options(461));
  expect(sampled).toMatchObject({ exact: false, permutations: 461 });
  // 20,000 draws would enumerate; so draw often instead: the mean of p over streams has a standard error of 0.001.
  const p = (test: (seed: number) => number) =>
    Array.from({ length: 40 }, (_, seed) => test(seed)).reduce((a, b) => a + b) / 40;
  const ofDifference = p((seed) => differenceTest(first, second, { random: randomStream(seed), permutations: 461 }).p);
  const ofSigns = p((seed) => signFlipTest(values, { random: randomStream(seed), permutations: 127 }).p);
  expect(Math.abs(ofDifference - 8 / 462 - 1 / 462)).toBeLessThan(0.004);
  expect(Math.abs(ofSigns - 8 / 128 - 1 / 128)).toBeLessThan(0.012);
});

const shares = fc.array(
  fc.integer({ min: 0, max: 20 }).map((n) => n / 20),
  { minLength: 1, maxLength: 6 },
);

test("neither the order within a group, nor which is first, nor the sign, nor a shift of both matters", () => {
  fc.assert(
    fc.property(shares, shares, (a, b) => {
      const { p } = differenceTest(a, b, options());
      expect(p).toBeGreaterThan(0);
      expect(p).toBeLessThanOrEqual(1);
      expect(differenceTest(b, a, options()).p).toBe(p);
      expect(differenceTest([...a].reverse(), b, options()).p).toBe(p);
      expect(
        differenceTest(
          a.map((v) => v + 3),
          b.map((v) => v + 3),
          options(),
        ).p,
      ).toBe(p);
      expect(
        signFlipTest(
          a.map((v) => -v),
          options(),
        ).p,
      ).toBe(signFlipTest(a, options()).p);
    }),
    { numRuns: 50 },
  );
});

test("under chance p is no smaller than it should be", () => {
  const stream = randomStream(9);
  const rejected = Array.from({ length: 400 }, () => {
    const draw = (count: number) => Array.from({ length: count }, () => stream.normal());
    return differenceTest(draw(12), draw(15), { random: stream, permutations: 199 }).p <= 0.05;
  }).filter(Boolean).length;
  // Binomial(400, 0.05): 20 ± 4.4.
  expect(rejected).toBeGreaterThan(6);
  expect(rejected).toBeLessThan(34);
});

test("values that are all alike give p = 1, no values are refused", () => {
  expect(differenceTest([0.5, 0.5], [0.5], options()).p).toBe(1);
  expect(signFlipTest([0, 0], options()).p).toBe(1);
  expect(() => differenceTest([], [1], options())).toThrow(RangeError);
  expect(() => signFlipTest([], options())).toThrow(RangeError);
});
