/** The main job through the real command: train, interrupted and not, evaluate, report. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readAttention, readEvaluation, readScores, scoresPath } from "../../src/evaluation/index.ts";
import { makeData, oversight, start, temporaryFolder } from "./command.ts";

const root = temporaryFolder();
const cache = join(root, "cache");
const data = join(root, "data");
const inRoot = (name: string) => join(root, name);
const settings = [
  ...["--data", join(data, "train.csv"), "--network", "resnet-small", "--input-size", "32", "--batch", "4"],
  ...["--guidance", "cyborg", "--learning-rate", "0.02", "--set", "augment.flip=true", "--set", "augment.crop=0.2"],
];
const train = (out: string, ...more: string[]) => [
  "train",
  ...settings,
  "--epochs",
  "6",
  "--out",
  inRoot(out),
  ...more,
];

/** Metrics without what depends on the clock. */
function metrics(run: string): unknown[] {
  const lines = readFileSync(join(inRoot(run), "metrics.jsonl"), "utf8")
    .trim()
    .split("\n");
  return lines.map((line) => ({ ...JSON.parse(line), time: 0, seconds: 0, imagesPerSecond: 0 }));
}

function expectSameRun(run: string, other: string): void {
  for (const file of ["best.safetensors", "last.safetensors"]) {
    const [one, two] = [run, other].map((name) => readFileSync(join(inRoot(name), file)));
    expect(one.equals(two), `${file} of ${run} and ${other}`).toBe(true);
  }
  expect(metrics(run)).toEqual(metrics(other));
}

function contents(run: string): string[] {
  return readdirSync(inRoot(run)).map((file) => `${file} ${readFileSync(join(inRoot(run), file), "base64")}`);
}

beforeAll(async () => {
  await makeData(data);
  const { code, stderr } = await oversight(cache, ...train("whole"));
  expect(code, stderr).toBe(0);
});

describe("training", () => {
  test("leaves a run folder with everything in it", () => {
    const files = [
      "best.safetensors",
      "config.yaml",
      "events.out.tfevents.oversight",
      "last.safetensors",
      "metrics.jsonl",
    ];
    expect(readdirSync(inRoot("whole")).sort()).toEqual(files);
    expect(metrics("whole")).toHaveLength(6);
    expect(metrics("whole")[0]).toMatchObject({ images: 16, guided: 16, epoch: 1, epochs: 6 });
  });

  test("the same seed gives the same numbers, another seed others", async () => {
    expect((await oversight(cache, ...train("again"))).code).toBe(0);
    expectSameRun("again", "whole");
    expect((await oversight(cache, ...train("other", "--seed", "2"))).code).toBe(0);
    expect(metrics("other")).not.toEqual(metrics("whole"));
  });

  test("killed at any moment and started again, it ends as if never interrupted", async () => {
    for (let kill = 0; kill < 4; kill++) {
      const running = start(cache, ...train("killed"));
      await running.said(kill === 0 ? /training and/ : /epoch \d\/6: /);
      await new Promise((resolve) => setTimeout(resolve, 37 * kill));
      running.process.kill("SIGKILL");
      await running.finished;
    }
    const { code, stderr } = await oversight(cache, ...train("killed"));
    expect(code, stderr).toBe(0);
    expectSameRun("killed", "whole");
  });

  test("Ctrl-C stops it between two steps; the same command goes on", async () => {
    const running = start(cache, ...train("stopped"));
    await running.said(/epoch 1\/6: /);
    running.process.kill("SIGINT");
    const { code, stderr } = await running.finished;
    expect(code).toBe(130);
    expect(stderr).toMatch(/run the same command to go on/);
    expect((await oversight(cache, ...train("stopped"))).code).toBe(0);
    expectSameRun("stopped", "whole");
  });

  test("a second process on one run folder is told who trains there, and touches nothing", async () => {
    const running = start(cache, ...train("shared", "--epochs", "500"));
    await running.said(/epoch 1\/500: /);
    running.process.kill("SIGSTOP");
    const before = contents("shared");
    const { code, stderr } = await oversight(cache, ...train("shared", "--epochs", "500"));
    expect(code).toBe(2);
    expect(stderr.trim().split("\n").at(-1)).toMatch(
      /shared\/lock: the run is held by process \d+ \(.*\): stop it first$/,
    );
    expect(stderr).toContain(`process ${running.process.pid} `);
    expect(contents("shared")).toEqual(before);

    running.process.kill("SIGCONT");
    running.process.kill("SIGINT");
    expect((await running.finished).code).toBe(130);
    expect(existsSync(join(inRoot("shared"), "lock"))).toBe(false);
  });

  test("a finished run is left as it is; a run of other settings is refused", async () => {
    expect((await oversight(cache, ...train("whole"))).code).toBe(0);
    expect(metrics("whole")).toHaveLength(6);
    const { code, stderr } = await oversight(cache, ...train("whole", "--learning-rate", "0.5"));
    expect(code).toBe(2);
    expect(stderr).toMatch(/another configuration: learningRate was 0.02, now 0.5/);
  });
});

describe("evaluation and report", () => {
  test("scores, statistics, maps and one page", async () => {
    const { code, stderr, stdout } = await oversight(
      cache,
      "evaluate",
      inRoot("whole"),
      "--test",
      `unseen=${join(data, "test.csv")}`,
    );
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/unseen +8 +\d\.\d{3} \[/);
    const { testSets, threshold } = readEvaluation(inRoot("whole"));
    expect(threshold.from.split).toBe("val");
    expect(testSets.map(({ name, counts }) => [name, counts.images])).toEqual([["unseen", 8]]);
    expect(testSets[0].auc.value).toBeGreaterThan(0.9); // the square is plain to see
    expect(readScores(scoresPath(inRoot("whole"), "unseen"))).toHaveLength(8);
    expect(readScores(scoresPath(inRoot("whole"), "validation"))).toHaveLength(8);
    const looked = readAttention(inRoot("whole")).map(({ testSet, label, images }) => [testSet, label, images]);
    expect(looked).toEqual(["validation", "unseen"].flatMap((set) => ["A", "B"].map((label) => [set, label, 4])));

    const report = await oversight(cache, "report", inRoot("whole"));
    expect(report.code, report.stderr).toBe(0);
    const page = readFileSync(report.stdout.trim(), "utf8");
    expect(page).toContain("unseen");
    expect(page).toContain("data:image/png;base64,");
  });

  test("a test set with a label that the run does not know is refused before anything is written", async () => {
    writeFileSync(inRoot("foreign.csv"), `split,label,path\ntest,C,data/test-0.png\n`);
    const { code, stderr } = await oversight(cache, "evaluate", inRoot("other"), "--test", inRoot("foreign.csv"));
    expect(code).toBe(2);
    expect(stderr).toMatch(/foreign\.csv:2: .*"C".*A, B/);
    expect(existsSync(join(inRoot("other"), "evaluation.json"))).toBe(false);
  });
});
