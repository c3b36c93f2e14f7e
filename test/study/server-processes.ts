/**
 * Server processes that are killed under load, and several at once: what was acknowledged is there, once. For each store
 * in a file of its own, since most of the time goes into starting processes.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openStore, type Store } from "../../src/store/index.ts";
import { readRecords } from "../../src/study/database/records.ts";
import { StudyDatabase } from "../../src/study/database/study-database.ts";
import type { StudyRecords } from "../../src/study/records.ts";
import { readStudy } from "../../src/study/study-file.ts";
import { type Running, start, temporaryFolder } from "../cli/command.ts";
import { copyEmptyDatabase } from "../empty-database.ts";
import { type Postgres, startPostgres } from "../postgres.ts";
import { makeSmallStudy } from "../small-study.ts";
import { steadyParticipants } from "./steady-participants.ts";

/** PGlite takes seconds to start again. */
const kills = { postgres: 20, pglite: 8 };
const participants = 8;

export function describeServerProcesses(kind: Store["kind"]): void {
  describe(`server processes on ${kind}`, () => serverProcesses(kind));
}

function serverProcesses(kind: Store["kind"]): void {
  let postgres: Postgres | undefined;
  let folder: string;
  const servers: Running[] = [];
  beforeAll(async () => {
    if (kind === "postgres") postgres = await startPostgres();
    if (postgres !== undefined) process.env.DATABASE_URL = postgres.url;
  });
  afterAll(async () => {
    delete process.env.DATABASE_URL;
    await postgres?.stop();
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.process.kill("SIGKILL");
      await server.finished;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  const test = (name: string, run: () => Promise<void>) =>
    it(name, { timeout: 1_800_000 }, async (context) => {
      if (kind === "postgres" && postgres === undefined) context.skip("PostgreSQL is not installed");
      folder = temporaryFolder();
      const settings = { name: `kill-${Date.now()}`, targetJudgements: 100_000, minimumLookingMs: 0 };
      await makeSmallStudy(folder, { settings });
      if (kind === "pglite") await copyEmptyDatabase(join(folder, "database"));
      await run();
    });

  function serve(port = "0"): Running {
    const server = start(join(folder, "cache"), "study", "serve", folder, "--port", port, "--trust-proxy");
    servers.push(server);
    return server;
  }

  async function addressOf(server: Running): Promise<string> {
    return (await server.said(/participants +(http:\/\/[\d.]+:\d+)/))[1];
  }

  /** Ends them as an operator does. */
  async function stop(...running: Running[]): Promise<void> {
    for (const { process } of running) process.kill("SIGTERM");
    for (const { finished } of running) expect(await finished).toMatchObject({ code: 0 });
  }

  async function records(): Promise<StudyRecords> {
    const store = await openStore(
      postgres === undefined ? { folder: join(folder, "database") } : { url: postgres.url },
    );
    try {
      return await readRecords(await StudyDatabase.open(store, await readStudy(folder)));
    } finally {
      await store.close();
    }
  }

  test("killed at random moments under load, lose no acknowledged trial and store none twice", async () => {
    let server = serve();
    const address = await addressOf(server);
    const load = steadyParticipants([address], participants, 20);
    for (let kill = 0; kill < kills[kind]; kill++) {
      const before = load.acknowledged.size;
      while (load.acknowledged.size === before && load.faults.length === 0) await sleep(5);
      await sleep(Math.random() * 150);
      server.process.kill("SIGKILL");
      await server.finished;
      server = serve(new URL(address).port);
      await addressOf(server);
    }
    await load.stop();
    await stop(server);
    expect(load.faults).toEqual([]);
    expect(load.unanswered).toBeGreaterThan(kills[kind]);
    expectEachOnce(await records(), load.acknowledged);
  });

  test("stopped in the middle, end what is under way", async () => {
    const server = serve();
    const load = steadyParticipants([await addressOf(server)], participants, 5);
    while (load.acknowledged.size < 20) await sleep(5);
    await stop(server);
    await load.stop();
    expect(load.faults).toEqual([]);
    expectEachOnce(await records(), load.acknowledged);
  });

  test(
    kind === "pglite" ? "do not share a folder: the second names the first and stops" : "share one study",
    async () => {
      const [first, second] = [serve(), serve()];
      if (kind === "pglite") {
        const ended = await Promise.race([first.finished, second.finished]);
        const [winner] = [first, second].filter(({ process }) => process.exitCode === null);
        expect(ended.code).toBe(2);
        expect(ended.stderr).toMatch(new RegExp(`held by process ${winner.process.pid} `));
        await addressOf(winner);
        return stop(winner);
      }
      // Each participant's requests go to the one and to the other.
      const load = steadyParticipants([await addressOf(first), await addressOf(second)], participants, 5);
      while (load.acknowledged.size < 200 && load.faults.length === 0) await sleep(5);
      await load.stop();
      await stop(first, second);
      expect(load.faults).toEqual([]);
      expectEachOnce(await records(), load.acknowledged);
    },
  );
}

type Sent = ReturnType<typeof steadyParticipants>["acknowledged"];

function expectEachOnce({ participants, trials }: StudyRecords, acknowledged: Sent): void {
  expect(acknowledged.size).toBeGreaterThan(0);
  const stored = new Map(trials.map((trial) => [String(trial.id), trial]));
  expect(stored.size).toBe(trials.length);
  for (const [id, result] of acknowledged) expect(stored.get(id)).toMatchObject(result);
  // What was stored but not acknowledged is the answer that the kill cut off: at most one a participant.
  const places = new Set(trials.map(({ participant, position }) => `${participant} ${position}`));
  expect(places.size).toBe(trials.length);
  for (const { id, state, trials: assigned } of participants) {
    const own = trials.filter(({ participant }) => participant === id);
    expect(own.map(({ position }) => position)).toEqual(own.map((_, index) => index));
    if (state === "complete") expect(own).toHaveLength(assigned);
    expect(own.filter((trial) => !acknowledged.has(String(trial.id))).length).toBeLessThanOrEqual(1);
    const images = own.flatMap(({ left, right }) => [left, right]);
    expect(new Set(images).size).toBe(images.length);
  }
}
