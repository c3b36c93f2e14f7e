/** Simulated participants against the real server over HTTP: what they are told was kept is kept, once. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../../src/base/errors.ts";
import type { Store } from "../../src/store/index.ts";
import { readRecords } from "../../src/study/database/records.ts";
import { StudyDatabase } from "../../src/study/database/study-database.ts";
import { type SimulationOptions, simulateStudy } from "../../src/study/simulate/simulate.ts";
import { Truth } from "../../src/study/simulate/truth.ts";
import { makeRig, openTestStore, type Rig } from "./rig.ts";

let opened: { store: Store; close(): Promise<void> };
let rig: Rig;
beforeAll(async () => {
  opened = (await openTestStore("pglite"))!;
});
afterAll(() => opened.close());
afterEach(() => rig.close());

const study = {
  each: 40,
  catchEach: 2,
  practiceEach: 1,
  settings: { pairs: { targetOther: 6 }, targetJudgements: 50 },
};

async function begin(given: Parameters<typeof makeRig>[1] = study, options: Parameters<typeof makeRig>[2] = {}) {
  rig = await makeRig(opened.store, given, options);
  return rig.app.listen({ host: "127.0.0.1", port: 0 });
}

function simulate(url: string, options: Partial<SimulationOptions>) {
  return simulateStudy({ url, truth: new Truth(rig.study, rig.secret), participants: 8, ...options });
}

const records = async () => readRecords(await StudyDatabase.open(opened.store, rig.study));

describe("what is kept", () => {
  test("every trial that was confirmed, once, though participants reload, send twice and leave", async () => {
    const url = await begin();
    const confirmed: string[] = [];
    const summary = await simulate(url, {
      ...{ participants: 24, dropOut: 0.4, refresh: 0.5, resend: 0.5, seed: 4 },
      onCommitted: (trial) => confirmed.push(trial),
    });
    expect(summary.failures).toEqual([]);
    expect(summary.participants).toMatchObject({ failed: 0, stopped: 0 });
    expect(summary.participants.complete + summary.participants["dropped-out"]).toBe(24);
    for (const count of [summary.participants["dropped-out"], summary.refreshes, summary.resent])
      expect(count).toBeGreaterThan(0);

    const { trials, participants } = await records();
    expect(trials.map(({ id }) => String(id)).sort()).toEqual(confirmed.sort());
    expect(summary.trials).toBe(confirmed.length);
    expect(participants.filter(({ state }) => state === "complete")).toHaveLength(summary.participants.complete);
    for (const { condition, strokes, choice } of trials)
      expect(strokes[choice].length > 0).toBe(condition === "choice-and-mark");
    const { p50, p99, greatest } = summary.commitMs!;
    expect([p50, p99, greatest]).toEqual([p50, p99, greatest].toSorted((a, b) => a - b));
  });

  test("the same seed gives the same choices", async () => {
    const choices = async () => {
      const url = await begin();
      await simulate(url, { participants: 1, dropOut: 0, seed: 9 });
      const { trials } = await records();
      await rig.close();
      return trials.map(({ kind, correct, responseMs }) => [kind, correct, responseMs]);
    };
    const first = await choices();
    expect(first).toHaveLength(9);
    expect(await choices()).toEqual(first);
  });
});

describe("what participants are like", () => {
  test("who always sees the evidence is right, and the careless fail", async () => {
    const url = await begin();
    await simulate(url, { skill: 1, careless: 0, dropOut: 0, participants: 6 });
    await simulate(url, { careless: 1, dropOut: 0, participants: 12, seed: 2 });
    const { trials, participants } = await records();
    const [skilled, careless] = [participants.slice(0, 6), participants.slice(6)].map((group) => {
      const ids = new Set(group.map(({ id }) => id));
      return trials.filter(({ participant, kind }) => ids.has(participant) && kind !== "practice");
    });
    const share = (list: typeof trials) => list.filter(({ correct }) => correct).length / list.length;
    expect(share(skilled)).toBeGreaterThan(0.85); // fatigue takes some
    expect(share(careless)).toBeLessThan(0.7);
    const median = (list: typeof trials) =>
      list.map(({ responseMs }) => responseMs).sort((a, b) => a - b)[list.length >> 1];
    expect(median(skilled)).toBeGreaterThan(2 * median(careless));
  });

  test("they are eligible, and come from the platform", async () => {
    const before = [
      { id: "age", text: "?", type: "number", least: 0, greatest: 120, eligible: { least: 18, greatest: 30 } },
    ];
    const recruitment = { platform: "prolific", completionCode: "C0DE" };
    const url = await begin({ ...study, settings: { ...study.settings, questions: { before }, recruitment } });
    expect((await simulate(url, { dropOut: 0 })).participants.complete).toBe(8);
    const again = await simulate(url, { dropOut: 0 });
    expect(again.participants.failed).toBe(8);
    expect(again.failures).toEqual([expect.stringContaining("409 already-joined")]);
  });

  test("when the study is full, the rest are told", async () => {
    const url = await begin({ each: 6, settings: { pairs: { targetOther: 6 }, targetJudgements: 1 } });
    const { participants } = await simulate(url, { dropOut: 0 });
    expect(participants).toMatchObject({ complete: 2, full: 6, failed: 0 });
  });
});

test("behind a proxy each participant has an address of its own", async () => {
  const url = await begin(study, { limits: { requestsPerMinute: 600 }, trustProxy: true });
  const summary = await simulate(url, { participants: 6, dropOut: 0, behindProxy: true });
  expect(summary.retries).toEqual({ network: 0, busy: 0, server: 0 });
  expect(summary.participants.complete).toBe(6);
});

describe("what does not fit", () => {
  test("another study's folder is refused in one line", async () => {
    const url = await begin();
    const stranger = { imageKey: Buffer.alloc(16, 7) };
    const wrongKey = await simulate(url, { truth: new Truth(rig.study, stranger), participants: 2 });
    expect(wrongKey.failures).toEqual([expect.stringMatching(/^the server's images are not those of .*secret\.json/)]);
    const { protocol } = rig.study;
    const other = new Truth({ ...rig.study, protocol: { ...protocol, title: "Another" } }, rig.secret);
    await expect(simulate(url, { truth: other })).rejects.toThrow(InputError);
    await expect(simulate(url, { truth: other })).rejects.toThrow(/serves the study "A small study".*"Another"/);
  });

  test("stopping midway says what was done until then", async () => {
    const url = await begin();
    const stop = new AbortController();
    let confirmed = 0;
    const summary = await simulate(url, {
      ...{ participants: 30, concurrency: 3, dropOut: 0, signal: stop.signal },
      onCommitted: () => {
        if (++confirmed === 10) stop.abort();
      },
    });
    expect(summary.participants.failed).toBe(0);
    expect(summary.participants.stopped).toBeGreaterThan(0);
    expect((await records()).trials.length).toBeGreaterThanOrEqual(summary.trials);
    expect(summary.trials).toBeGreaterThanOrEqual(10);
  });
});
