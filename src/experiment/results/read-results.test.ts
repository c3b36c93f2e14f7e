/** From run folders to results: whole grids, incomplete ones, single seeds, and files that do not fit. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FakeExperiment, threeStrategies, writeFakeExperiment } from "../../../test/report/fake-experiment.ts";
import { InputError } from "../../base/errors.ts";
import { pairedDelongTest, readEvaluation, readScores, scoresPath, splitScores } from "../../evaluation/index.ts";
import { holm } from "../../evaluation/statistics/holm.ts";
import { welchTest } from "../../evaluation/statistics/welch.ts";
import type { ExperimentRun } from "../runs.ts";
import { type ExperimentResults, measureKeys, readResults } from "./index.ts";

const root = mkdtempSync(join(tmpdir(), "results-"));
afterAll(() => rmSync(root, { recursive: true }));
let made = 0;
function experiment(fake: Partial<FakeExperiment> = {}): { folder: string; runs: ExperimentRun[] } {
  const folder = join(root, String(made++));
  return { folder, runs: writeFakeExperiment(folder, { strategies: threeStrategies, ...fake }) };
}
const cellOf = (results: ExperimentResults, arm: string, testSet: string) =>
  results.cells.find((cell) => cell.arm === arm && cell.testSet === testSet)!;

describe("a whole grid", () => {
  let folder: string;
  let runs: ExperimentRun[];
  let results: ExperimentResults;
  beforeAll(() => {
    ({ folder, runs } = experiment());
    results = readResults(folder);
  });

  test("has a cell for each arm, network and set, the pool of all sets last, and is plain JSON", () => {
    expect(results.arms.map(({ name }) => name)).toEqual(["classical", "classical 7×", "cyborg"]);
    expect(results.testSets.map(({ name, pooled, images }) => [name, pooled, images.value])).toEqual([
      ["StyleGAN3 set", false, { positives: 60, negatives: 60 }],
      ["mixed", false, { positives: 120, negatives: 60 }],
      ["all test sets", true, { positives: 180, negatives: 120 }],
    ]);
    expect(results.cells).toHaveLength(9);
    expect(results.runs.every(({ missing }) => missing === null)).toBe(true);
    expect(JSON.parse(JSON.stringify(results))).toEqual(results);
  });

  test("its measures are those that each run's own evaluation has", () => {
    for (const testSet of ["StyleGAN3 set", "mixed"]) {
      const cell = cellOf(results, "cyborg", testSet);
      cell.runs.forEach((id, i) => {
        const evaluation = readEvaluation(runs.find((run) => run.id === id)!.folder);
        const own = evaluation.testSets.find(({ name }) => name === testSet)!;
        expect(cell.pooled.auc.value!.values[i]).toBe(own.auc.value);
        expect(cell.pooled.eer.value!.values[i]).toBe(own.eer.value);
        expect(cell.pooled["tpr@0.05"].value!.values[i]).toBe(own.tprAtFpr[2].value);
        for (const key of ["apcer", "bpcer", "acer"] as const)
          expect(cell.pooled[key].value!.values[i]).toBeCloseTo(own.atThreshold[key]!, 12);
      });
    }
  });

  test("macro averages are means over generators, each against the negatives of its set", () => {
    const [mixed, all] = ["mixed", "all test sets"].map((name) => cellOf(results, "classical", name));
    expect(mixed.generators.map(({ source, images }) => [source, images])).toEqual([
      ["StarGANv2", 60],
      ["ProGAN", 60],
    ]);
    expect(all.generators.map(({ source, testSet }) => [source, testSet])).toEqual([
      ["StyleGAN3", "StyleGAN3 set"],
      ["StarGANv2", "mixed"],
      ["ProGAN", "mixed"],
    ]);
    for (const cell of [mixed, all]) {
      const values = cell.generators.map(({ auc }) => auc.value!.mean);
      expect(cell.macro.auc.value!.mean).toBeCloseTo(values.reduce((a, b) => a + b) / values.length, 12);
      expect(cell.pooled.apcer.value!.mean).toBeGreaterThanOrEqual(cell.macro.apcer.value!.mean);
    }
    // By the scores themselves.
    const rows = readScores(scoresPath(runs[0].folder, "mixed")).filter(({ source }) => source !== "StarGANv2");
    const own = splitScores(rows, "Synthetic");
    const expected = pairedDelongTest(own, own).first;
    expect(mixed.generators[1].auc.value!.values[0]).toBeCloseTo(expected, 12);
  });

  test("what few images cannot tell has its reason", () => {
    const { pooled } = cellOf(results, "classical", "mixed");
    expect(pooled["tpr@0.001"]).toEqual({ value: null, reason: "needs at least 1000 negative images" });
    expect(pooled["fpr@0.99"].value!.mean).toBeGreaterThan(0);
    expect(cellOf(results, "classical", "StyleGAN3 set").pooled["fpr@0.99"].reason).toBe(
      "needs at least 100 positive images",
    );
    expect(Object.keys(pooled)).toEqual([...measureKeys]);
  });

  test("comparisons are the tests of these AUCs, adjusted over the whole family", () => {
    expect(results.comparisons).toHaveLength(9);
    const one = results.comparisons.find(
      ({ first, second, testSet }) => first === "cyborg" && second === "classical" && testSet === "mixed",
    )!;
    const values = (arm: string) => cellOf(results, arm, "mixed").pooled.auc.value!.values;
    expect(one.welch.value).toMatchObject(welchTest(values("cyborg"), values("classical")) as object);
    const adjusted = holm(results.comparisons.map(({ welch }) => welch.value!.p));
    expect(results.comparisons.map(({ welch }) => welch.value!.adjustedP)).toEqual(adjusted);
    expect(one.runsNeeded.value!.moreFirst).toBe(Math.max(0, one.runsNeeded.value!.each - 3));

    const pair = one.delong.value![1];
    const scores = (id: string) =>
      splitScores(readScores(scoresPath(runs.find((run) => run.id === id)!.folder, "mixed")), "Synthetic");
    const { difference, p } = pairedDelongTest(scores(pair.first), scores(pair.second));
    expect(pair).toMatchObject({ seed: 2, difference: difference.value, p });
    const all = results.comparisons.flatMap(({ delong }) => delong.value!);
    expect(all).toHaveLength(27);
    expect(all.map(({ adjustedP }) => adjustedP)).toEqual(holm(all.map((one) => one.p!)));
  });

  test("ROC curves are averaged at fixed false positive rates, from 0 to 1", () => {
    const { fpr, mean, sd } = cellOf(results, "cyborg", "all test sets").roc!;
    expect([fpr[0], fpr.at(-1), mean.at(-1), sd!.at(-1)]).toEqual([0, 1, 1, 0]);
    for (let i = 1; i < mean.length; i++) expect(mean[i]).toBeGreaterThanOrEqual(mean[i - 1]);
    const area = fpr.slice(1).reduce((sum, x, i) => sum + ((x - fpr[i]) * (mean[i + 1] + mean[i])) / 2, 0);
    expect(area).toBeCloseTo(cellOf(results, "cyborg", "all test sets").pooled.auc.value!.mean, 2);
  });

  test("attention: alike from run to run where it is, and against people's maps where images have them", () => {
    const of = (arm: string, images: string) =>
      results.attention.find((cell) => cell.arm === arm && cell.images === images && cell.label === "Synthetic")!;
    const [steady, wandering] = [of("cyborg", "test sets"), of("classical", "test sets")];
    expect(steady.consistency.value!.pairs).toBe(3);
    expect(steady.consistency.value!.mean).toBeGreaterThan(wandering.consistency.value!.mean);
    expect(steady.alignment).toEqual({ value: null, reason: "the images have no human maps" });
    expect(of("cyborg", "validation").alignment.value).toMatchObject({
      images: 60,
      topIou: { sd: expect.closeTo(0, 12) },
    });
    const control = experiment({ strategies: [{ ...threeStrategies[2], otherMaps: true }], seeds: [1] });
    const { attention } = readResults(control.folder);
    expect(attention.map(({ images }) => images)).toContain("validation");
    for (const { alignment } of attention) expect(alignment.value).toBeNull();
    expect(of("cyborg", "validation").ofCeiling.reason).toMatch(/no summary.json/);
    expect(results.cams).toHaveLength(18);
  });

  test("is the same when read again", () => expect(readResults(folder)).toEqual(results));
});

test("an incomplete grid says which runs are missing and why, and reckons with the others", () => {
  const { folder } = experiment({
    state: ({ strategy, seed }) =>
      strategy === "classical" && seed === 2 ? "failed" : strategy === "cyborg" ? "waiting" : "done",
  });
  const results = readResults(folder);
  const missing = results.runs.flatMap(({ name, missing }) => (missing === null ? [] : [[name, missing]]));
  expect(missing).toHaveLength(4);
  expect(missing).toContainEqual(["classical/resnet50/seed=2", "/data/train.csv: no space left on the disk"]);
  expect(missing).toContainEqual(["cyborg/resnet50/alpha=0.5/seed=3", "it has not been run, or was stopped"]);
  expect(cellOf(results, "classical", "mixed").runs).toHaveLength(2);
  expect(cellOf(results, "cyborg", "mixed").pooled.auc).toEqual({ value: null, reason: "no run is done" });
  const [first, , third] = results.comparisons.filter(({ testSet }) => testSet === "mixed");
  expect(first.welch.value!.p).toBeGreaterThan(0);
  expect(first.delong.value!.map(({ seed }) => seed)).toEqual([1, 3]);
  expect(third.welch).toEqual({ value: null, reason: "no run is done of cyborg" });
});

test("no run at all is a result, too", () => {
  const { folder } = experiment({ state: () => "waiting" });
  const results = readResults(folder);
  expect(results.positiveClass).toBeNull();
  expect(results.cells).toHaveLength(9);
  expect(results.testSets[0].images).toEqual({ value: null, reason: "no run is done" });
});

test("one seed has no spread and no test over seeds, but DeLong's of the pair", () => {
  const { folder } = experiment({ seeds: [7] });
  const results = readResults(folder);
  expect(cellOf(results, "cyborg", "mixed").pooled.auc.value).toMatchObject({ sd: null });
  const [one] = results.comparisons;
  const reason = "a test over seeds needs two runs of each at least, there are 1 and 1";
  for (const key of ["welch", "mannWhitney", "effect", "runsNeeded"] as const)
    expect(one[key]).toEqual({ value: null, reason });
  expect(one.delong.value!.map(({ seed }) => seed)).toEqual([7]);
  expect(results.attention[0].consistency).toEqual({ value: null, reason: "it takes two runs" });
});

test("several α are arms of one strategy, compared with other strategies and not with one another", () => {
  const [classical, , cyborg] = threeStrategies;
  const { folder } = experiment({ strategies: [classical, { ...cyborg, alphas: [0.25, 0.5, 0.75] }], seeds: [1, 2] });
  const results = readResults(folder);
  expect(results.arms.map(({ name }) => name)).toEqual(["classical", "cyborg α=0.25", "cyborg α=0.5", "cyborg α=0.75"]);
  expect(new Set(results.comparisons.map(({ second }) => second))).toEqual(new Set(["classical"]));
  expect(results.comparisons).toHaveLength(9);
});

test("a set of one class has error rates but no ranking; the pool has both", () => {
  const { folder } = experiment({ testSets: { fakes: ["ProGAN"], reals: [] }, seeds: [1, 2] });
  const results = readResults(folder);
  const reals = cellOf(results, "cyborg", "reals");
  expect(reals.pooled.auc).toEqual({ value: null, reason: "there is no positive image" });
  expect(reals.pooled.bpcer.value!.mean).toBeGreaterThan(0);
  expect(reals.pooled.apcer.reason).toBe("there is no positive image");
  expect(reals.roc).toBeNull();
  expect(cellOf(results, "cyborg", "all test sets").pooled.auc.value!.mean).toBeGreaterThan(0.5);
  const comparison = results.comparisons.find(({ testSet }) => testSet === "reals")!;
  expect(comparison.welch.reason).toBe("there is no AUC where one class is missing");
});

test("two strategies with the same scores do not differ; one that scores all alike ranks nothing", () => {
  const { folder, runs } = experiment({ seeds: [1, 2] });
  const [classical, larger, cyborg] = ["classical", "classical 7×", "cyborg"].map((strategy) =>
    runs.filter((run) => run.strategy === strategy).map((run) => scoresPath(run.folder, "mixed")),
  );
  cyborg.forEach((file, seed) => {
    writeFileSync(file, readFileSync(classical[seed]));
  });
  for (const file of larger)
    writeFileSync(file, readFileSync(file, "utf8").replace(/^([^,]+,[^,]+,[^,]*),-?[\d.e-]+,/gm, "$1,0.25,"));
  const results = readResults(folder);
  const compared = (first: string, second: string) =>
    results.comparisons.find((one) => one.testSet === "mixed" && one.first === first && one.second === second)!;
  const same = compared("cyborg", "classical");
  expect(same.delong.value!.map(({ difference, p }) => [difference, p])).toEqual([
    [0, 1],
    [0, 1],
  ]);
  expect(same.welch.value).toMatchObject({ difference: 0, t: 0, p: 1 });
  expect(same.mannWhitney.value!.p).toBe(1);

  const constant = cellOf(results, "classical 7×", "mixed").pooled;
  expect(constant.auc.value).toMatchObject({ mean: 0.5, sd: 0, values: [0.5, 0.5] });
  expect([constant.eer.value!.mean, constant["tpr@0.05"].value!.mean]).toEqual([0.5, 0]);
  const other = compared("classical 7×", "classical");
  for (const { p, low, high } of other.delong.value!)
    for (const value of [p, low, high]) expect(Number.isFinite(value)).toBe(true);
  expect(JSON.stringify(results)).not.toMatch(/NaN/);
  expect(JSON.parse(JSON.stringify(results))).toEqual(results); // nothing is NaN or infinite
});

describe("people", () => {
  const analysis = {
    study: { title: "Which is real?", question: { target: "Synthetic" } },
    conditions: [
      {
        condition: "choice-only",
        byTargetSource: [
          {
            source: "ProGAN",
            accuracy: {
              judgements: 100,
              share: { value: 0.56 },
              wilson: { value: { low: 0.46, high: 0.65 } },
              clustered: { value: null, reason: "few" },
            },
          },
        ],
        byOtherSource: [],
      },
    ],
  };
  test("accuracy by generator and the ceiling of agreement are read from a study's outcomes", () => {
    const { folder } = experiment({ seeds: [1, 2], humanMaps: true });
    const maps = join(folder, "human");
    mkdirSync(maps);
    const splitHalf = { half: { images: 40, mean: 0.5 }, full: { images: 40, mean: 0.6 } };
    writeFileSync(join(maps, "summary.json"), JSON.stringify({ study: "faces", agreement: { splitHalf } }));
    writeFileSync(join(folder, "analysis.json"), JSON.stringify(analysis));
    const results = readResults(folder, { study: join(folder, "analysis.json"), humanMaps: maps });
    expect(results.humans.value!.conditions[0].generators).toEqual([
      { source: "ProGAN", accuracy: 0.56, low: 0.46, high: 0.65, judgements: 100 },
    ]);
    const [cell] = results.attention;
    expect(cell.ofCeiling.value).toBeCloseTo(cell.alignment.value!.pearson.mean / 0.6, 12);
    expect(() => readResults(folder, { humanMaps: join(root, "nowhere") })).toThrow(InputError);
  });
});

describe("files that do not fit are refused by name", () => {
  test.each([
    ["another image", (text: string) => text.replace("/3.png", "/4000.png"), "line 5: another image than in"],
    ["a row too many", (text: string) => `${text}x.png,Real,,0.5,0.6,Real\n`, "another image than in"],
    [
      "a row too few",
      (text: string) => text.slice(0, text.lastIndexOf("\n", text.length - 2) + 1),
      "another image than in",
    ],
    [
      "a score that is none",
      (text: string) => text.replace(/(\n[^,]+,[^,]+,[^,]*),[^,]+/, "$1,NaN"),
      "line 2: not a row of",
    ],
    ["another header", (text: string) => text.replace("path", "image"), 'line 1: the header is "image,label'],
  ])("%s", (_, change, message) => {
    const { folder, runs } = experiment({ seeds: [1, 2] });
    const file = scoresPath(runs[4].folder, "mixed");
    writeFileSync(file, change(readFileSync(file, "utf8")));
    expect(() => readResults(folder)).toThrow(InputError);
    expect(() => readResults(folder)).toThrow(message);
    expect(() => readResults(folder)).toThrow(file);
  });
  test("names with commas and quotes go through the CSV reader", () => {
    const { folder } = experiment({ seeds: [1], testSets: { one: ['a,"b"'], two: ["c"] } });
    const results = readResults(folder);
    expect(cellOf(results, "cyborg", "one").generators[0].source).toBe('a,"b"');
    expect(cellOf(results, "cyborg", "one").pooled.auc.value!.mean).toBeGreaterThan(0.4);
  });
  test("a folder without a plan", () => expect(() => readResults(join(root, "nowhere"))).toThrow(InputError));
});

test("the AUC and DeLong's test of a pair are pROC's, where R and pROC are installed", ({ skip }) => {
  const { folder, runs } = experiment({ seeds: [1] });
  const [one, two] = [runs[0], runs[2]].map((run) => scoresPath(run.folder, "mixed"));
  const script = `suppressMessages(library(pROC)); a <- read.csv("${one}"); b <- read.csv("${two}");
    r <- function(d) roc(d$label == "Synthetic", d$score, direction = "<", quiet = TRUE)
    cat(format(c(auc(r(a)), auc(r(b)), roc.test(r(b), r(a), method = "delong", paired = TRUE)$p.value), digits = 15))`;
  let printed: string;
  try {
    printed = execFileSync("Rscript", ["-e", script], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return skip("no Rscript with pROC");
  }
  const [first, second, p] = printed.trim().split(/\s+/).map(Number);
  const results = readResults(folder);
  expect(cellOf(results, "classical", "mixed").pooled.auc.value!.mean).toBeCloseTo(first, 12);
  expect(cellOf(results, "cyborg", "mixed").pooled.auc.value!.mean).toBeCloseTo(second, 12);
  const comparison = results.comparisons.find(
    ({ first, second, testSet }) => first === "cyborg" && second === "classical" && testSet === "mixed",
  )!;
  expect(comparison.delong.value![0].p).toBeCloseTo(p, 10);
});
