import fc from "fast-check";
import { expect, test } from "vitest";
import { binomialProbabilities, binomialTest } from "./binomial.ts";

// R 4.2: binom.test(682, 925, p = 0.75) is the example of R's own help page (Conover 1971, p. 97); the others likewise.
test.each([
  [682, 925, 0.75, 0.382491559574852],
  [15, 20, 0.5, 0.0413894653320313],
  [550, 1000, 0.5, 0.00173053608497632],
  [30500, 56015, 0.5, 1.42747668000305e-98],
  [9, 10, 0.9, 1],
  // SciPy 1.17: the example of binomtest's documentation, two-sided.
  [3, 15, 0.1, 0.184061069106391],
])("%i of %i against %f as R has it", (successes, trials, probability, expected) => {
  expect(binomialTest(successes, trials, probability) / expected).toBeCloseTo(1, 9);
});

test("probabilities: R's dbinom(c(0, 3, 10), 10, 0.3)", () => {
  const probabilities = binomialProbabilities(10, 0.3);
  expect(probabilities[0]).toBeCloseTo(2.82475249e-2, 14);
  expect(probabilities[3]).toBeCloseTo(0.266827932, 14);
  expect(probabilities[10] / 5.90489999999999e-6).toBeCloseTo(1, 12);
});

test("at one half, the binomial coefficients over 2ⁿ", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 50 }), fc.nat(), (trials, any) => {
      const successes = any % (trials + 1);
      const choose = (k: number) => {
        let ways = 1n;
        for (let i = 1; i <= k; i++) ways = (ways * BigInt(trials - k + i)) / BigInt(i);
        return Number(ways);
      };
      let expected = 0;
      for (let k = 0; k <= trials; k++)
        if (Math.abs(k - trials / 2) >= Math.abs(successes - trials / 2)) expected += choose(k) / 2 ** trials;
      expect(binomialTest(successes, trials, 0.5)).toBeCloseTo(Math.min(1, expected), 12);
    }),
  );
});

test("refuses what is no count and no probability", () => {
  expect(() => binomialTest(3, 2, 0.5)).toThrow(RangeError);
  expect(() => binomialTest(1.5, 2, 0.5)).toThrow(RangeError);
  expect(() => binomialProbabilities(2, 1)).toThrow(RangeError);
  expect(() => binomialProbabilities(-1, 0.5)).toThrow(RangeError);
});
