/**
 * What befalls machines while an experiment runs: the database restarts, clocks are wrong, the disk is full. Each time
 * every run is done once, with the numbers of the undisturbed experiment, bit for bit.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { readPlan } from "../../src/experiment/plan.ts";
import { readRunStatus } from "../../src/experiment/run-status.ts";
import { openStore } from "../../src/store/index.ts";
import { readMetrics } from "../../src/training/metrics.ts";
import { makeData, oversight, temporaryFolder } from "../cli/command.ts";
import { type Postgres, startPostgres } from "../postgres.ts";
import { startWorker, twoRuns } from "./queued.ts";

const root = temporaryFolder();
const cache = join(root, "cache");
const place = (name: string) => join(root, name);
const epochs = 20;
/** Nobody dies here: longer than the slowest machine keeps a worker from its next beat. */
const heartbeat = 60;
let postgres: Postgres | undefined;

/** The same runs under each name: a run's identity has nothing of the experiment's. */
function write(name: string): string {
  writeFileSync(place(`${name}.yaml`), stringify(twoRuns(name, epochs)));
  return place(`${name}.yaml`);
}

const experiment = (...args: string[]) => oversight(cache, "experiment", ...args);
const runHere = (name: string, out: string) =>
  experiment("run", write(name), "--out", out, "--device", "cpu", "--threads", "1", "--at-once", "1");
const worker = (name: string) => startWorker(cache, root, name, heartbeat);

/** All that its runs have to show for themselves. */
function numbers(folder: string): string[] {
  return readPlan(folder).runs.flatMap(({ folder }) =>
    ["best.safetensors", "scores/unseen.csv"].map((file) => readFileSync(join(folder, file), "base64")),
  );
}
async function enqueue(name: string): Promise<void> {
  const { code, stderr } = await experiment(
    "enqueue",
    write(name),
    "--out",
    place(name),
    "--heartbeat",
    `${heartbeat}`,
  );
  expect([code, stderr]).toEqual([0, expect.stringMatching(/2 of 2 runs queued/)]);
}
/** @param retries how often each of the two runs went to a worker again, the least first */
async function expectUndisturbed(name: string, retries = [0, 0]): Promise<void> {
  const { code, stderr } = await experiment("collect", place(name), "--checkpoints", place("checkpoints"));
  expect([code, stderr]).toEqual([0, expect.stringMatching(/2 done/)]);
  expect(numbers(place(name)).map((bytes, i) => bytes === numbers(place("alone"))[i])).not.toContain(false);
  const store = await openStore({ url: postgres!.url });
  const { rows } = await sql`select state::text, retry_count from experiment_queue.job
    where data->'plan'->>'name' = ${name} order by retry_count`.execute(store.db);
  await store.close();
  expect(rows).toEqual(retries.map((count) => ({ state: "completed", retry_count: count })));
}

beforeAll(async () => {
  await makeData(place("data"));
  postgres = await startPostgres();
  if (postgres !== undefined) process.env.DATABASE_URL = postgres.url;
  const { code, stderr } = await runHere("alone", place("alone"));
  expect(code, stderr).toBe(0);
}, 300_000);
afterAll(() => postgres?.stop());

