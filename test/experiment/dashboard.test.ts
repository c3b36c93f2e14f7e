/** The dashboard: its routes, what they refuse, its news as files change, its maps, and its pages in Chromium. */

import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { readEvaluation } from "../../src/evaluation/index.ts";
import { Board } from "../../src/experiment/dashboard/board.ts";
import type { CamReply, CamRequest } from "../../src/experiment/dashboard/cam-process.ts";
import { Cams } from "../../src/experiment/dashboard/cams.ts";
import type {
  Cam,
  CamAnswer,
  Comparison,
  ImagesPage,
  Overview,
  RunCurve,
  RunRow,
} from "../../src/experiment/dashboard/contract.ts";
import { isLoopback } from "../../src/experiment/dashboard/guard.ts";
import { Live } from "../../src/experiment/dashboard/live.ts";
import { type Dashboard, makeDashboard, startDashboard } from "../../src/experiment/dashboard/server.ts";
import { type ExperimentPlan, planFile } from "../../src/experiment/plan.ts";
import type { ExperimentRun } from "../../src/experiment/runs.ts";
import { builtPages } from "../../src/study/server/pages.ts";
import { chromiumPath, launchChromium, noChromium } from "../browser.ts";
import { temporaryFolder } from "../cli/command.ts";
import { makeDashboardFolder, setStatus } from "./dashboard-folder.ts";

let root: string;
let plan: ExperimentPlan;
let dashboard: Dashboard;

beforeEach(async () => {
  root = temporaryFolder();
  plan = await makeDashboardFolder(root);
  dashboard = await makeDashboard({ folder: plan.folder, pages: builtPages });
});
afterEach(async () => {
  await dashboard.app.close();
  rmSync(root, { recursive: true });
});

async function get(url: string, headers: Record<string, string> = {}) {
  const answer = await dashboard.app.inject({ url: `/api${url}`, headers: { host: "localhost:8090", ...headers } });
  return { status: answer.statusCode, type: answer.headers["content-type"], body: answer.rawPayload, answer };
}
async function json<T>(url: string): Promise<T> {
  const { status, answer } = await get(url);
  expect([url, status, answer.body.slice(0, 300)]).toEqual([url, 200, expect.anything()]);
  return answer.json() as T;
}
async function refusal(url: string): Promise<string> {
  const { status, answer } = await get(url);
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  return answer.json().error.message;
}
/** Waits as long as a busy machine may need. */
const soon = <T>(check: () => T | Promise<T>) => vi.waitFor(check, 20_000);
const runOf = (strategy: string, seed: number): ExperimentRun =>
  plan.runs.find((run) => run.strategy === strategy && run.seed === seed)!;
const rowIn = ({ runs }: Overview, { id }: ExperimentRun): RunRow => runs.find((row) => row.id === id)!;

