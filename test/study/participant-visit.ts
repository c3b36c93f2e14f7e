/** A participant in Chromium: what they see and do on the pages, and that the pages ask nobody else for anything. */
import type { Browser, BrowserContext, BrowserContextOptions, CDPSession, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import type { Session, Side } from "../../src/study/contract/api.ts";
import type { Stroke } from "../../src/study/contract/strokes.ts";
import { readRecords } from "../../src/study/database/records.ts";
import { StudyDatabase } from "../../src/study/database/study-database.ts";
import type { StudyRecords, TrialRecord } from "../../src/study/records.ts";
import { builtPages } from "../../src/study/server/pages.ts";
import { launchChromium } from "../browser.ts";
import type { SmallStudy } from "../small-study.ts";
import { makeRig, openTestStore, type Rig } from "./rig.ts";

/** CSS pixels of the window, or shares of an image. */
export type Place = readonly [x: number, y: number];

/** What a browser says of a server that does not answer is expected where a test cuts it off. */
const networkNoise = /Failed to load resource: net::ERR_/;

export class Visit {
  readonly context: BrowserContext;
  page: Page;
  /** What went wrong behind the scenes; to be empty at the end. */
  readonly complaints: string[];
  private touchscreen: CDPSession | undefined;

  private constructor(context: BrowserContext, page: Page, complaints: string[]) {
    this.context = context;
    this.page = page;
    this.complaints = complaints;
  }

  /** Opens the study in a browser that knows nothing yet. */
  static async open(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    const complaints: string[] = [];
    const { origin } = new URL(url);
    context.on("console", (message) => {
      if (message.type() === "error" && !networkNoise.test(message.text())) complaints.push(message.text());
    });
    context.on("weberror", (error) => complaints.push(String(error.error())));
    context.on("request", (request) => {
      if (new URL(request.url()).origin !== origin) complaints.push(`asked ${request.url()}`);
    });
    const page = await context.newPage();
    await page.goto(url);
    return new Visit(context, page, complaints);
  }

  async close(): Promise<void> {
    expect(this.complaints).toEqual([]);
    await this.context.close();
  }

  press = (name: string | RegExp) => this.page.getByRole("button", { name }).click();
  heading = (text: string | RegExp) => this.page.getByRole("heading", { name: text, level: 1 }).waitFor();
  agree = () => this.press("I agree");

  /** Until the trial has come to a stage. */
  stage = (stage: "choosing" | "marking" | "page") => this.page.waitForSelector(`[data-stage="${stage}"]`);

  /** Begins the first trial. */
  async begin(): Promise<void> {
    await this.agree();
    await this.press("Begin");
    await this.stage("choosing");
  }

  choose = (side: Side) => this.page.locator(`figure[data-side="${side}"] button.choose`).click();

  async box(side: Side): Promise<{ x: number; y: number; width: number; height: number }> {
    const frame = this.page.locator(`figure[data-side="${side}"] .frame`);
    await frame.scrollIntoViewIfNeeded();
    return (await frame.boundingBox())!;
  }

  /** Shares of the image as places of the window. */
  async onImage(side: Side, shares: readonly Place[]): Promise<Place[]> {
    const { x, y, width, height } = await this.box(side);
    return shares.map(([u, v]) => [x + u * width, y + v * height]);
  }

  /** Draws with the mouse, through places given as shares of the image. */
  async draw(side: Side, shares: readonly Place[]): Promise<void> {
    const { mouse } = this.page;
    const [first, ...rest] = await this.onImage(side, shares);
    await mouse.move(...first);
    await mouse.down();
    for (const place of rest) await mouse.move(...place);
    await mouse.up();
  }

  /** Fingers down, moved or lifted, as the device reports them. */
  async touch(type: "touchStart" | "touchMove" | "touchEnd", ...fingers: Place[]): Promise<void> {
    this.touchscreen ??= await this.context.newCDPSession(this.page);
    const touchPoints = fingers.map(([x, y], id) => ({ x, y, id }));
    await this.touchscreen.send("Input.dispatchTouchEvent", { type, touchPoints });
  }

  /** Draws with a finger. */
  async drawByTouch(side: Side, shares: readonly Place[]): Promise<void> {
    const [first, ...rest] = await this.onImage(side, shares);
    await this.touch("touchStart", first);
    for (const place of rest) await this.touch("touchMove", place);
    await this.touch("touchEnd");
  }

  continue = () => this.press("Continue");

  /** What the browser keeps of the trial under way. */
  async drafted(): Promise<Record<Side, Stroke[]>> {
    const drafts = await this.page.evaluate<string[]>(
      "Object.keys(localStorage).filter((key) => key.startsWith('oversight.draft.')).map((key) => localStorage[key])",
    );
    expect(drafts).toHaveLength(1);
    return JSON.parse(drafts[0]).strokes;
  }

  /** The session as the server has it. */
  async session(): Promise<Session> {
    return this.page.evaluate<Session>(
      `fetch("/api/session", { headers: { authorization: "Bearer " + JSON.parse(localStorage["oversight.token"]).token } })
         .then((response) => response.json())`,
    );
  }
}

/** Whether the line follows the places, given as shares, within a pixel of an image so many CSS pixels wide and high. */
export function expectLine({ points }: Stroke, shares: readonly Place[], width: number, height: number): void {
  const distance = ([ax, ay]: Place, [bx, by]: Place) => Math.hypot((ax - bx) * width, (ay - by) * height);
  // Every place is met by a point, and the line begins and ends where the hand did.
  for (const place of shares) {
    expect(Math.min(...points.map(([x, y]) => distance([x, y], place)))).toBeLessThan(1);
  }
  expect(distance([points[0][0], points[0][1]], shares[0])).toBeLessThan(1);
  expect(distance([points.at(-1)![0], points.at(-1)![1]], shares.at(-1)!)).toBeLessThan(1);
}

/** For one file of tests: Chromium, the server, and whoever visits it; each visit must end without a complaint. */
export function participantsInChromium() {
  let browser: Browser;
  let database: NonNullable<Awaited<ReturnType<typeof openTestStore>>>;
  let rig: Rig;
  let url: string;
  const visits: Visit[] = [];
  beforeAll(async () => {
    browser = await launchChromium();
    database = (await openTestStore("pglite"))!;
  });
  afterAll(async () => {
    await browser.close();
    await database.close();
  });
  afterEach(async () => {
    for (const visit of visits.splice(0)) await visit.close();
    await rig.close();
  });
  const records = async (): Promise<StudyRecords> => readRecords(await StudyDatabase.open(rig.store, rig.study));
  return {
    records,
    url: () => url,
    async serve(study: SmallStudy): Promise<void> {
      rig = await makeRig(database.store, study, { pages: builtPages });
      url = await rig.app.listen({ port: 0, host: "127.0.0.1" });
    },
    async visit(options: BrowserContextOptions = {}, search = ""): Promise<Visit> {
      const opened = await Visit.open(browser, url + search, options);
      visits.push(opened);
      return opened;
    },
    async onlyTrial(): Promise<TrialRecord> {
      const { trials } = await records();
      expect(trials).toHaveLength(1);
      return trials[0];
    },
  };
}

/** Settings of a study in which everybody marks. */
export const marks = { conditions: ["choice-and-mark"], minimumLookingMs: 0, restEvery: 0 };

export const smile: Place[] = Array.from({ length: 12 }, (_, i) => [0.3 + 0.03 * i, 0.6 + 0.12 * Math.sin(i / 3)]);
export const brow: Place[] = Array.from({ length: 9 }, (_, i) => [0.2 + 0.02 * i, 0.25]);
export const ring: Place[] = Array.from({ length: 24 }, (_, i) => [
  0.7 + 0.15 * Math.cos((i * Math.PI) / 12),
  0.4 + 0.2 * Math.sin((i * Math.PI) / 12),
]);
