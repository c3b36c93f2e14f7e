/** Workers as real processes on one PostgreSQL: one is killed in mid-run, another ends what it had. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { readEvaluation } from "../../src/evaluation/index.ts";
import { readPlan } from "../../src/experiment/plan.ts";
import { readRunStatus } from "../../src/experiment/run-status.ts";
import { makeData, oversight, temporaryFolder } from "../cli/command.ts";
import { type Postgres, startPostgres } from "../postgres.ts";
import { startWorker, twoRuns } from "./queued.ts";

const root = temporaryFolder();
const cache = join(root, "cache");
const place = (name: string) => join(root, name);
const file = place("queued.yaml");
let postgres: Postgres | undefined;

beforeAll(async () => {
  await makeData(place("data"));
  writeFileSync(file, stringify(twoRuns("queued", 40)));
  postgres = await startPostgres();
  if (postgres !== undefined) process.env.DATABASE_URL = postgres.url;
});
afterAll(() => postgres?.stop());

const experiment = (...args: string[]) => oversight(cache, "experiment", ...args);
const worker = (name: string) => startWorker(cache, root, name, 10);
const weights = (folder: string) =>
  readPlan(place(folder)).runs.map(({ folder }) => readFileSync(join(folder, "best.safetensors"), "base64"));

test("a worker killed: another goes on from its last checkpoint; every run once, as if undisturbed", async ({
  skip,
}) => {
  if (postgres === undefined) skip();
  const { code, stderr } = await experiment("run", file, "--out", place("alone"), "--device", "cpu", "--threads", "1");
  expect(code, stderr).toBe(0);

  const queued = await experiment("enqueue", file, "--out", place("queued"), "--heartbeat", "10");
  expect(queued.stderr).toMatch(/queued: 2 of 2 runs queued/);
  const first = worker("first");
  await first.said(/classical.*: running, epoch [2-9]/);
  while (!existsSync(place("checkpoints"))) await new Promise((resolve) => setTimeout(resolve, 50));
  first.process.kill("SIGKILL");
  await first.finished;
  expect((await experiment("enqueue", file, "--out", place("queued"))).stderr).toMatch(/0 of 2 runs queued/);

  const second = await worker("second").finished;
  expect(second.code, second.stderr).toBe(0);
  const collected = await experiment("collect", place("queued"), "--checkpoints", place("checkpoints"));
  expect(collected.stderr).toMatch(/2 runs are newer than before; 2 done/);
  for (const run of readPlan(place("queued")).runs) {
    expect(readRunStatus(run)).toMatchObject({ state: "done", epoch: 40 });
    expect(readEvaluation(run.folder).testSets.map(({ name }) => name)).toEqual(["unseen"]);
    // One checkpoint a run is kept, the one that counts.
    expect(readdirSync(join(place("checkpoints"), run.id))).toHaveLength(1);
  }
  expect(weights("queued").map((bytes, index) => bytes === weights("alone")[index])).toEqual([true, true]);
  expect((await experiment("enqueue", file, "--out", place("queued"))).stderr).toMatch(/0 of 2 runs queued, 0 were/);
}, 600_000);