describe("what it answers", () => {
  test("the grid: every run with its state", async () => {
    const overview = await json<Overview>("/overview");
    expect(overview).toMatchObject({
      ...{ name: "faces", trouble: null, arms: ["classical", "cyborg"], networks: ["resnet-small"], seeds: [1, 2, 3] },
      sets: [{ name: "unseen", kind: "test" }, { kind: "validation" }, { kind: "training" }],
    });
    expect(overview.runs.map(({ id }) => id)).toEqual(plan.runs.map(({ id }) => id));
    expect(rowIn(overview, runOf("cyborg", 1))).toMatchObject({
      ...{ arm: "cyborg", state: "done", stale: false, bestAuc: 0.9, weights: true },
    });
    expect(rowIn(overview, runOf("cyborg", 3))).toMatchObject({ state: "waiting", bestAuc: null, weights: false });
    expect(rowIn(overview, runOf("cyborg", 3))).not.toHaveProperty("evaluated");
  });

  test("curves, and for chosen runs mean and deviation by strategy as their evaluations give them", async () => {
    const chosen = [runOf("classical", 1), runOf("cyborg", 1), runOf("cyborg", 2), runOf("cyborg", 3)];
    const ids = chosen.map(({ id }) => id).join();
    const curves = await json<RunCurve[]>(`/curves?runs=${ids}`);
    expect(curves.map(({ points }) => points.length)).toEqual([5, 5, 5, 0]);
    expect(curves[0].points[1]).toMatchObject({ epoch: 2, loss: 0.5, auc: 0.9 });

    const { runs, cells } = await json<Comparison>(`/comparison?runs=${ids}`);
    expect(runs.map(({ trouble }) => trouble)).toEqual([null, null, null, "it has not been evaluated yet"]);
    const [a, b] = [1, 2].map((seed) => readEvaluation(runOf("cyborg", seed).folder).testSets[0].auc.value!);
    expect(a).not.toBe(b);
    expect(cells.map(({ arm, testSet, runs }) => [arm, testSet, runs.length])).toEqual([
      ["classical", "unseen", 1],
      ["cyborg", "unseen", 2],
    ]);
    expect(cells[0].measures.auc.value).toMatchObject({ sd: null });
    expect(cells[1].measures.auc.value!.mean).toBeCloseTo((a + b) / 2, 12);
    expect(cells[1].measures.auc.value!.sd).toBeCloseTo(Math.abs(a - b) / Math.SQRT2, 12);
  });

  test("images by page, class and name; their pictures, and their maps", async () => {
    const all = await json<ImagesPage>("/sets/0/images?pageSize=4");
    expect(all).toMatchObject({ total: 6, labels: ["A", "B"], images: [{ image: 0, label: "A" }, {}, {}, {}] });
    const second = await json<ImagesPage>("/sets/0/images?pageSize=4&page=2");
    expect(second.images.map(({ image }) => image)).toEqual([4, 5]);
    const some = await json<ImagesPage>("/sets/0/images?label=B&search=TEST-3");
    expect(some.images.map(({ name }) => name)).toEqual(["test-3.png"]);

    const picture = await get("/sets/0/images/3/picture?size=small");
    expect([picture.status, picture.type, picture.body.subarray(0, 2).toString("hex")]).toEqual([
      ...[200, "image/jpeg", "ffd8"],
    ]);
    expect(await json("/sets/2/images/1")).toMatchObject({ label: "B", map: true, of: 4, width: 32, height: 32 });
    const map = await json<{ width: number; height: number; values: number[] }>("/sets/2/images/1/map");
    expect([map.width, map.height, map.values[0], map.values.at(-1)]).toEqual([32, 32, 1, 0]);
    expect(await refusal("/sets/0/images/1/map")).toMatch(/names no map/);
  });
});

