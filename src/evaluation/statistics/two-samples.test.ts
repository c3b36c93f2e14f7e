/**
 * The statistics of two groups against SciPy's (fixtures/two-samples.py), R 4.2.2's and published values.
 */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hedgesG } from "./effect-size.ts";
import { mannWhitneyTest } from "./mann-whitney.ts";
import { noncentralityOf, noncentralStudentCdf } from "./noncentral-student.ts";
import { powerOf, runsNeeded } from "./power.ts";
import { studentQuantile, studentTail } from "./student.ts";
import { welchTest } from "./welch.ts";

interface Sample {
  first: number[];
  second: number[];
  welch: Record<string, number>;
  mannWhitney: { u: number; p: number; exact: boolean };
  effect: Record<string, number>;
}
const golden = JSON.parse(readFileSync(new URL("fixtures/two-samples.json", import.meta.url), "utf8")) as {
  samples: Record<string, Sample>;
  student: [number, number, number][];
  noncentral: [number, number, number, number][];
  power: [number, number, number][];
  needed: [number, number][];
};

function expectClose(found: object | string, expected: Record<string, number>, digits: number): void {
  expect(typeof found).toBe("object");
  for (const [key, value] of Object.entries(expected)) {
    const own = (found as Record<string, number>)[key];
    expect(Math.abs(own - value), `${key}: ${own}, not ${value}`).toBeLessThan(
      10 ** -digits * Math.max(1, Math.abs(value)),
    );
  }
}

describe.each(Object.entries(golden.samples))("%s", (_, { first, second, welch, mannWhitney, effect }) => {
  test("Welch's test is SciPy's", () => expectClose(welchTest(first, second), welch, 9));
  test("Mann–Whitney is full enumeration, or SciPy's where groups are large", () => {
    const found = mannWhitneyTest(first, second);
    const { exact, ...numbers } = mannWhitney;
    expectClose(found, numbers, 10);
    expect(found).toMatchObject({ exact });
  });
  test("Hedges' g and its interval are those of the noncentral t distribution", () =>
    expectClose(hedgesG(first, second), effect, 7));
});

test("published: Student's sleep data, as in R's ?t.test", () => {
  const { first, second } = golden.samples.sleep;
  const found = welchTest(first, second);
  expectClose(found, { t: -1.8608, freedom: 17.776, p: 0.07939 }, 4);
  expectClose(found, { low: -3.3654832, high: 0.2054832 }, 7);
});

test("published: Hollander & Wolfe's permeability data, as in R's ?wilcox.test", () => {
  const { first, second } = golden.samples.permeability;
  // R 4.2.2: wilcox.test(x, y): W = 35, p = 0.254412254412254
  expect(mannWhitneyTest(first, second)).toMatchObject({ u: 35, superiority: 0.7, exact: true });
  expectClose(mannWhitneyTest(first, second), { p: 0.254412254412254 }, 12);
});

test("Student's distribution with any degrees of freedom is SciPy's", () => {
  for (const [t, freedom, tail] of golden.student) {
    expect(Math.abs(studentTail(t, freedom) / tail - 1)).toBeLessThan(1e-11);
    expect(studentTail(-t, freedom)).toBeCloseTo(1 - tail, 12);
    if (tail > 1e-6) expect(studentQuantile(1 - tail, freedom)).toBeCloseTo(t, 6);
  }
  expect(() => studentQuantile(1, 3)).toThrow(RangeError);
});

test("the noncentral t distribution and its inverse", () => {
  for (const [t, freedom, delta, expected] of golden.noncentral) {
    const found = noncentralStudentCdf(t, freedom, delta);
    expect(Math.abs(found - expected), `${t} ${freedom} ${delta}`).toBeLessThan(1e-10);
    if (found > 1e-6 && found < 1 - 1e-6) expect(noncentralityOf(t, freedom, found)).toBeCloseTo(delta, 4);
  }
  // Far out, where a series underflows: nearly normal around δ.
  expect(noncentralStudentCdf(223, 100_000, 223)).toBeCloseTo(0.5, 2);
});

test("power is that of the noncentral t distribution, and runs needed R's, rounded up", () => {
  for (const [effect, count, expected] of golden.power) expect(powerOf(effect, count)).toBeCloseTo(expected, 9);
  for (const [effect, expected] of golden.needed) expect(runsNeeded(effect)).toBe(expected);
  // R 4.2.2: ceiling(power.t.test(delta = d, power = 0.8, strict = TRUE)$n); Cohen (1988), table 2.4.1 has 393, 64, 26.
  for (const [effect, expected] of [
    [0.2, 394],
    [0.5, 64],
    [0.8, 26],
    [1, 17],
    [1.5, 9],
    [3, 4],
  ])
    expect(runsNeeded(-effect)).toBe(expected);
  expect(runsNeeded(0)).toBeNull();
  expect(runsNeeded(0.01)).toBeNull();
});

describe("what cannot be tested says why", () => {
  test("single runs", () => {
    expect(welchTest([0.5], [0.4, 0.6])).toBe("a test of means needs two runs of each, there are 1 and 2");
    expect(hedgesG([0.5, 0.4], [0.6])).toBe("an effect size needs two runs of each, there are 2 and 1");
    expect(mannWhitneyTest([], [0.6])).toBe("a test needs a run of each");
    expect(mannWhitneyTest([0.5], [0.6])).toMatchObject({ p: 1, exact: true });
  });
  test("values that are all alike, whatever rounding makes of them", () => {
    const same = [0.1 + 0.2, 0.3, 0.3];
    expect(welchTest(same, same)).toBe("neither group has any spread");
    expect(welchTest([0.9, 0.9], [0.3, 0.3])).toBe("neither group has any spread");
    expect(hedgesG(same, [0.7, 0.7])).toBe("neither group has any spread");
    expect(mannWhitneyTest([0.3, 0.3, 0.3], [0.3, 0.3])).toMatchObject({ superiority: 0.5, p: 1 });
  });
  test("one group without spread is no hindrance", () => {
    expect(welchTest([0.9, 0.9, 0.9], [0.3, 0.4, 0.35])).toMatchObject({ freedom: 2 });
  });
});

const scores = fc.array(
  fc.integer({ min: 0, max: 12 }).map((n) => 0.4 + n / 20),
  { minLength: 2, maxLength: 9 },
);

test("exchanging the groups turns every sign, and a shift of both changes nothing", () => {
  fc.assert(
    fc.property(scores, scores, (a, b) => {
      const [welch, turned] = [welchTest(a, b), welchTest(b, a)];
      if (typeof welch === "object" && typeof turned === "object") {
        expect(turned.t).toBeCloseTo(-welch.t, 9);
        expect(turned.low).toBeCloseTo(-welch.high, 9);
        expect(turned.p).toBeCloseTo(welch.p, 12);
        expect(welch.p).toBeGreaterThanOrEqual(0);
        expect(welch.p).toBeLessThanOrEqual(1);
      } else expect(turned).toBe(welch);
      const [u, v] = [mannWhitneyTest(a, b), mannWhitneyTest(b, a)];
      if (typeof u === "string" || typeof v === "string") throw new Error("there are runs of each");
      expect(u.p).toBeCloseTo(v.p, 12);
      expect(u.superiority + v.superiority).toBeCloseTo(1, 12);
      const g = hedgesG(a, b);
      if (typeof g === "object") {
        expect(g.low).toBeLessThan(g.g);
        expect(g.high).toBeGreaterThan(g.g);
      }
    }),
    { numRuns: 60 },
  );
});
