/** Input that no page of ours would send: refused with the right status, without personal data in the log, nothing lost. */
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { strokeLimits } from "../../src/study/contract/strokes.ts";
import { readRecords } from "../../src/study/database/records.ts";
import { StudyDatabase } from "../../src/study/database/study-database.ts";
import type { SmallStudy } from "../small-study.ts";
import { makeRig, openTestStore, type Rig, resultFor, storeKinds, stroke, Visitor } from "./rig.ts";

const marking = { settings: { conditions: ["choice-and-mark"], minimumLookingMs: 0 } };

describe.each(storeKinds)("hostile input, on %s", (kind) => {
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

  test("a token opens its participant's trials only", async () => {
    await start(marking);
    const [mine, other] = [new Visitor(rig), new Visitor(rig)];
    const [session, others] = [await mine.begin(), await other.begin()];
    expect((await mine.commit(others.trial!.id, resultFor(others))).status).toBe(404);
    expect((await other.session()).body).toEqual(others);
    for (const forged of [
      "",
      "x",
      mine.token.slice(0, -1),
      `${mine.token}A`,
      "A".repeat(43),
      mine.token.toLowerCase(),
      "' or '1'='1",
      "%00",
    ]) {
      const visitor = new Visitor(rig);
      visitor.token = forged;
      for (const answer of [
        await visitor.session(),
        await visitor.commit(session.trial!.id, resultFor(session)),
        await visitor.consent(),
        await visitor.answers("before", {}),
        await visitor.withdraw(),
      ]) {
        expect(answer).toMatchObject({ status: 401, refusal: { code: "unauthorized" } });
      }
    }
    for (const authorization of [mine.token, `Basic ${mine.token}`, `bearer ${mine.token}`, `Bearer  ${mine.token}`]) {
      const response = await rig.app.inject({ url: "/api/session", headers: { authorization } });
      expect(response.statusCode).toBe(401);
    }
    // Whatever else the request says who it is.
    const query = await rig.app.inject({
      url: `/api/session?token=${mine.token}`,
      headers: { cookie: `token=${mine.token}` },
    });
    expect(query.statusCode).toBe(401);
    expect((await records()).trials).toEqual([]);
  });

  test("trials are committed in their order, each once", async () => {
    await start(marking);
    const visitor = new Visitor(rig);
    const first = await visitor.begin();
    const later = String(Number(first.trial!.id) + 1);
    expect(await visitor.commit(later, resultFor(first))).toMatchObject({
      status: 409,
      refusal: { code: "out-of-order" },
    });
    const { body } = await visitor.commit(first.trial!.id, resultFor(first));
    // Another content for the same trial, twice at the same moment as the next one.
    const next = body.session;
    const answers = await Promise.all([
      visitor.commit(next.trial!.id, resultFor(next)),
      visitor.commit(next.trial!.id, resultFor(next, "right")),
      visitor.commit(first.trial!.id, resultFor(first, "right")),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    const { trials } = await records();
    expect(trials).toHaveLength(2);
    expect(trials[0].choice).toBe("left");
  });

  test("many commits of one trial at once are one", async () => {
    await start(marking);
    const visitor = new Visitor(rig);
    const session = await visitor.begin();
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        visitor.commit(session.trial!.id, { ...resultFor(session), responseMs: 1000 + (i % 3) }),
      ),
    );
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(10);
    expect(answers.filter(({ refusal }) => refusal?.code === "already-committed")).toHaveLength(20);
    expect((await records()).trials).toHaveLength(1);
    expect(won[0].body.session.progress!.done).toBe(1);
  });

  test("numbers and shapes that no stroke has are refused", async () => {
    await start(marking);
    const visitor = new Visitor(rig);
    const session = await visitor.begin();
    const good = resultFor(session);
    const withStroke = (change: object) => ({ ...good, strokes: { left: [{ ...stroke, ...change }], right: [] } });
    const point = (...values: unknown[]) => withStroke({ points: [values] });
    const many = (count: number) => Array.from({ length: count }, () => [0.5, 0.5, 1]);
    const bodies: unknown[] = [
      point(-0.001, 0.5, 1),
      point(0.5, 1.001, 1),
      point(0.5, 0.5, -1),
      point(0.5, 0.5),
      point(0.5, 0.5, 1, 1),
      point("0.5", 0.5, 1),
      point(null, 0.5, 1),
      point([0.5], 0.5, 1),
      withStroke({ points: [] }),
      withStroke({ points: many(strokeLimits.pointsPerStroke + 1) }),
      withStroke({ radius: 0 }),
      withStroke({ radius: 1 }),
      withStroke({ tool: "<script>alert(1)</script>" }),
      withStroke({ colour: "red" }),
      { ...good, strokes: { left: Array.from({ length: strokeLimits.strokesPerTrial + 1 }, () => stroke), right: [] } },
      { ...good, strokes: { left: Array.from({ length: 5 }, () => ({ ...stroke, points: many(4500) })), right: [] } },
      { ...good, strokes: { left: [stroke] } },
      { ...good, strokes: [stroke] },
      { ...good, choice: "both" },
      { ...good, choice: ["left"] },
      { ...good, responseMs: -1 },
      { ...good, responseMs: "1000" },
      { ...good, undone: 0.5 },
      { ...good, correct: true },
      { ...good, display: { ...good.display, window: [1, 2, 3] } },
      {},
      [],
      null,
      "left",
      7,
      '{"choice": NaN}',
      JSON.stringify(good).replace("1234.5", "NaN"),
      JSON.stringify(good).replace("1234.5", "1e999"),
      JSON.stringify(good).replace("1234.5", "-Infinity"),
      JSON.stringify(good).replace('"undone":0', '"undone":0,"__proto__":{"correct":true}'),
      JSON.stringify(good).replace('"undone":0', '"undone":0,"constructor":{"prototype":{}}'),
      `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
      "not JSON",
      "",
    ];
    for (const body of bodies) {
      const answer = await visitor.commit(session.trial!.id, typeof body === "string" ? body : JSON.stringify(body));
      expect(answer, JSON.stringify(body).slice(0, 200)).toMatchObject({ status: 400, refusal: { code: "malformed" } });
    }
    const million = JSON.stringify(withStroke({ points: many(1_000_000) }));
    expect(await visitor.commit(session.trial!.id, million)).toMatchObject({
      status: 413,
      refusal: { code: "too-large" },
    });
    const response = await rig.app.inject({
      ...{ method: "POST", url: `/api/trials/${session.trial!.id}`, payload: "choice=left" },
      headers: { authorization: `Bearer ${visitor.token}`, "content-type": "application/x-www-form-urlencoded" },
    });
    expect(response.statusCode).toBe(400);
    expect((await records()).trials).toEqual([]);
    expect((await visitor.commit(session.trial!.id, good)).status).toBe(200);
  });

  test("any JSON at all is refused or stored, never a fault", async () => {
    await start({
      settings: { ...marking.settings, questions: { before: [{ id: "why", text: "Why?", type: "text" }] } },
    });
    await fc.assert(
      fc.asyncProperty(
        fc.jsonValue(),
        fc.constantFrom("join", "consent", "answers", "trials/1", "withdraw"),
        async (body, path) => {
          const visitor = new Visitor(rig);
          await visitor.join();
          const answer = await visitor.ask("POST", `/api/${path}`, JSON.stringify(body));
          expect(answer.status).toBeLessThan(500);
        },
      ),
      { numRuns: 40 },
    );
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", maxLength: 50 }), async (why) => {
        const visitor = new Visitor(rig);
        await visitor.begin();
        const answer = await visitor.answers("before", { why });
        expect([200, 422]).toContain(answer.status);
      }),
      { numRuns: 40 },
    );
  });

  test("script and SQL in a text are text", async () => {
    await start({
      settings: {
        conditions: ["choice-only"],
        questions: { before: [{ id: "why", text: "Why?", type: "long-text", required: false }] },
      },
    });
    const nasty = `<script>alert(1)</script>'; drop table participants; -- \${7*7} {{7*7}} "\u2028\ud83d\ude00`;
    const visitor = new Visitor(rig);
    await visitor.begin();
    expect((await visitor.answers("before", { why: nasty })).status).toBe(200);
    expect((await records()).participants[0].answersBefore).toEqual({ why: nasty });
    const other = new Visitor(rig);
    await other.begin();
    for (const [answers, status] of [
      [{ why: "a\u0000b" }, 422],
      [{ why: "\ud800" }, 422],
      [{ why: "x".repeat(5_001) }, 400],
      [{ "'; drop table trials; --": "x" }, 422],
      [{ [nasty]: "x" }, 422],
      [{ why: 7 }, 422],
      [{ why: ["x"] }, 422],
      [{ why: { a: 1 } }, 400],
    ] as const) {
      expect((await other.answers("before", answers)).status, JSON.stringify(answers)).toBe(status);
    }
    for (const participant of ["'; drop table participants; --", "a b", "<b>", "x".repeat(101), "", "\u0000", "é"]) {
      expect((await new Visitor(rig).join({ participant })).status).toBe(400);
    }
    for (const trial of [
      "1 or 1=1",
      "1;drop table trials",
      "-1",
      "0",
      "1e3",
      "99999999999999999999",
      "NaN",
      "%00",
      "..%2f1",
    ]) {
      const { status } = await other.commit(encodeURI(trial), resultFor({ condition: "choice-only" }));
      expect([400, 404]).toContain(status);
    }
    expect((await records()).participants.length).toBeGreaterThanOrEqual(2);
  });

  test("images are given by their names only, all alike, and to nobody after they are taken back", async () => {
    await start({ ...marking, each: 4 });
    const visitor = new Visitor(rig);
    const session = await visitor.begin();
    const { left, right } = session.trial!;
    const answers = await Promise.all(
      [left.url, right.url, ...session.upcoming!].map((url) => rig.app.inject({ url })),
    );
    for (const answer of answers) {
      expect(answer.statusCode).toBe(200);
      expect(answer.headers["content-type"]).toBe("image/png");
      expect(answer.headers["cache-control"]).toBe("private, max-age=86400, immutable");
      for (const header of ["etag", "last-modified", "accept-ranges", "content-disposition"])
        expect(answer.headers).not.toHaveProperty(header);
      expect({ ...answer.headers, date: "" }).toEqual({ ...answers[0].headers, date: "" });
      expect(answer.rawPayload.length).toBe(answers[0].rawPayload.length);
    }
    const range = await rig.app.inject({ url: left.url, headers: { range: "bytes=0-9", "if-none-match": "*" } });
    expect([range.statusCode, range.rawPayload.length]).toEqual([200, answers[0].rawPayload.length]);
    const name = left.url.slice("/images/".length);
    const flipped = `${name[0] === "A" ? "B" : "A"}${name.slice(1)}`;
    for (const wrong of [
      flipped,
      "1",
      "1.png",
      "..%2f..%2fstudy.yaml",
      "../study.yaml",
      "..%2fsecret.json",
      "%2e%2e/%2e%2e/etc/passwd",
      "....//study.yaml",
      `${name}.png`,
      `${name}%00`,
      `${name}/../${name}`,
      "x".repeat(5000),
    ]) {
      const answer = await rig.app.inject({ url: `/images/${wrong}` });
      const same = wrong.includes("/../");
      if (!same) expect([400, 404, 414], wrong).toContain(answer.statusCode);
      expect(answer.body).not.toMatch(/imageKey|root:|manifest/);
    }
    await visitor.withdraw();
    expect((await rig.app.inject({ url: left.url })).statusCode).toBe(404);
  });

  test("no answer reaches the browser before the choice", async () => {
    await start({ practiceEach: 2, settings: { conditions: ["choice-and-mark"] } });
    const visitor = new Visitor(rig);
    await visitor.join();
    let session = (await visitor.consent()).body;
    const told = JSON.stringify((await visitor.ask("GET", "/api/study")).body);
    expect(told).not.toMatch(/Synthetic,|target|answer|correct/);
    while (session.state === "trials") {
      expect(JSON.stringify(session)).not.toMatch(/answer|correct|kind|catch|target|Synthetic|Real|\.png|label/);
      session = (await visitor.commit(session.trial!.id, resultFor(session))).body.session;
    }
  });

  test("the log tells no one's token, address, name, answer or choice", async () => {
    await start({
      settings: { ...marking.settings, questions: { before: [{ id: "why", text: "Why?", type: "text" }] } },
    });
    const visitor = new Visitor(rig);
    await visitor.join({ participant: "worker-4711" });
    await visitor.consent();
    const session = (await visitor.answers("before", { why: "my-secret-reason" })).body;
    await visitor.commit(session.trial!.id, resultFor(session));
    await visitor.commit(session.trial!.id, "{broken my-secret-reason");
    await rig.app.inject({ url: "/api/nothing?participant=worker-4711", remoteAddress: "203.0.113.9" });
    await rig.app.inject({ url: session.trial!.left.url, remoteAddress: "203.0.113.9" });
    const log = rig.log.join("");
    expect(rig.log.length).toBeGreaterThan(4);
    for (const line of rig.log) expect(JSON.parse(line)).toHaveProperty("time");
    expect(log).toContain('"route":"/api/trials/:trial"');
    for (const secret of [
      visitor.token,
      "worker-4711",
      "my-secret-reason",
      "203.0.113.9",
      session.trial!.left.url.slice(8),
    ])
      expect(log).not.toContain(secret);
  });
});
