/** One specification, over PGlite and PostgreSQL. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { copyEmptyDatabase } from "../../../test/empty-database.ts";
import { type Postgres, startPostgres } from "../../../test/postgres.ts";
import { openStore, type Store } from "../../store/index.ts";
import type { RunStatus } from "../run-status.ts";
import { type Claim, type QueuedRun, RunQueue } from "./run-queue.ts";

const status: RunStatus = {
  ...{ id: "a", state: "running", epoch: 1, epochs: 2, bestAuc: 0.5 },
  ...{ startedAt: null, finishedAt: null, evaluated: null },
};
const queued = (id: string, experiment = "grid") =>
  ({
    run: { id, name: id },
    plan: { name: experiment, tests: [], threshold: { rule: "eer" } },
  }) as unknown as QueuedRun;

describe.each(["pglite", "postgres"] as const)("on %s", (kind) => {
  let postgres: Postgres | undefined;
  let store: Store;
  let queue: RunQueue;
  beforeAll(async () => {
    if (kind === "postgres") {
      postgres = await startPostgres();
      if (postgres === undefined) return;
      store = await openStore({ url: postgres.url });
    } else {
      const folder = join(mkdtempSync(join(tmpdir(), "oversight-queue-")), "store");
      await copyEmptyDatabase(folder);
      store = await openStore({ folder });
    }
    const onError = (error: Error) => {
      throw error;
    };
    queue = await RunQueue.open(store, { heartbeat: 10, onError });
  });
  afterAll(async () => {
    await queue?.close();
    await store?.close();
    await postgres?.stop();
  });
  const ifThere = (name: string, body: () => Promise<void>) =>
    test(name, async ({ skip }) => {
      if (store === undefined) skip();
      await body();
    });
  /** Announces a checkpoint and makes it count. */
  const commit = async (claim: Claim, status: RunStatus, key: string) =>
    (await queue.announce(claim, key)) ? queue.commit(claim, status) : undefined;
  /** Makes everyone who has a run silent for longer than the heartbeat. */
  const silence = () =>
    sql`update experiment_queue.job set heartbeat_on = heartbeat_on - interval '11 s' where state = 'active'`.execute(
      store.db,
    );

  /** The queue looks for the silent once a second. */
  const claimSoon = async () => {
    for (let tries = 0; tries < 100; tries++) {
      const claim = await queue.claim();
      if (claim !== undefined) return claim;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error("nothing to claim");
  };

  ifThere("a run is queued once, claimed once, by priority", async () => {
    expect(await queue.isEmpty()).toBe(true);
    expect(await queue.add(queued("a"), 0)).toBe(true);
    expect(await queue.add(queued("a"), 0)).toBe(false);
    expect(await queue.add(queued("b"), 5)).toBe(true);
    const [first, second, third] = [await queue.claim(), await queue.claim(), await queue.claim()];
    expect([first?.run.id, second?.run.id, third]).toEqual(["b", "a", undefined]);
    expect(await queue.add(queued("a"), 0)).toBe(false);
    expect(await queue.isEmpty()).toBe(false);
    for (const claim of [first!, second!]) await queue.finish(claim);
    expect(await queue.isEmpty()).toBe(true);
  });

  ifThere("who is silent too long loses the run, and can commit nothing once another has it", async () => {
    await queue.add(queued("c"), 0);
    const lost = (await queue.claim())!;
    expect(await queue.beat(lost)).toBe(true);
    expect(await commit(lost, status, "c/1")).toEqual({ before: null });
    expect(await commit(lost, status, "c/2")).toEqual({ before: "c/1" });
    expect(await queue.announce(lost, "c/half")).toBe(true);
    await silence();
    const heir = await claimSoon();
    expect(heir).toMatchObject({ run: { id: "c" }, checkpoint: "c/2", abandoned: "c/half", status });
    expect(await queue.beat(lost)).toBe(false);
    expect(await commit(lost, { ...status, epoch: 2 }, "c/stale")).toBeUndefined();
    expect(await queue.commit(lost, { ...status, epoch: 2 })).toBeUndefined();
    await queue.finish(lost); // does nothing: the attempt is over
    expect(await queue.beat(heir)).toBe(true);
    expect(await commit(heir, status, "c/3")).toEqual({ before: "c/2" });
    await queue.finish(heir);
    expect(await queue.rows("grid")).toContainEqual({ run: "c", checkpoint: "c/3", status });
    await queue.add(queued("c"), 0);
    const next = (await queue.claim())!;
    expect(next).toMatchObject({ checkpoint: "c/3", abandoned: "c/2" });
    await queue.finish(next);
  });

  ifThere("what is given back is there at once; what is cancelled is lost to its worker", async () => {
    await queue.add(queued("d", "other"), 0);
    await queue.giveBack((await queue.claim())!);
    const again = (await queue.claim())!;
    expect(again.run.id).toBe("d");
    expect(await commit(again, status, "d/1")).toEqual({ before: null });
    await queue.add(queued("e", "other"), 0);
    expect(await queue.cancel("grid")).toBe(0);
    expect(await queue.cancel("other")).toBe(2);
    expect(await queue.beat(again)).toBe(false);
    expect(await commit(again, status, "d/2")).toBeUndefined();
    expect(await queue.rows("other")).toContainEqual({
      ...{ run: "d", checkpoint: "d/1" },
      status: { ...status, state: "cancelled" },
    });
    expect(await queue.claim()).toBeUndefined();
    expect(await queue.add(queued("d", "other"), 0)).toBe(true); // may be queued anew
    await queue.cancel("other");
  });

  ifThere("draining is a wish that all workers see", async () => {
    expect(await queue.isDraining()).toBe(false);
    await queue.setDraining(true);
    expect(await queue.isDraining()).toBe(true);
    await queue.setDraining(false);
  });
});