describe("files that are not as they should be are told in words", () => {
  test("no plan yet, then one; a plan that is half written leaves what was known", async () => {
    const folder = join(root, "planned-later");
    mkdirSync(folder);
    const board = new Board(folder);
    await board.look();
    expect(board.overview()).toMatchObject({ runs: [], trouble: expect.stringMatching(/no runs\.json/) });
    writeFileSync(planFile(folder), readFileSync(planFile(plan.folder)));
    expect((await board.look()).replanned).toBe(true);
    expect(board.overview()).toMatchObject({ trouble: null, runs: { length: 6 } });
    writeFileSync(planFile(folder), '{"format":1,"na');
    await board.look();
    expect(board.overview()).toMatchObject({ trouble: expect.stringMatching(/runs\.json/), runs: { length: 6 } });
    rmSync(folder, { recursive: true });
    await board.look();
    expect(board.overview().trouble).toMatch(/no runs\.json/);
  });

  test("status, metrics, evaluation, manifest, image, map", async () => {
    const broken = runOf("classical", 2);
    writeFileSync(join(broken.folder, "status.json"), '{"id":"');
    appendFileSync(join(broken.folder, "metrics.jsonl"), '{"kind":"epo');
    writeFileSync(join(broken.folder, "evaluation.json"), "");
    writeFileSync(join(broken.folder, "maps", "index.json"), "[{}]");
    const overview = await json<Overview>("/overview");
    expect(rowIn(overview, broken)).toMatchObject({
      state: "unreadable",
      error: expect.stringMatching(/status\.json/),
    });
    const [curve] = await json<RunCurve[]>(`/curves?runs=${broken.id}`);
    expect(curve).toMatchObject({ points: { length: 5 }, trouble: expect.stringMatching(/metrics\.jsonl: line 6/) });
    const { runs, cells } = await json<Comparison>(`/comparison?runs=${broken.id}`);
    expect([runs[0].trouble, cells]).toEqual([expect.stringMatching(/evaluation\.json/), []]);
    expect(await json(`/runs/${broken.id}`)).toMatchObject({ pictures: [] });

    const data = join(root, "data");
    writeFileSync(join(data, "test-1.png"), "no image");
    expect(await refusal("/sets/0/images/1/picture")).toMatch(/test-1\.png/);
    writeFileSync(join(data, "train-1-map.png"), "no map");
    expect(await refusal("/sets/2/images/1/map")).toMatch(/train-1-map\.png/);
    rmSync(join(data, "test.csv"));
    expect(await refusal("/sets/0/images")).toMatch(/test\.csv/);
    expect(await refusal(`/sets/0/images/0/cams/${runOf("cyborg", 1).id}`)).toMatch(/test\.csv/);
  });

  test("a run whose process died waits; one evaluated on other test sets is outdated", async () => {
    const run = runOf("cyborg", 3);
    const worker = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    setStatus(run, { state: "running", epoch: 2, worker: `${hostname()}:${worker.pid}` });
    expect(rowIn(await json("/overview"), run)).toMatchObject({ state: "running", epoch: 2 });
    worker.kill("SIGKILL");
    await once(worker, "exit");
    expect(rowIn(await json("/overview"), run)).toMatchObject({ state: "waiting", epoch: 2 });
    setStatus(runOf("cyborg", 2), { state: "done", evaluated: "other" });
    expect(rowIn(await json("/overview"), runOf("cyborg", 2))).toMatchObject({ state: "done", stale: true });
  });
});

