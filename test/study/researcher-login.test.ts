/** Who is let in to the researcher's pages, and what becomes of everybody else. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hashPassword } from "../../src/study/secret.ts";
import { Researcher } from "./researcher.ts";
import { makeRig, openTestStore, type Rig, researcherToken, Visitor } from "./rig.ts";

const password = "correct horse battery";
const paths = [
  "/live",
  "/images",
  "/images/1",
  "/images/1/picture",
  "/images/1/thumbnail",
  "/participants",
  "/participants/1",
  "/trials/1",
];

describe("the researcher's login", () => {
  let store: NonNullable<Awaited<ReturnType<typeof openTestStore>>>;
  let rig: Rig;
  let researcher: Researcher;
  beforeAll(async () => {
    store = (await openTestStore("pglite"))!;
    rig = await makeRig(store.store, {}, { password: await hashPassword(password) });
    const visitor = new Visitor(rig);
    await visitor.work(await visitor.begin(), 1);
  });
  afterAll(async () => {
    await rig?.close();
    await store?.close();
  });
  beforeEach(() => {
    researcher = new Researcher(rig.app);
    // What the test before has tried is forgotten.
    rig.clock.now += 2 * 3_600_000;
  });
  const status = async (path: string) => (await researcher.ask("GET", path)).statusCode;

  it("is needed by every route, whatever cookie is shown", async () => {
    for (const cookie of [
      "",
      "researcher=",
      "researcher=x",
      `researcher=${"A".repeat(43)}`,
      `researcher=${researcherToken}`,
    ]) {
      researcher.cookie = cookie;
      for (const path of paths) {
        const answer = await researcher.ask("GET", path);
        expect([path, answer.statusCode]).toEqual([path, 401]);
        expect(answer.json().error.code).toBe("unauthorized");
      }
    }
    expect((await researcher.ask("POST", "/logout")).statusCode).toBe(401);
  });

  it("lets in by the token or by the password, with a cookie that scripts and other sites cannot use", async () => {
    for (const body of [{ token: researcherToken }, { password }]) {
      const answer = await researcher.logIn(body);
      expect(answer.statusCode).toBe(204);
      expect(answer.body).toBe("");
      expect(answer.cookies[0]).toMatchObject({
        httpOnly: true,
        sameSite: "Strict",
        path: "/api/researcher",
        maxAge: 43_200,
      });
      expect(answer.cookies[0].secure).toBeUndefined();
      expect(answer.cookies[0].value).toMatch(/^[\w-]{43}$/);
      for (const path of paths) expect([path, await status(path)]).toEqual([path, 200]);
    }
  });

  it("ends with logout, and after twelve hours", async () => {
    await researcher.logIn();
    expect(await status("/live")).toBe(200);
    const other = new Researcher(rig.app);
    await other.logIn();
    expect((await researcher.ask("POST", "/logout")).statusCode).toBe(204);
    expect(await status("/live")).toBe(401);
    expect((await other.ask("GET", "/live")).statusCode).toBe(200);
    rig.clock.now += 12 * 3_600_000 + 1;
    expect((await other.ask("GET", "/live")).statusCode).toBe(401);
  });

  it("refuses what is wrong or malformed", async () => {
    for (const body of [
      { password: `${password} ` },
      { token: `${researcherToken}x` },
      { token: password },
      { password: researcherToken },
    ]) {
      const answer = await researcher.logIn(body);
      expect([body, answer.statusCode]).toEqual([body, 401]);
      expect(answer.cookies).toEqual([]);
    }
    for (const body of [
      {},
      { password: "" },
      { password: 1 },
      { password, token: researcherToken },
      { token: null },
      [],
    ])
      expect([body, (await researcher.logIn(body)).statusCode]).toEqual([body, 400]);
    expect((await researcher.logIn({ password: "x".repeat(5000) })).statusCode).toBe(413);
  });

  it("slows down whoever guesses, and says for how long, also when guesses come all at once", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => researcher.logIn({ password: "a guess" })));
    expect(answers.filter(({ statusCode }) => statusCode === 401)).toHaveLength(5);
    const refused = answers.filter(({ statusCode }) => statusCode === 429);
    expect(refused).toHaveLength(15);
    expect(Number(refused[0].headers["retry-after"])).toBeGreaterThanOrEqual(1);
    // The right one comes no further now, nor does it tell that it is right.
    expect((await researcher.logIn({ password })).statusCode).toBe(429);
    rig.clock.now += 1000;
    expect((await researcher.logIn({ password })).statusCode).toBe(204);
    // Others were not slowed down.
    for (let i = 0; i < 5; i++) await researcher.logIn({ token: "a guess" });
    expect((await researcher.logIn()).statusCode).toBe(429);
    const elsewhere = await rig.app.inject({
      ...{ method: "POST", url: "/api/researcher/login", remoteAddress: "192.0.2.9" },
      ...{ headers: { "sec-fetch-site": "same-origin" }, payload: { token: researcherToken } },
    });
    expect(elsewhere.statusCode).toBe(204);
  });

  it("takes changes from its own pages only", async () => {
    const post = async (headers: Record<string, string>) =>
      (
        await rig.app.inject({
          ...{ method: "POST", url: "/api/researcher/login", payload: { token: researcherToken } },
          headers: { host: "study.example", ...headers },
        })
      ).statusCode;
    expect(await post({ "sec-fetch-site": "same-origin" })).toBe(204);
    expect(await post({ origin: "http://study.example" })).toBe(204);
    expect(await post({ origin: "https://study.example" })).toBe(204);
    for (const headers of [
      {},
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { "sec-fetch-site": "none" },
      { "sec-fetch-site": "cross-site", origin: "http://study.example" },
      { origin: "http://evil.example" },
      { origin: "http://study.example.evil.example" },
      { origin: "null" },
    ])
      expect([headers, await post(headers as Record<string, string>)]).toEqual([headers, 403]);
    await researcher.logIn();
    expect((await researcher.ask("POST", "/logout", undefined, { "sec-fetch-site": "cross-site" })).statusCode).toBe(
      403,
    );
    expect(await status("/live")).toBe(200);
  });

  it("keeps token, password and cookie out of the log", () => {
    const log = rig.log.join("\n");
    expect(log).toContain("/api/researcher/login");
    for (const secret of [researcherToken, password, "a guess"]) expect(log).not.toContain(secret);
  });

  it("knows no password where none is set, and sends the cookie over HTTPS only where the proxy speaks it", async () => {
    const bare = await makeRig(store.store, {}, { trustProxy: true });
    try {
      const visitor = new Researcher(bare.app);
      for (const given of ["undefined", "null", " ", password])
        expect((await visitor.logIn({ password: given })).statusCode).toBe(401);
      const answer = await visitor.logIn(undefined, { "x-forwarded-proto": "https", "x-forwarded-for": "192.0.2.1" });
      expect(answer.statusCode).toBe(204);
      expect(answer.cookies[0].secure).toBe(true);
    } finally {
      await bare.close();
    }
  });
});
