/** Small grids through the real command: whole, disturbed in every way, and with runs that cannot succeed. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { systemErrorCode } from "../../src/base/errors.ts";
import { makeDemoData } from "../../src/demo/index.ts";
import { readEvaluation } from "../../src/evaluation/index.ts";
import { readPlan } from "../../src/experiment/plan.ts";
import { readRunStatus } from "../../src/experiment/run-status.ts";
import { oversight, start, temporaryFolder } from "../cli/command.ts";

const root = temporaryFolder();
const cache = join(root, "cache");
const place = (name: string) => join(root, name);

const grid = {
  name: "tiny",
  data: { demo: { manifest: "data/train.csv" } },
  tests: [{ name: "unseen", manifest: "data/test-cedar.csv" }],
  networks: ["resnet-small"],
  strategies: [
    { name: "classical", data: "demo", guidance: "cross-entropy" },
    { name: "cyborg", data: "demo", guidance: "cyborg" },
  ],
  seeds: 2,
  settings: { epochs: 14, batch: 8, inputSize: 32, learningRate: 0.01 },
};
function write(name: string, changes: Record<string, unknown> = {}): string {
  writeFileSync(place(name), stringify({ ...grid, ...changes }));
  return place(name);
}

/** Every run's weights, by name. */
function weights(folder: string): Map<string, string> {
  const { runs } = readPlan(place(folder));
  return new Map(runs.map(({ name, folder }) => [name, readFileSync(join(folder, "best.safetensors"), "base64")]));
}
const states = (folder: string) => readPlan(place(folder)).runs.map((run) => readRunStatus(run).state);
/** When the files that count were written. */
function times(folder: string): string[] {
  const files = readPlan(place(folder)).runs.flatMap(({ folder }) =>
    ["last.safetensors", "evaluation.json", "status.json"].map((file) => join(folder, file)),
  );
  return files.map((file) => `${file} ${statSync(file).mtimeMs}`);
}
/** The process that trains in a run folder: the lock names it, and may go at any moment. */
function trainer(run: string): number | undefined {
  try {
    return JSON.parse(readFileSync(join(run, "lock"), "utf8")).pid;
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const run = (file: string, out: string, ...more: string[]) =>
  oversight(cache, "experiment", "run", file, "--out", place(out), "--device", "cpu", "--threads", "1", ...more);

beforeAll(async () => {
  await makeDemoData(place("data"), { seed: 3, train: 16, validation: 8, testPerGenerator: 8, size: 32 });
  const { code, stderr } = await run(write("tiny.yaml"), "whole");
  expect(code, stderr).toBe(0);
});

describe("a whole experiment", () => {
  test("every run is an ordinary run folder, evaluated, and says that it is done", () => {
    const { runs } = readPlan(place("whole"));
    expect(runs.map(({ name }) => name)).toEqual([
      "classical/resnet-small/seed=1",
      "cyborg/resnet-small/alpha=0.5/seed=1",
      "classical/resnet-small/seed=2",
      "cyborg/resnet-small/alpha=0.5/seed=2",
    ]);
    expect(readdirSync(place("whole/runs")).sort()).toEqual(runs.map(({ id }) => id).sort());
    for (const one of runs) {
      expect(readRunStatus(one)).toMatchObject({ state: "done", epoch: 14, epochs: 14, id: one.id });
      expect(readRunStatus(one).bestAuc).toBeGreaterThanOrEqual(0);
      expect(readEvaluation(one.folder).testSets.map(({ name }) => name)).toEqual(["unseen"]);
    }
    expect(new Set(weights("whole").values()).size).toBe(4);
  });

  test("the same command computes nothing again, from the folder too; status says how it stands", async () => {
    const before = times("whole");
    for (const given of [place("tiny.yaml"), place("whole")]) {
      const { code, stderr } = await run(given, "whole");
      expect([code, stderr]).toEqual([0, expect.stringMatching(/all 4 runs are done/)]);
    }
    expect(times("whole")).toEqual(before);
    const { stdout } = await oversight(cache, "experiment", "status", place("whole"));
    expect(stdout).toMatch(/^[0-9a-f]{16} +classical\/resnet-small\/seed=1 +done +validation AUC \d\.\d{4}$/m);
    expect(stdout).toMatch(/tiny: 4 done$/m);
  });

  test("another test set or threshold evaluates anew and trains nothing", async () => {
    const trained = weights("whole");
    const tests = [...grid.tests, { name: "elm", manifest: "data/test-elm.csv" }];
    const { code, stderr } = await run(write("more.yaml", { tests, seeds: 1, threshold: { fpr: 0.3 } }), "whole");
    expect(code, stderr).toBe(0);
    const now = weights("whole");
    expect(now.size).toBe(2);
    for (const [name, bytes] of now) expect(bytes).toBe(trained.get(name));
    for (const { folder } of readPlan(place("whole")).runs) {
      expect(readEvaluation(folder).testSets.map(({ name }) => name)).toEqual(["unseen", "elm"]);
      expect(readEvaluation(folder).threshold.rule).toEqual({ rule: "fpr", fpr: 0.3 });
    }
  });
});

describe("one experiment, disturbed again and again", () => {
  const starting = () =>
    start(
      cache,
      "experiment",
      "run",
      write("again.yaml", { seeds: 1 }),
      "--out",
      place("again"),
      "--device",
      "cpu",
      "--threads",
      "1",
    );
  const runs = () => readPlan(place("again")).runs;
  const trainers = () => runs().flatMap(({ folder }) => trainer(folder) ?? []);
  const epochs = () => runs().map((run) => readRunStatus(run).epoch);

  test("the runner killed: its children save where they are and end", async () => {
    const running = starting();
    await running.said(/cyborg.*: running, epoch/);
    const children = trainers();
    expect(children.length).toBeGreaterThan(0);
    running.process.kill("SIGKILL");
    await running.finished;
    expect(states("again")).not.toContain("running");
    await until("the children's end", () => !children.some(isAlive));
    expect(trainers()).toEqual([]);
  });

  test("Ctrl-C: all stop gracefully, and nothing is left running", async () => {
    const before = epochs();
    const running = starting();
    await until("two processes that train", () => trainers().length === 2);
    const children = trainers();
    running.process.kill("SIGINT");
    const { code, stderr } = await running.finished;
    expect(code, stderr).toBe(130);
    expect(stderr).toMatch(/run the same command to go on/);
    expect(states("again")).toEqual(["waiting", "waiting"]);
    expect(children.filter(isAlive)).toEqual([]);
    expect(trainers()).toEqual([]);
    epochs().forEach((epoch, index) => {
      expect(epoch).toBeGreaterThanOrEqual(before[index]);
    });
  });

  test("a child killed: its run has failed with the reason, the other is done", async () => {
    const running = starting();
    // Killed as soon as it can be named: little of its training is left, and it must not end before.
    let child: number | undefined;
    await until("a process that trains", () => {
      child = trainer(runs()[0].folder);
      return child !== undefined;
    });
    process.kill(child!, "SIGKILL");
    const { code, stderr } = await running.finished;
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(/failed: classical\/resnet-small\/seed=1: killed by SIGKILL/);
    expect(states("again")).toEqual(["failed", "done"]);
  });

  test("the same command ends it, with the weights of the undisturbed one", async () => {
    const { code, stderr } = await run(place("again.yaml"), "again", "--at-once", "1");
    expect(code, stderr).toBe(0);
    expect(stderr).not.toMatch(/cyborg/); // that one was done already
    const whole = weights("whole");
    for (const [name, bytes] of weights("again")) expect(bytes === whole.get(name), name).toBe(true);
  });
});

describe("what goes wrong", () => {
  test("a run that cannot succeed does not stop the others; its last words are the experiment's", async () => {
    const strategies = [
      { name: "diverging", data: "demo", guidance: "cross-entropy", settings: { learningRate: 1e30 } },
      { name: "classical", data: "demo", guidance: "cross-entropy", settings: { epochs: 1 } },
    ];
    const { code, stderr } = await run(write("failing.yaml", { strategies, seeds: 1 }), "failing", "--at-once", "1");
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(/^failed: diverging\/resnet-small\/seed=1: the loss is not a finite number in epoch 1/m);
    expect(states("failing")).toEqual(["failed", "done"]);
    expect((await oversight(cache, "experiment", "status", place("failing"))).stdout).toMatch(/failed .*not a finite/);
  });

  test("two runners on one experiment: the second is told who runs it", async () => {
    writeFileSync(place("whole/lock"), JSON.stringify({ id: "x", pid: process.pid, host: hostname(), since: "now" }));
    const { code, stderr } = await run(write("tiny.yaml", { seeds: 3 }), "whole");
    rmSync(place("whole/lock"));
    expect(code).toBe(2);
    expect(stderr).toMatch(new RegExp(`whole/lock: the experiment is held by process ${process.pid} `));
  });

  test("another experiment's folder, a folder that is none, a file that is wrong: one line each, nothing written", async () => {
    const other = await run(write("other.yaml", { name: "other" }), "whole");
    expect([other.code, other.stderr]).toEqual([
      2,
      expect.stringMatching(/whole holds the experiment tiny, not other/),
    ]);
    const none = await oversight(cache, "experiment", "status", root);
    expect([none.code, none.stderr]).toEqual([2, expect.stringMatching(/has no runs\.json: plan it first/)]);
    const wrong = await run(write("wrong.yaml", { seeds: "many" }), "wrong");
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/wrong\.yaml: seeds: expected how many/)]);
    expect(existsSync(place("wrong"))).toBe(false);
  });
});

describe("the plan", () => {
  test("prints the runs with the time that a short measurement foretells; measured once", async () => {
    const plan = (...more: string[]) =>
      oversight(cache, "experiment", "plan", write("tiny.yaml"), "--out", place("planned"), "--device", "cpu", ...more);
    const first = await plan();
    expect(first.code, first.stderr).toBe(0);
    expect(first.stderr).toMatch(/measuring resnet-small, 32 px, batch 8/);
    expect(first.stdout).toMatch(/^[0-9a-f]{16} +cyborg\/resnet-small\/alpha=0\.5\/seed=2 +waiting +about \d+:\d\d$/m);
    expect(first.stdout).toMatch(/4 of 4 runs to do: \d+ runs? at a time on cpu, .* GB each; about \d+:\d\d\.$/m);
    const second = await plan("--no-probe");
    expect([second.stderr, second.stdout]).toEqual(["", first.stdout]);
  });
});
