/** The lines that `oversight experiment report` prints, of whole experiments and of ones that say little yet. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type FakeExperiment, threeStrategies, writeFakeExperiment } from "../../test/report/fake-experiment.ts";
import { readResults } from "../experiment/results/index.ts";
import { formatOutcome } from "./experiment-outcome.ts";

const root = mkdtempSync(join(tmpdir(), "outcome-"));
afterAll(() => rmSync(root, { recursive: true }));
let made = 0;
function outcome(fake: Partial<FakeExperiment>): string[] {
  const folder = join(root, String(made++));
  writeFakeExperiment(folder, { strategies: threeStrategies, ...fake });
  return formatOutcome(readResults(folder)).split("\n");
}

test("strategies and their differences, on all test sets, in columns", () => {
  const lines = outcome({});
  expect(lines[0]).toBe("AUC, all test sets: mean ± standard deviation over seeds");
  expect(lines[1]).toMatch(/^ {2}classical {5}resnet50 {2}0\.\d{3} ± 0\.\d{3} {2}3 runs$/);
  expect(lines[3]).toMatch(/^ {2}cyborg {8}resnet50 {2}0\.\d{3} ± 0\.\d{3} {2}3 runs$/);
  expect(lines[6]).toBe("9 comparisons of the report");
  expect(lines[8]).toMatch(
    /^ {2}cyborg − classical {8}resnet50 {2}\+0\.\d{3} \[[−0-9.]+, 0\.\d{3}\] {2,3}p (= 0\.\d{3}|< 0\.001)$/,
  );
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
});

test("one strategy has nothing to be compared with; one seed has no spread", () => {
  expect(outcome({ strategies: [threeStrategies[0]], seeds: [1] })).toEqual([
    "AUC, all test sets: mean ± standard deviation over seeds",
    expect.stringMatching(/^ {2}classical {2}resnet50 {2}0\.\d{3} {2}1 run$/),
    "",
  ]);
  expect(outcome({ seeds: [1] }).find((line) => line.includes("−"))).toMatch(/ – {2}.*seed/);
});

test("strategies none of whose runs is done say so", () => {
  const lines = outcome({ state: () => "waiting" });
  expect(lines[1]).toBe("  classical     resnet50  no run is done  0 runs");
  expect(lines[8]).toBe("  cyborg − classical        resnet50  –  no run is done of cyborg");
});