describe("on PostgreSQL", () => {
  test("the database goes down in mid-run: workers train on, say so once, and hand in when it is back", async ({
    skip,
  }) => {
    if (postgres === undefined) return skip("PostgreSQL is not installed");
    await enqueue("restarted");
    const workers = ["one", "two"].map(worker);
    await Promise.all(workers.map(({ said }) => said(/: running, epoch [2-9]/)));
    await postgres.restart(4);
    for (const { finished } of workers) {
      const { code, stderr } = await finished;
      expect(code, stderr).toBe(0);
      expect(stderr.match(/the database does not answer/g), stderr).toHaveLength(1);
      expect(stderr).toMatch(/^the database answers again, after \d+ s$/m);
    }
    await expectUndisturbed("restarted");
  }, 300_000);

  test("a worker's clock jumps back an hour, another's is an hour ahead: neither loses its run nor takes the other's", async ({
    skip,
  }) => {
    if (postgres === undefined) return skip("PostgreSQL is not installed");
    await enqueue("clocks");
    const preload = `--require ${fileURLToPath(new URL("./shifted-clock.cjs", import.meta.url))}`;
    const shifted = (name: string, offset: number, jumpsAt: number) => {
      Object.assign(process.env, { NODE_OPTIONS: preload, CLOCK_OFFSET: offset, CLOCK_JUMPS_AT: jumpsAt });
      const started = worker(name);
      for (const key of ["NODE_OPTIONS", "CLOCK_OFFSET", "CLOCK_JUMPS_AT"]) delete process.env[key];
      return started;
    };
    for (const { finished } of [shifted("back", -3600, 2), shifted("ahead", 3600, 0)]) {
      const { code, stderr } = await finished;
      expect(code, stderr).toBe(0);
      expect(stderr).toMatch(/^1 runs in/m);
      expect(stderr).not.toMatch(/no longer this worker's/);
    }
    await expectUndisturbed("clocks");
    for (const run of readPlan(place("clocks")).runs) {
      const { startedAt, finishedAt } = readRunStatus(run);
      const took = Date.parse(finishedAt!) - Date.parse(startedAt!);
      expect(took).toBeGreaterThan(0);
      expect(took).toBeLessThan(600_000);
      const metrics = readMetrics(join(run.folder, "metrics.jsonl"));
      expect(metrics.map(({ epoch }) => epoch)).toEqual(Array.from({ length: epochs }, (_, i) => i + 1));
      expect(Math.min(...metrics.map(({ seconds }) => seconds))).toBeGreaterThan(0);
    }
  }, 300_000);
});

describe("on a disk that is too small", () => {
  const disk = place("disk");
  let mounted = false;
  beforeAll(() => {
    mkdirSync(disk);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=2500k", "tmpfs", disk], { stdio: "ignore" });
      mounted = true;
    } catch {
      // Only the superuser may.
    }
  });
  afterAll(() => {
    if (mounted) execFileSync("umount", [disk]);
  });
  const left = () => readdirSync(disk, { recursive: true, encoding: "utf8" });

  test("a run fails with the file's name, half-written files are not there; with room the same command ends it", async ({
    skip,
  }) => {
    if (!mounted) return skip("a small disk cannot be mounted here: that takes a superuser");
    const out = join(disk, "out");
    const { code, stderr } = await runHere("full", out);
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(/^failed: classical.*: cannot write .*out\/runs\/.*: no space left on the disk$/m);
    expect(left().filter((name) => /\.(tmp|new)$/.test(name))).toEqual([]);
    const { runs } = readPlan(out);
    expect(runs.map((run) => readRunStatus(run).state)).toContain("failed");

    execFileSync("mount", ["-o", "remount,size=100m", disk]);
    const again = await runHere("full", out);
    expect(again.code, again.stderr).toBe(0);
    expect(numbers(out).map((bytes, i) => bytes === numbers(place("alone"))[i])).not.toContain(false);
  }, 300_000);

  test("a worker gives its run back, and one with room ends it", async ({ skip }) => {
    if (!mounted) return skip("a small disk cannot be mounted here: that takes a superuser");
    if (postgres === undefined) return skip("PostgreSQL is not installed");
    execFileSync("mount", ["-o", "remount,size=100m", disk]);
    rmSync(join(disk, "out"), { recursive: true, force: true });
    execFileSync("mount", ["-o", "remount,size=2m", disk]);
    await enqueue("moved");
    const cramped = worker("disk/work");
    await cramped.said(/^classical.*: cannot write .*: no space left on the disk; given back$/m);
    expect(left()).toEqual(["work"]);
    // Before it tries again.
    const { code, stderr } = await worker("roomy").finished;
    expect(code, stderr).toBe(0);
    await expectUndisturbed("moved", [0, 1]);
    cramped.process.kill("SIGINT");
    expect((await cramped.finished).stderr).not.toMatch(/no longer this worker's/);
  }, 300_000);
});
