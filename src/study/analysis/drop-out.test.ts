import { expect, test } from "vitest";
import { dropOutCurve } from "./drop-out.ts";

/*
 * R 4.2, survival: d <- data.frame(t = c(3,3,5,8,8,8,10,10,10,10), e = c(1,0,1,1,1,0,0,0,0,0))
 * survfit(Surv(t, e) ~ 1, d)$surv
 */
test("is R's survfit", () => {
  const curve = dropOutCurve([
    { done: 3, fate: "left", participants: 1 },
    { done: 3, fate: "there", participants: 1 },
    { done: 5, fate: "left", participants: 1 },
    { done: 8, fate: "left", participants: 2 },
    { done: 8, fate: "there", participants: 1 },
    { done: 10, fate: "there", participants: 4 },
  ]);
  expect(curve.map(({ trials }) => trials)).toEqual([0, 3, 5, 8, 10]);
  [1, 0.9, 0.7875, 0.5625, 0.5625].forEach((expected, i) => {
    expect(curve[i].staying).toBeCloseTo(expected, 12);
  });
});

test("nobody, everybody gone at once", () => {
  expect(dropOutCurve([])).toEqual([{ trials: 0, staying: 1 }]);
  expect(dropOutCurve([{ done: 0, fate: "left", participants: 3 }])).toEqual([{ trials: 0, staying: 0 }]);
});
