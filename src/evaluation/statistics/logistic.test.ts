import { expect, test } from "vitest";
import { logisticSlope, type Observation } from "./logistic.ts";

/** 12 clusters of 10. */
const observations = Array.from({ length: 120 }, (_, i): Observation => {
  const [cluster, x] = [Math.floor(i / 10) + 1, i % 10];
  return { cluster, x, success: (7 * cluster + 3 * x + cluster * x) % 11 < 4 + 0.3 * x + (cluster % 4) };
});

/*
 * R 4.2 with sandwich:
 *   d <- expand.grid(x = 0:9, cluster = 1:12)
 *   d$y <- as.integer(((7*d$cluster + 3*d$x + d$cluster*d$x) %% 11) < 4 + 0.3*d$x + (d$cluster %% 4))
 *   m <- glm(y ~ x, binomial, d, control = glm.control(epsilon = 1e-14, maxit = 50))
 *   s <- coef(m)[2]; se <- sqrt(vcovCL(m, cluster = ~cluster, type = "HC0", cadjust = TRUE)[2, 2])
 *   2 * pt(-abs(s) / se, 11); s + c(-1, 1) * qt(.975, 11) * se
 * geepack's geeglm(corstr = "independence") gives the same slope and the error 0.06030529681, without the factor G/(G−1).
 */
test("slope, error, interval and p of R's glm with clustered errors", () => {
  const fit = logisticSlope(observations);
  if (typeof fit === "string") throw new Error(fit);
  expect(fit.intercept).toBeCloseTo(0.363800198713819, 10);
  expect(fit.slope).toBeCloseTo(0.132268178476068, 10);
  expect(fit.standardError).toBeCloseTo(0.0629868282661376, 10);
  expect(fit.standardError * Math.sqrt(11 / 12)).toBeCloseTo(0.06030529681, 9);
  expect(fit.low).toBeCloseTo(-0.00636489581894109, 9);
  expect(fit.high).toBeCloseTo(0.27090125277107791, 9);
  expect(fit.p).toBeCloseTo(0.0596071364414371, 9);
  expect(fit.clusters).toBe(12);
});

test("order does not matter; successes and failures changed about turn the slope round", () => {
  const fit = logisticSlope(observations) as Exclude<ReturnType<typeof logisticSlope>, string>;
  expect(logisticSlope([...observations].reverse())).toMatchObject({ slope: expect.closeTo(fit.slope, 10) });
  expect(logisticSlope(observations.map((o) => ({ ...o, success: !o.success })))).toMatchObject({
    slope: expect.closeTo(-fit.slope, 10),
    p: expect.closeTo(fit.p, 10),
  });
});

test("says why there is no slope", () => {
  expect(logisticSlope([])).toMatch("fewer than 2 clusters");
  expect(logisticSlope(observations.filter(({ cluster }) => cluster === 3))).toMatch("fewer than 2 clusters");
  expect(logisticSlope(observations.map((o) => ({ ...o, success: true })))).toMatch("or none is");
  expect(logisticSlope(observations.map((o) => ({ ...o, x: 4 })))).toMatch("at one x");
  expect(logisticSlope(observations.map((o) => ({ ...o, success: o.x > 4 })))).toMatch("no finite slope");
});