describe("it gives away nothing else", () => {
  test("ids and numbers alone name things: no path leaves the experiment", async () => {
    const { id, folder } = runOf("cyborg", 1);
    writeFileSync(join(root, "secret.png"), "secret");
    writeFileSync(
      join(folder, "maps", "index.json"),
      JSON.stringify([{ file: "../../../../secret.png", kind: "overlay", testSet: "x", label: "A", caption: "" }]),
    );
    for (const url of [
      ...["/runs/..", "/runs/..%2f..%2fsecret.png", `/runs/${id}%2f..`, `/runs/${id}/pictures/0`, "/runs/%00"],
      ...[`/runs/${id}/pictures/..%2f..%2fstatus.json`, `/runs/${id}/pictures/-1`, "/runs/ffffffffffffffff"],
      ...["/curves?runs=../../secret", `/curves?runs=${id},`, "/comparison", "/comparison?runs=..%2f.."],
      ...["/sets/9/images", "/sets/-1/images", "/sets/0/images/6", "/sets/0/images/0.5", "/sets/0/images/..%2f0"],
      ...["/sets/__proto__/images", "/sets/0/images/constructor/picture", "/sets/0/images/0/picture?size=/etc/passwd"],
      ...[`/sets/0/images/0/cams/..%2f${id}`, "/sets/0/images/0/cams/ffffffffffffffff", "/nothing"],
      ...["/../assets/..%2f..%2f..%2fpackage.json", "/..%2f..%2fpackage.json"],
    ]) {
      const { status, body } = await get(url);
      expect([url, status]).toEqual([url, expect.toSatisfy((code) => code === 400 || code === 404)]);
      expect(body.toString()).not.toContain("secret\n");
    }
    for (const url of ["/assets/..%2fdashboard%2findex.html", "/assets/../../cli/main.js"]) {
      const { statusCode } = await dashboard.app.inject({ url, headers: { host: "localhost" } });
      expect([url, statusCode]).toEqual([url, expect.toSatisfy((code) => code >= 400 && code < 500)]);
    }
    const { statusCode } = await dashboard.app.inject({
      method: "POST",
      url: "/api/overview",
      headers: { host: "localhost" },
    });
    expect(statusCode).toBe(404);
  });

  test("on this machine's address, to no name that leads here from elsewhere", async () => {
    for (const host of ["evil.example", "127.0.0.1.evil.example", "192.168.0.7:8090"])
      expect([host, (await get("/overview", { host })).status]).toEqual([host, 401]);
    for (const host of ["127.0.0.1:1", "localhost", "[::1]:8090"]) {
      expect((await get("/overview", { host })).status).toBe(200);
      expect(isLoopback(host.replace(/:\d+$/, ""))).toBe(true);
    }
    const { headers } = (await get("/overview")).answer;
    expect(headers["content-security-policy"]).toContain("default-src 'none'");
    expect(headers["cache-control"]).toBe("no-store");
  });

  test("on any other address, to whoever has the link that was printed", async () => {
    for (const host of ["0.0.0.0", "::", "192.168.0.7", "127.0.0.1.evil.example", "example.org", ""])
      expect([host, isLoopback(host)]).toEqual([host, false]);
    const running = await startDashboard({ folder: plan.folder, host: "0.0.0.0", port: 0, pages: builtPages });
    try {
      const link = new URL(running.link);
      const base = `http://127.0.0.1:${link.port}`;
      const token = link.hash.replace("#token=", "");
      expect(token).toMatch(/^[\w-]{43}$/);
      const login = (given: string, origin = base) =>
        fetch(`${base}/api/login`, {
          ...{ method: "POST", body: JSON.stringify({ token: given }) },
          headers: { "content-type": "application/json", origin },
        });
      for (const path of ["overview", "events", "sets/0/images/0/picture", `runs/${plan.runs[0].id}`, "nothing"])
        expect([path, (await fetch(`${base}/api/${path}`)).status]).toEqual([path, 401]);
      expect((await fetch(base)).status).toBe(200);
      expect((await login("wrong")).status).toBe(401);
      expect((await login(token, "http://evil.example")).status).toBe(401);
      const answer = await login(token);
      expect(answer.status).toBe(204);
      const cookie = answer.headers.get("set-cookie")!;
      expect(cookie).toMatch(/HttpOnly/);
      expect(cookie).toMatch(/SameSite=Strict/);
      const inside = { headers: { cookie: cookie.split(";")[0] } };
      expect((await fetch(`${base}/api/overview`, inside)).status).toBe(200);
    } finally {
      await running.close();
    }
  });
});

describe("news", () => {
  test("whoever watches hears what changes, within moments; whoever goes is forgotten", async () => {
    const address = await dashboard.app.listen({ port: 0, host: "127.0.0.1" });
    const abort = new AbortController();
    const response = await fetch(`${address}/api/events`, { signal: abort.signal });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const events = eventsOf(response);
    expect(await events.next()).toMatchObject({ value: { name: "overview", data: { name: "faces" } } });
    expect(dashboard.live.count).toBe(1);

    const run = runOf("classical", 3);
    setStatus(run, { state: "running", epoch: 1, bestAuc: 0.625 });
    const { value } = await events.next();
    expect(value).toMatchObject({ name: "runs", data: [{ id: run.id, state: "running", epoch: 1, bestAuc: 0.625 }] });
    // Nothing but what has changed.
    expect((value!.data as RunRow[]).length).toBe(1);

    const shorter = JSON.parse(readFileSync(planFile(plan.folder), "utf8"));
    shorter.runs.pop();
    writeFileSync(planFile(plan.folder), JSON.stringify(shorter));
    expect(await events.next()).toMatchObject({ value: { name: "overview", data: { runs: { length: 5 } } } });

    abort.abort();
    await soon(() => expect(dashboard.live.count).toBe(0));
  });

  test("ends with the server, and is refused to more than fifty", async () => {
    const board = new Board(plan.folder);
    const live = new Live(board);
    const streams = await Promise.all(Array.from({ length: 50 }, () => live.watch()));
    expect(await live.watch()).toBeUndefined();
    streams[0]!.destroy();
    await once(streams[0]!, "close");
    expect(await live.watch()).toBeDefined();
    live.close();
    expect(live.count).toBe(0);

    const address = await dashboard.app.listen({ port: 0, host: "127.0.0.1" });
    const response = await fetch(`${address}/api/events`);
    const everything = response.text();
    await dashboard.app.close();
    expect(await everything).toContain("event: overview");
  });
});

