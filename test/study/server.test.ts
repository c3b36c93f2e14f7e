/** The server as participants meet it, over both stores. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Condition, Side } from "../../src/study/contract/api.ts";
import { readRecords } from "../../src/study/database/records.ts";
import { StudyDatabase } from "../../src/study/database/study-database.ts";
import { makeStudyServer } from "../../src/study/server/server.ts";
import type { SmallStudy } from "../small-study.ts";
import {
  makeRig,
  noLimits,
  openTestStore,
  type Rig,
  researcherToken,
  resultFor,
  storeKinds,
  stroke,
  Visitor,
} from "./rig.ts";

const hour = 3_600_000;
const choiceOnly = { settings: { conditions: ["choice-only"] } };

describe.each(storeKinds)("the study's server on %s", (kind) => {
  let opened: Awaited<ReturnType<typeof openTestStore>>;
  let rig: Rig;
  beforeAll(async () => {
    opened = await openTestStore(kind);
  });
  afterAll(() => opened?.close());
  afterEach(() => rig?.close());

  const start = async (given?: SmallStudy) => {
    rig = await makeRig(opened!.store, given);
  };
  const test = (name: string, run: () => Promise<void>) =>
    it(name, async (context) => {
      if (opened === undefined) context.skip("PostgreSQL is not installed");
      await run();
    });
  const records = async () => readRecords(await StudyDatabase.open(rig.store, rig.study));

  test("leads through the whole study, step by step, and stores all of it", async () => {
    await start({
      practiceEach: 1,
      catchEach: 1,
      settings: {
        conditions: ["choice-and-mark"],
        restEvery: 2,
        questions: {
          before: [{ id: "age", text: "Your age?", type: "number", least: 1, greatest: 120, eligible: { least: 18 } }],
          after: [{ id: "how", text: "How did you decide?", type: "long-text", required: false }],
        },
        recruitment: { platform: "link", returnUrl: "https://example.org/?c={code}" },
      },
    });
    const visitor = new Visitor(rig);
    expect((await visitor.ask("GET", "/api/study")).body).toMatchObject({ title: "A small study", platform: "link" });
    const joined = await visitor.join();
    expect(joined).toMatchObject({ status: 201, body: { session: { state: "consent" } } });
    const before = await visitor.consent();
    expect(before.body).toEqual({
      state: "before",
      questions: [{ id: "age", text: "Your age?", type: "number", required: true, least: 1, greatest: 120 }],
    });
    const first = (await visitor.answers("before", { age: 33 })).body;
    expect(first).toMatchObject({
      state: "trials",
      condition: "choice-and-mark",
      marking: { on: "chosen", leastArea: 0.005, leastRegions: 1 },
      progress: { done: 0, total: 6 },
      trial: { practice: true, left: { width: 48, height: 32 } },
    });
    expect(first.upcoming).toHaveLength(2);
    expect((await visitor.session()).body).toEqual(first);

    const practice = await visitor.commit(first.trial!.id, resultFor(first));
    expect(practice.body.feedback).toEqual({
      correct: practice.body.feedback!.answer === "left",
      answer: expect.stringMatching(/left|right/),
    });
    let session = practice.body.session;
    const rests: boolean[] = [];
    while (session.state === "trials") {
      rests.push(session.trial!.rest);
      const upcoming = session.upcoming!;
      const { body } = await visitor.commit(session.trial!.id, resultFor(session));
      expect(body.feedback).toBeUndefined();
      session = body.session;
      if (session.state === "trials") {
        expect([session.trial!.left.url, session.trial!.right.url]).toEqual(upcoming);
        expect((await visitor.session()).body).toEqual(session);
      }
    }
    expect(rests.filter(Boolean)).toHaveLength(2);
    expect(session).toMatchObject({ state: "after", questions: [{ id: "how" }] });
    const complete = (await visitor.answers("after", {})).body;
    const { code, url } = complete.completion!;
    expect(code).toMatch(/^[A-Z2-9]{10}$/);
    expect(url).toBe(`https://example.org/?c=${code}`);
    expect((await visitor.session()).body).toEqual(complete);

    const { participants, trials } = await records();
    expect(participants).toMatchObject([
      { state: "complete", condition: "choice-and-mark", trials: 6, answersBefore: { age: 33 }, answersAfter: {} },
    ]);
    expect(trials.map(({ position }) => position)).toEqual([0, 1, 2, 3, 4, 5]);
    for (const trial of trials) {
      expect(trial).toMatchObject(resultFor(first));
      expect(trial.correct).toBe(trial.answer === "left");
    }
    const seen = trials.flatMap(({ left, right }) => [left, right]);
    expect(new Set(seen).size).toBe(12);
  });

  test("takes every step again without doing it twice", async () => {
    await start({
      settings: {
        conditions: ["choice-only"],
        questions: {
          before: [{ id: "why", text: "Why?", type: "text" }],
          after: [{ id: "how", text: "How?", type: "text" }],
        },
      },
    });
    const visitor = new Visitor(rig);
    await visitor.join();
    expect((await visitor.consent()).body).toEqual((await visitor.consent()).body);
    const [one, two] = await Promise.all([
      visitor.answers("before", { why: "so" }),
      visitor.answers("before", { why: "so" }),
    ]);
    expect(one.body).toEqual(two.body);
    const commit = () => visitor.commit(one.body.trial!.id, resultFor(one.body));
    const commits = await Promise.all([commit(), commit(), commit()]);
    expect(commits.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(commits[0].body.session.progress).toEqual({ done: 1, total: 4 });
    expect(commits[1].body).toEqual(commits[0].body);
    const other = await visitor.commit(one.body.trial!.id, resultFor(one.body, "right"));
    expect(other).toMatchObject({ status: 409, refusal: { code: "already-committed" } });
    expect((await visitor.answers("before", { why: "other" })).refusal?.code).toBe("out-of-order");
    await visitor.work(commits[0].body.session);
    const [done, again] = [await visitor.answers("after", { how: "x" }), await visitor.answers("after", { how: "x" })];
    expect(again.body).toEqual(done.body);
    const { trials } = await records();
    expect(trials).toHaveLength(4);
    expect(trials[0].choice).toBe("left");
  });

  test("stores trials that arrive together, and one that comes to nothing does not take the others with it", async () => {
    await start({ each: 12, settings: { conditions: ["choice-only"] } });
    const people = Array.from({ length: 5 }, () => new Visitor(rig));
    const sessions = await Promise.all(people.map((visitor) => visitor.begin()));
    const commit = (index: number, choice: Side = "left") =>
      people[index].commit(sessions[index].trial!.id, resultFor(sessions[index], choice));
    const answers = await Promise.all([
      ...people.map((_, index) => commit(index)),
      commit(0),
      commit(1, "right"),
      people[2].commit(sessions[3].trial!.id, resultFor(sessions[3])),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200, 409, 404]);
    expect(answers[5].body).toEqual(answers[0].body);
    const { trials } = await records();
    expect(trials.map(({ position, choice }) => [position, choice])).toEqual(people.map(() => [0, "left"]));
    for (const { body } of answers.slice(0, 5)) expect(body.session.progress).toEqual({ done: 1, total: 4 });
  });

  test("spreads participants over conditions and judgements over images, then is full", async () => {
    await start({ each: 4, settings: { targetJudgements: 3 } });
    const conditions: (Condition | undefined)[] = [];
    for (let i = 0; i < 6; i++) {
      const visitor = new Visitor(rig);
      const session = await visitor.begin();
      conditions.push(session.condition);
      expect((await visitor.work(session)).state).toBe("complete");
    }
    expect(conditions.filter((condition) => condition === "choice-only")).toHaveLength(3);
    const { trials, images } = await records();
    for (const { id } of images) {
      for (const condition of ["choice-only", "choice-and-mark"]) {
        const judged = trials.filter(
          (trial) => trial.condition === condition && (trial.left === id || trial.right === id),
        );
        expect(judged).toHaveLength(3);
      }
    }
    expect(await new Visitor(rig).begin()).toEqual({ state: "full" });
  });

  test("gives the trials of drop-outs to others, and keeps what they committed", async () => {
    await start({ each: 4, settings: { conditions: ["choice-only"], targetJudgements: 1 } });
    const gone = new Visitor(rig);
    const session = await gone.work(await gone.begin(), 1);
    expect(await new Visitor(rig).begin()).toEqual({ state: "full" });
    rig.clock.now += 25 * hour;
    const next = new Visitor(rig);
    const begun = await next.begin();
    expect(begun.state).toBe("trials");
    expect((await gone.session()).body).toEqual({ state: "expired" });
    expect((await gone.commit(session.trial!.id, resultFor(session))).status).toBe(404);
    const { trials, participants } = await records();
    expect(trials).toHaveLength(1);
    expect(participants[0]).toMatchObject({ state: "expired", trials: 4 });
    await next.work(begun);
    // The three pairs that were given back are judged; the fourth had its judgement.
    const judged = (await records()).trials.flatMap(({ left, right }) => [left, right]);
    expect(new Set(judged).size).toBe(8);
  });

  test("keeps the place of whoever comes back in time, and of whoever has only the questions left", async () => {
    await start({
      settings: { conditions: ["choice-only"], questions: { after: [{ id: "how", text: "How?", type: "text" }] } },
    });
    const visitor = new Visitor(rig);
    const session = await visitor.work(await visitor.begin(), 2);
    rig.clock.now += 23 * hour;
    expect((await visitor.session()).body).toEqual(session);
    rig.clock.now += 23 * hour;
    const after = await visitor.work((await visitor.session()).body);
    rig.clock.now += 100 * hour;
    expect((await visitor.session()).body).toEqual(after);
    expect((await visitor.answers("after", { how: "slowly" })).body.state).toBe("complete");
  });

  test("notices by itself that somebody was away for too long", async () => {
    await start(choiceOnly);
    const visitor = new Visitor(rig);
    const session = await visitor.begin();
    rig.clock.now += 25 * hour;
    expect((await visitor.commit(session.trial!.id, resultFor(session))).status).toBe(404);
    expect((await visitor.session()).body).toEqual({ state: "expired" });
  });

  test("shows the way out to whoever is not eligible", async () => {
    await start({
      settings: {
        questions: {
          before: [
            { id: "age", text: "Age?", type: "number", eligible: { least: 18 } },
            { id: "eyes", text: "Eyes?", type: "one-of", options: ["good", "bad"], eligible: { options: ["good"] } },
          ],
        },
      },
    });
    for (const [answers, state] of [
      [{ age: 17, eyes: "good" }, "ineligible"],
      [{ age: 18, eyes: "bad" }, "ineligible"],
      [{ age: 18, eyes: "good" }, "trials"],
    ] as const) {
      const visitor = new Visitor(rig);
      await visitor.begin();
      expect((await visitor.answers("before", answers)).body.state).toBe(state);
    }
  });

  test("takes a platform's participant once, and never without its name", async () => {
    await start({
      settings: { recruitment: { platform: "prolific", completionCode: "C1A2B3" }, conditions: ["choice-only"] },
    });
    expect((await new Visitor(rig).join()).refusal?.code).toBe("requirement-not-met");
    const lost = new Visitor(rig);
    await lost.join({ participant: "5f1e" });
    // The answer was lost on its way: nothing has been done with that token.
    const visitor = new Visitor(rig);
    expect((await visitor.join({ participant: "5f1e" })).status).toBe(201);
    expect((await lost.session()).status).toBe(401);
    const session = (await visitor.consent()).body;
    const twice = await new Visitor(rig).join({ participant: "5f1e" });
    expect(twice).toMatchObject({ status: 409, refusal: { code: "already-joined" } });
    expect((await visitor.work(session)).completion).toEqual({ code: "C1A2B3" });
    expect((await new Visitor(rig).join({ participant: "5f1e" })).status).toBe(409);
    expect((await new Visitor(rig).join({ participant: "5f1f" })).status).toBe(201);
  });

  test("deletes the records of whoever withdraws, gives the trials back, and lets nobody in twice", async () => {
    await start({
      each: 4,
      settings: {
        conditions: ["choice-only"],
        targetJudgements: 1,
        questions: { before: [{ id: "why", text: "Why?", type: "text" }] },
      },
    });
    const visitor = new Visitor(rig);
    await visitor.join({ participant: "worker" });
    await visitor.consent();
    await visitor.work((await visitor.answers("before", { why: "a secret" })).body, 2);
    expect((await visitor.withdraw()).body).toEqual({ state: "withdrawn" });
    expect((await visitor.withdraw()).body).toEqual({ state: "withdrawn" });
    const { trials, participants } = await records();
    expect(trials).toEqual([]);
    expect(participants).toMatchObject([{ state: "withdrawn", answersBefore: null, trials: 0 }]);
    expect((await new Visitor(rig).join({ participant: "worker" })).status).toBe(409);
    const next = new Visitor(rig);
    await next.begin();
    expect((await next.answers("before", { why: "now" })).body.state).toBe("trials");
  });

  test("keeps what was committed where the consent says so", async () => {
    await start({
      each: 4,
      settings: {
        ...choiceOnly.settings,
        targetJudgements: 1,
        consent: { version: "1", text: "Yes.", withdrawal: "keep" },
      },
    });
    const visitor = new Visitor(rig);
    await visitor.work(await visitor.begin(), 3);
    await visitor.withdraw();
    expect((await records()).trials).toHaveLength(3);
    expect((await new Visitor(rig).begin()).state).toBe("trials");
  });

  test("holds the trial against the protocol", async () => {
    await start({ settings: { minimumLookingMs: 800, conditions: ["choice-and-mark"], marking: { leastArea: 0.01 } } });
    const visitor = new Visitor(rig);
    const session = await visitor.begin();
    const good = resultFor(session);
    const commit = async (change: object) => (await visitor.commit(session.trial!.id, { ...good, ...change })).refusal;
    expect(await commit({ responseMs: 799 })).toMatchObject({ code: "requirement-not-met", message: /800 ms/ });
    expect(await commit({ strokes: { left: [], right: [] } })).toMatchObject({ message: /1 % of the left image/ });
    expect(await commit({ strokes: { left: [stroke], right: [stroke] } })).toMatchObject({
      message: /only the chosen/,
    });
    expect(await commit({ choice: "right" })).toMatchObject({ code: "requirement-not-met" });
    expect((await records()).trials).toEqual([]);
    expect(await commit({})).toBeUndefined();
  });

  test("asks for marks on both images, or for none, as the protocol does", async () => {
    await start({ settings: { conditions: ["choice-and-mark"], marking: { on: "both" } } });
    const visitor = new Visitor(rig);
    const session = await visitor.begin();
    const result = resultFor(session);
    expect((await visitor.commit(session.trial!.id, result)).refusal?.message).toMatch(/right image/);
    const both = { ...result, strokes: { left: [stroke], right: [stroke] } };
    expect((await visitor.commit(session.trial!.id, both)).status).toBe(200);
    await rig.close();
    await start(choiceOnly);
    const other = new Visitor(rig);
    const { trial } = await other.begin();
    expect((await other.commit(trial!.id, result)).refusal?.message).toMatch(/nothing is to be marked/);
  });

  test("misses no step that was taken on another server", async () => {
    await start({
      settings: { conditions: ["choice-only"], consent: { version: "1", text: "Yes.", withdrawal: "keep" } },
    });
    const { study, store, secret } = rig;
    const options = { study, store, secret, researcherToken, limits: noLimits, clock: () => new Date(rig.clock.now) };
    const other = await makeStudyServer(options);
    try {
      const [here, there] = [new Visitor(rig), new Visitor({ app: other })];
      const first = await here.begin();
      there.token = here.token;
      const second = await there.work(first, 1);
      // Sent to both, as after a lost answer; then another content for what is stored.
      const again = await here.commit(first.trial!.id, resultFor(first));
      expect(again).toMatchObject({ status: 200, body: { session: { progress: { done: 1 } } } });
      const both = await Promise.all(
        [here, there].map((visitor) => visitor.commit(second.trial!.id, resultFor(second))),
      );
      expect(both.map(({ status }) => status)).toEqual([200, 200]);
      expect(both[0].body).toEqual(both[1].body);
      const third = both[0].body.session;
      await there.work(third, 1);
      const late = await here.commit(third.trial!.id, resultFor(third, "right"));
      expect(late.refusal?.code).toBe("already-committed");
      const fourth = (await here.session()).body;
      expect(fourth.progress).toEqual({ done: 3, total: 4 });
      await there.withdraw();
      expect((await here.commit(fourth.trial!.id, resultFor(fourth))).status).toBe(404);
      expect((await here.session()).body).toEqual({ state: "withdrawn" });
      expect((await records()).trials).toHaveLength(3);
    } finally {
      await other.close();
    }
  });

  test("goes on where it was after a restart, and refuses changed images", async () => {
    await start(choiceOnly);
    const visitor = new Visitor(rig);
    const session = await visitor.work(await visitor.begin(), 2);
    const again = await StudyDatabase.open(rig.store, rig.study);
    expect((await visitor.session()).body).toEqual(session);
    const changed = rig.study.images.map((image) => (image.id === 3 ? { ...image, hash: "0" } : image));
    await expect(StudyDatabase.open(rig.store, { ...again.study, images: changed })).rejects.toThrow(
      /images have changed since the study began: image 3 \(.*\) has another content/,
    );
  });
});
