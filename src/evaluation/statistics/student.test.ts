import { describe, expect, test } from "vitest";
import { studentQuantile, studentTail } from "./student.ts";

describe("studentQuantile", () => {
  // Abramowitz & Stegun, table 26.10 (two-sided 95 % and 99 %).
  test.each([
    [0.975, 1, 12.706],
    [0.975, 2, 4.303],
    [0.975, 3, 3.182],
    [0.975, 4, 2.776],
    [0.975, 9, 2.262],
    [0.975, 30, 2.042],
    [0.995, 2, 9.925],
    [0.995, 5, 4.032],
    [0.025, 4, -2.776],
  ])("probability %f, %i degrees of freedom", (probability, freedom, expected) => {
    expect(studentQuantile(probability, freedom)).toBeCloseTo(expected, 3);
  });
});

// R 4.2: pt(c(0.5, 2, 4.5), c(1, 7, 30), lower.tail = FALSE)
test("the tail is R's pt", () => {
  expect(studentTail(0.5, 1)).toBeCloseTo(0.352416382349567, 12);
  expect(studentTail(2, 7)).toBeCloseTo(0.042809664281488, 12);
  expect(studentTail(4.5, 30)).toBeCloseTo(4.75967969605623e-5, 12);
});