async function* eventsOf(response: Response): AsyncGenerator<{ name: string; data: unknown }, undefined> {
  let text = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split("\n\n");
    text = blocks.pop()!;
    for (const block of blocks) {
      const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
      if (name !== undefined) yield { name, data: JSON.parse(data) };
    }
  }
}

/** A process that computes nothing: the test answers in its place. */
class FakeProcess extends EventEmitter {
  readonly asked: CamRequest[] = [];
  connected = true;
  send(request: CamRequest) {
    this.asked.push(request);
  }
  disconnect() {
    this.connected = false;
  }
  answer(reply: { cam: Cam } | { failure: string }) {
    this.emit("message", { number: this.asked.at(-1)!.number, ...reply } satisfies CamReply);
  }
}

describe("maps of where networks look", () => {
  const sampleOf = (image: number) => ({
    ...{ split: "test" as const, label: "A", name: `test-${image}.png`, line: 2 },
    path: join(root, "data", `test-${image}.png`),
  });
  const cam = (score: number): Cam => ({ ...{ predicted: "A", score, probability: 0.5, positive: "B" }, classes: [] });
  let now: number;
  let processes: FakeProcess[];
  let cams: Cams;
  beforeEach(() => {
    now = 0;
    processes = [];
    const start = () => {
      processes.push(new FakeProcess());
      return processes.at(-1) as unknown as ChildProcess;
    };
    cams = new Cams(plan.folder, { now: () => now, start });
  });
  afterEach(() => cams.close());
  /** Asks until the answer is another than that it is computing. */
  const ended = (image: number) =>
    soon(async () => {
      const answer = await cams.ask(runOf("cyborg", 1), sampleOf(image));
      expect(answer?.state).not.toBe("computing");
      return answer;
    });

  test("one at a time, each once, kept until weights or image are others", async () => {
    const run = runOf("cyborg", 1);
    expect(await cams.ask(run, sampleOf(0))).toEqual({ state: "computing", before: 0 });
    expect(await cams.ask(run, sampleOf(1))).toEqual({ state: "computing", before: 1 });
    expect(await cams.ask(run, sampleOf(1))).toEqual({ state: "computing", before: 1 });
    const [process] = processes;
    expect(process.asked.map(({ sample }) => sample.name)).toEqual(["test-0.png"]);
    process.answer({ cam: cam(1) });
    await soon(() => expect(process.asked.length).toBe(2));
    process.answer({ cam: cam(2) });
    expect(await ended(0)).toEqual({ state: "done", cam: cam(1) });
    expect(await ended(1)).toEqual({ state: "done", cam: cam(2) });
    // Another server finds them on the disk.
    const later = new Cams(plan.folder, { start: () => expect.fail("it is there already") });
    expect(await later.ask(run, sampleOf(0))).toEqual({ state: "done", cam: cam(1) });

    appendFileSync(join(run.folder, "best.safetensors"), "x");
    expect(await cams.ask(run, sampleOf(0))).toEqual({ state: "computing", before: 0 });
    await soon(() => expect(process.asked.length).toBe(3));
  });

  test("a process that dies is told once and then tried again; another takes its place", async () => {
    await cams.ask(runOf("cyborg", 1), sampleOf(0));
    await cams.ask(runOf("cyborg", 1), sampleOf(1));
    processes[0].emit("close", null, "SIGKILL");
    expect(await ended(0)).toEqual({ state: "failed", message: expect.stringMatching(/ended \(SIGKILL\)/) });
    await soon(() => expect(processes.length).toBe(2));
    expect(processes[1].asked.map(({ sample }) => sample.name)).toEqual(["test-1.png"]);
    expect(await cams.ask(runOf("cyborg", 1), sampleOf(0))).toMatchObject({ state: "computing" });
    processes[1].answer({ failure: "no such image" });
    expect(await ended(1)).toEqual({ state: "failed", message: "no such image" });
  });

  test("so many wait, and what nobody asks for any more is dropped", async () => {
    const run = runOf("cyborg", 1);
    const ask = (image: number) => cams.ask(run, { ...sampleOf(0), path: join(root, `${image}.png`) });
    for (let image = 0; image <= 200; image++) expect((await ask(image))?.state).toBe("computing");
    expect(await ask(201)).toBeUndefined();
    now = 14_000;
    await ask(150);
    now = 16_000;
    expect(await ask(201)).toEqual({ state: "computing", before: 2 });
    processes[0].answer({ failure: "" });
    await soon(() => expect(processes[0].asked.at(-1)!.sample.path).toMatch(/\/150\.png$/));
    cams.close();
    expect(processes[0].connected).toBe(false);
  });

  test("the real process: a map for each class, the network's answer, and agreement with the image's map", async () => {
    const url = `/sets/2/images/1/cams/${runOf("cyborg", 1).id}`;
    expect(await json(url)).toEqual({ state: "computing", before: 0 });
    const answer = await vi.waitFor(
      async () => {
        const answer = await json<CamAnswer>(url);
        expect(answer.state).not.toBe("computing");
        return answer;
      },
      { timeout: 90_000, interval: 200 },
    );
    if (answer.state !== "done") expect.fail(JSON.stringify(answer));
    const { predicted, probability, positive, classes } = answer.cam;
    expect([predicted, positive]).toEqual([expect.stringMatching(/^[AB]$/), "B"]);
    expect(probability > 0.5 ? "B" : "A").toBe(predicted);
    expect(classes.map(({ label }) => label)).toEqual(["A", "B"]);
    for (const { map, alignment } of classes) {
      expect(map.values.length).toBe(map.width * map.height);
      expect([Math.min(...map.values), Math.max(...map.values)]).toEqual([0, 1]);
      expect(Math.abs(alignment!.pearson)).toBeLessThanOrEqual(1);
    }
    expect(await refusal(`/sets/2/images/1/cams/${runOf("cyborg", 3).id}`)).toMatch(/no weights yet/);
  });
});

describe("in Chromium", () => {
  let browser: Browser | undefined;
  let page: Page;
  let address: string;
  let complaints: string[];
  beforeAll(async () => {
    if (chromiumPath !== undefined) browser = await launchChromium();
  });
  afterAll(() => browser?.close());
  beforeEach(async (context) => {
    if (browser === undefined) return context.skip(noChromium);
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    address = await dashboard.app.listen({ port: 0, host: "127.0.0.1" });
    complaints = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
  });
  afterEach(() => page?.context().close());

  test("the grid fills up, runs are compared, an image is opened with everybody's maps", async () => {
    await page.goto(address);
    const cell = (run: ExperimentRun) => page.locator(`[data-run="${run.id}"]`);
    await cell(plan.runs[0]).waitFor();
    await page.getByText("4 of 6 runs").waitFor();
    const run = runOf("cyborg", 3);
    expect(await cell(run).innerText()).toMatch(/waiting/);

    setStatus(run, { state: "running", epoch: 2, bestAuc: 0.8125 });
    writeFileSync(
      join(run.folder, "metrics.jsonl"),
      readFileSync(join(runOf("cyborg", 1).folder, "metrics.jsonl"), "utf8")
        .split("\n")
        .slice(0, 2)
        .join("\n"),
    );
    await expect.poll(() => cell(run).innerText(), { timeout: 15_000 }).toMatch(/0\.81[23][\s\S]*2 \/ 5/);
    await page.locator(".curves svg").first().waitFor();
    setStatus(run, { state: "failed", error: "the disk is full" });
    await page.getByText("the disk is full").waitFor();

    // By keyboard: all runs of a strategy, and one of the other.
    await page.getByLabel("Choose all runs of classical, resnet-small").focus();
    await page.keyboard.press("Space");
    await page.getByLabel("Choose cyborg/resnet50/alpha=0.5/seed=1").focus();
    await page.keyboard.press("Space");
    await page.getByText("4 runs chosen").waitFor();
    await page.getByRole("region", { name: "Chosen runs" }).getByRole("link", { name: "Compare" }).press("Enter");
    await page.getByRole("heading", { name: "Compare 4 runs" }).waitFor();
    const results = page.getByRole("region", { name: "Results" });
    expect(await results.getByRole("row", { name: /classical/ }).innerText()).toMatch(/0\.\d{3} ± 0\.\d{3} n = 2/);
    await expect.poll(() => page.locator(".curves svg").count()).toBe(2);
    expect(await page.locator(".curves svg").first().locator('[aria-label="line"] path').count()).toBe(3);
    await page.getByRole("button", { name: "Take cyborg/resnet50/alpha=0.5/seed=1 out" }).click();
    await page.getByRole("heading", { name: "Compare 3 runs" }).waitFor();

    await page.getByRole("link", { name: "Images" }).click();
    await page.getByLabel("Images of").selectOption("training images");
    await page.getByRole("link", { name: /train-1/ }).click();
    await page.getByRole("heading", { name: "train-1.png" }).waitFor();
    const tiles = page.locator(".side-by-side .tile");
    expect(await tiles.locator("h2").allInnerTexts()).toEqual(["The image", "People", "classical", "cyborg"]);
    await tiles.nth(2).getByText("probability of B").waitFor({ timeout: 90_000 });
    await tiles.nth(3).getByText("Agrees with people").waitFor({ timeout: 90_000 });
    expect(await tiles.locator("canvas").count()).toBe(3);
    await page.getByLabel("Seed").selectOption("3");
    await expect.poll(() => tiles.nth(2).innerText()).toMatch(/no weights yet/);
    expect(complaints).toEqual([]);
  });

  test("fits a phone, names every control, says what is missing, and goes on when the server is back", async () => {
    for (const width of [390, 1440]) {
      await page.setViewportSize({ width, height: 844 });
      const ids = plan.runs.map(({ id }) => id).join();
      for (const path of [
        "runs",
        `runs/${plan.runs[0].id}`,
        `compare?runs=${ids}`,
        "compare",
        "images",
        "images/0/1",
      ]) {
        await page.goto(`${address}/#/${path}`);
        await page.locator("main h1").waitFor();
        await page.locator("main :is(table, .tile, img, .notice):visible").first().waitFor();
        expect([path, await page.evaluate("document.documentElement.scrollWidth")]).toEqual([path, width]);
        expect(await page.locator("body").ariaSnapshot()).not.toMatch(
          /- (button|link|combobox|searchbox|slider|checkbox)(:|$| \[)/m,
        );
      }
    }
    await page.goto(`${address}/#/runs`);
    await page.getByText("live", { exact: true }).waitFor();
    rmSync(planFile(plan.folder));
    await page
      .getByRole("alert")
      .getByText(/no runs\.json/)
      .waitFor();
    expect(complaints).toEqual([]);

    await dashboard.app.close();
    await page.getByText("connection lost").waitFor();
    dashboard = await makeDashboard({ folder: plan.folder, pages: builtPages });
    await dashboard.app.listen({ port: Number(new URL(address).port), host: "127.0.0.1" });
    await page.getByText("live", { exact: true }).waitFor({ timeout: 20_000 });
  });
});
