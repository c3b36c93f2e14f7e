/**
 * The participant's pages in Chromium, against the real server: people in both conditions, by mouse, touch and keyboard,
 * with reloads, a lost connection and a second tab in between. What is stored is what was done.
 */
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { readRecords } from "../../src/study/database/records.ts";
import { StudyDatabase } from "../../src/study/database/study-database.ts";
import type { StudyRecords, TrialRecord } from "../../src/study/records.ts";
import { builtPages } from "../../src/study/server/pages.ts";
import { chromiumPath, launchChromium, noChromium } from "../browser.ts";
import type { SmallStudy } from "../small-study.ts";
import { expectLine, type Place, Visit } from "./participant-visit.ts";
import { makeRig, openTestStore, type Rig } from "./rig.ts";

const marks = { conditions: ["choice-and-mark"], minimumLookingMs: 0, restEvery: 0 };
const smile: Place[] = Array.from({ length: 12 }, (_, i) => [0.3 + 0.03 * i, 0.6 + 0.12 * Math.sin(i / 3)]);
const brow: Place[] = Array.from({ length: 9 }, (_, i) => [0.2 + 0.02 * i, 0.25]);
const ring: Place[] = Array.from({ length: 24 }, (_, i) => [
  0.7 + 0.15 * Math.cos((i * Math.PI) / 12),
  0.4 + 0.2 * Math.sin((i * Math.PI) / 12),
]);

describe.skipIf(chromiumPath === undefined)(`the participant's pages (${chromiumPath ?? noChromium})`, () => {
  let browser: Browser;
  let rig: Rig;
  let url: string;
  const visits: Visit[] = [];
  let database: NonNullable<Awaited<ReturnType<typeof openTestStore>>>;
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

  const serve = async (study: SmallStudy) => {
    rig = await makeRig(database.store, study, { pages: builtPages });
    url = await rig.app.listen({ port: 0, host: "127.0.0.1" });
  };
  const visit = async (options = {}, search = "") => {
    const opened = await Visit.open(browser, url + search, options);
    visits.push(opened);
    return opened;
  };
  const records = async (): Promise<StudyRecords> => readRecords(await StudyDatabase.open(rig.store, rig.study));
  const onlyTrial = async (): Promise<TrialRecord> => {
    const { trials } = await records();
    expect(trials).toHaveLength(1);
    return trials[0];
  };

  it("lead people of both conditions from the consent to the code", async () => {
    const questions = {
      before: [
        { id: "age", text: "Your age?", type: "number", least: 18, greatest: 120 },
        { id: "often", text: "How often?", type: "one-of", options: ["Daily", "Never"] },
        { id: "tools", text: "Which tools?", type: "some-of", options: ["Pen", "Brush", "<b>None</b>"] },
        { id: "town", text: "Your town?", type: "text", required: false },
      ],
      after: [{ id: "how", text: "How did you decide?", type: "long-text" }],
    };
    const recruitment = { platform: "prolific", completionCode: "C0DE", returnUrl: "https://example.org/?cc={code}" };
    await serve({
      practiceEach: 1,
      settings: { pairs: { targetOther: 3 }, restEvery: 2, minimumLookingMs: 100, questions, recruitment },
    });
    for (const name of ["anna", "bert"]) {
      const person = await visit({}, `/?PROLIFIC_PID=${name}&STUDY_ID=s&SESSION_ID=x`);
      const { page } = person;
      await person.agree();

      // What is missing is said, and what was written is still there after a reload.
      await page.getByLabel("Your age?").fill("17");
      await page.getByLabel("Brush").check();
      await person.press("Send");
      await page.getByText("Please enter a number from 18 to 120.").waitFor();
      await page.getByText("Please answer this question.").waitFor();
      await page.reload();
      expect(await page.getByLabel("Brush").isChecked()).toBe(true);
      await page.getByLabel("Your age?").fill("33,5");
      await page.getByLabel("<b>None</b>").check();
      await page.getByLabel("Daily").check();
      await person.press("Send");

      await person.press("Begin");
      for (let trial = 0; trial < 4; trial++) {
        await person.stage("choosing");
        const { condition } = await person.session();
        expect(await page.getByText("completion code").count()).toBe(0);
        await person.choose("right");
        if (condition === "choice-and-mark") {
          await person.stage("marking");
          await person.draw("right", smile);
          await person.continue();
        }
        if (trial === 0) {
          await person.heading(/That is (not )?right/);
          await person.continue();
        }
        if (trial === 2) {
          await person.heading("Time for a short rest");
          await person.continue();
        }
      }
      await page.getByLabel("How did you decide?").fill("By the eyes.\n<script>");
      await person.press("Send");
      await person.heading("Thank you");
      expect(await page.getByLabel("Your completion code").textContent()).toBe("C0DE");
      expect(await page.getByRole("link", { name: "Return" }).getAttribute("href")).toBe(
        "https://example.org/?cc=C0DE",
      );
      await page.reload();
      await person.heading("Thank you");
    }

    const { participants, trials } = await records();
    expect(new Set(participants.map(({ condition }) => condition))).toEqual(
      new Set(["choice-only", "choice-and-mark"]),
    );
    for (const participant of participants) {
      expect(participant).toMatchObject({
        state: "complete",
        answersBefore: { age: 33.5, often: "Daily", tools: ["Brush", "<b>None</b>"] },
        answersAfter: { how: "By the eyes.\n<script>" },
      });
      const own = trials.filter((trial) => trial.participant === participant.id);
      expect(own).toHaveLength(4);
      for (const { choice, chosenBy, responseMs, markingMs, strokes, display, blurred, condition } of own) {
        const marked = condition === "choice-and-mark";
        expect({ choice, chosenBy, blurred }).toEqual({ choice: "right", chosenBy: "mouse", blurred: 0 });
        expect(responseMs).toBeGreaterThanOrEqual(100);
        expect(markingMs > 0).toBe(marked);
        expect(strokes.left).toEqual([]);
        expect(strokes.right).toHaveLength(marked ? 1 : 0);
        expect(display).toMatchObject({ window: [1280, 800], layout: "beside", pixelRatio: 1 });
        if (marked) expectLine(strokes.right[0], smile, ...display.image);
      }
    }
  });

  it("take marks by touch on a phone: a pinch draws nothing, a palm disturbs nothing, a turn moves nothing", async () => {
    await serve({ settings: { ...marks, pairs: { targetOther: 1 } } });
    const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 3 };
    const person = await visit(phone);
    const { page } = person;
    await person.begin();
    await page.getByRole("button", { name: "Choose the lower image" }).tap();
    await person.stage("marking");
    await person.drawByTouch("right", smile);
    const first = await person.box("right");
    expectLine((await person.drafted()).right[0], smile, first.width, first.height);

    // Two fingers apart: the image is twice as large, nothing is drawn.
    const [a, b, a2, b2] = await person.onImage("right", [
      [0.45, 0.5],
      [0.55, 0.5],
      [0.4, 0.5],
      [0.6, 0.5],
    ]);
    await person.touch("touchStart", a);
    await person.touch("touchStart", a, b);
    await person.touch("touchMove", a2, b2);
    await person.touch("touchEnd");
    await page.getByRole("button", { name: "Zoom 200 %" }).waitFor();
    expect((await person.drafted()).right).toHaveLength(1);

    // In the enlarged image a line is drawn where it is seen. A palm that comes down meanwhile is none of it.
    const line: Place[] = Array.from({ length: 10 }, (_, i) => [0.2 + 0.05 * i, 0.3]);
    const places = await person.onImage("right", line);
    const [palm] = await person.onImage("right", [[0.9, 0.9]]);
    await person.touch("touchStart", places[0]);
    for (const place of places.slice(0, 5)) await person.touch("touchMove", place);
    await person.touch("touchStart", places[4], palm);
    for (const place of places.slice(5)) await person.touch("touchMove", place, palm);
    await person.touch("touchEnd");
    const enlarged = line.map(([x, y]): Place => [0.25 + x / 2, 0.25 + y / 2]);
    expectLine((await person.drafted()).right[1], enlarged, 2 * first.width, 2 * first.height);
    const before = await person.drafted();

    await page.setViewportSize({ width: 844, height: 390 });
    await page.waitForSelector('.pair[data-layout="beside"]');
    await person.drawByTouch("right", line);
    const turned = await person.drafted();
    expect(turned.right.slice(0, 2)).toEqual(before.right);
    const second = await person.box("right");
    expectLine(turned.right[2], enlarged, 2 * second.width, 2 * second.height);
    await person.continue();
    await person.heading("Thank you");
    const { choice, chosenBy, strokes, display } = await onlyTrial();
    expect({ choice, chosenBy }).toEqual({ choice: "right", chosenBy: "touch" });
    expect(strokes).toEqual(turned);
    expect(strokes.right.map(({ pointer }) => pointer)).toEqual(["touch", "touch", "touch"]);
    expect(display).toMatchObject({ window: [390, 844], pixelRatio: 3, layout: "stacked" });
  });

  it("can be done by the keyboard alone", async () => {
    await serve({ settings: { ...marks, pairs: { targetOther: 1 } } });
    const person = await visit();
    const { page } = person;
    const { keyboard } = page;
    const focused = () => page.evaluate<string>("document.activeElement.textContent");
    const tabTo = async (name: string) => {
      for (let presses = 0; presses < 20 && !(await focused()).startsWith(name); presses++) await keyboard.press("Tab");
      expect(await focused()).toContain(name);
    };
    await person.heading("Before you decide");
    await tabTo("I agree");
    await keyboard.press("Enter");
    await person.heading("What you will do");
    await tabTo("Begin");
    await keyboard.press("Enter");
    await person.stage("choosing");
    await keyboard.press("j");
    await person.stage("marking");

    // The reason is given, and Enter does not lead on before it is met.
    await page.getByText("Nothing is marked yet.").waitFor();
    await keyboard.press("Enter");
    const hold = async (key: string, times: number) => {
      for (let i = 0; i < times; i++) await keyboard.press(key);
    };
    await hold("Shift+ArrowLeft", 3);
    await keyboard.press("Space");
    await hold("ArrowDown", 10);
    await keyboard.press("Space");
    // A line that is dropped, one that is taken back, one done again.
    await keyboard.press("Space");
    await hold("ArrowRight", 3);
    await keyboard.press("Escape");
    await keyboard.press("l");
    await keyboard.press("Space");
    await hold("ArrowRight", 10);
    await hold("ArrowDown", 10);
    await hold("ArrowLeft", 10);
    await keyboard.press("Space");
    await keyboard.press("Control+z");
    await keyboard.press("Control+Shift+z");
    await page.getByText("Enough is marked.").waitFor();
    await keyboard.press("Enter");
    await person.heading("Thank you");

    const { chosenBy, choice, strokes, undone, display } = await onlyTrial();
    expect({ chosenBy, choice, undone }).toEqual({ chosenBy: "keyboard", choice: "right", undone: 1 });
    expect(strokes.right.map(({ tool, pointer }) => `${tool} by ${pointer}`)).toEqual([
      "brush by keyboard",
      "lasso by keyboard",
    ]);
    const [width, height] = display.image;
    const [left, down] = [0.5 - 3 * 0.06, 0.5 + (10 * 0.01 * width) / height];
    expectLine(
      strokes.right[0],
      [
        [left, 0.5],
        [left, down],
      ],
      width,
      height,
    );
  });

  it("lose nothing by a reload, a lost connection, an answer that never came, or another tab", async () => {
    await serve({ settings: { ...marks, pairs: { targetOther: 3 } } });
    const person = await visit();
    const { page } = person;
    await person.begin();
    await person.choose("left");
    await person.draw("left", smile);
    const { trial } = await person.session();
    const before = await person.drafted();

    await page.reload();
    await person.stage("marking");
    expect((await person.session()).trial).toEqual(trial);
    expect(await person.drafted()).toEqual(before);
    await person.draw("left", brow);

    // Nobody answers: the page says so, waits, and goes on when the connection is back.
    await person.context.setOffline(true);
    await person.continue();
    await page.getByText("The connection is lost.").waitFor();
    await person.context.setOffline(false);
    await page.getByText("1 of 3").waitFor();
    await person.stage("choosing");

    // The server commits, and its answer is lost: the same is sent again and stored once.
    let swallowed = 0;
    await page.route("**/api/trials/*", async (route) => {
      if (swallowed++ > 0) return route.continue();
      await route.fetch();
      await route.abort();
    });
    await person.choose("right");
    await person.draw("right", smile);
    await person.continue();
    await page.getByText("2 of 3").waitFor();
    await person.stage("choosing");

    // Another tab goes on in the middle; the first one lets go, and takes it back when asked to.
    await person.choose("left");
    await person.draw("left", ring);
    const other = await person.context.newPage();
    await other.goto(url);
    await person.heading("The study is open in another tab");
    await other.waitForSelector('[data-stage="marking"]');
    await person.press("Continue here");
    await other.getByRole("heading", { name: "The study is open in another tab" }).waitFor();
    await other.close();
    await person.stage("marking");
    await page.getByText("Enough is marked.").waitFor();
    await person.continue();
    await person.heading("Thank you");

    const { trials } = await records();
    expect(trials.map(({ choice }) => choice)).toEqual(["left", "right", "left"]);
    expect(trials[0].blurred).toBeGreaterThan(0);
    const [width, height] = trials[0].display.image;
    expectLine(trials[0].strokes.left[0], smile, width, height);
    expectLine(trials[0].strokes.left[1], brow, width, height);
    // The time away is none of the trial's.
    const [[, , lastBefore], [, , firstAfter]] = [
      trials[0].strokes.left[0].points.at(-1)!,
      trials[0].strokes.left[1].points[0],
    ];
    expect(firstAfter).toBeGreaterThanOrEqual(lastBefore);
    expectLine(trials[2].strokes.left[0], ring, width, height);
  });

  it("send what was finished before the page was closed", async () => {
    await serve({ settings: { ...marks, pairs: { targetOther: 2 } } });
    const person = await visit();
    await person.begin();
    await person.choose("left");
    await person.draw("left", smile);
    await person.context.setOffline(true);
    await person.continue();
    await person.page.getByText("The connection is lost.").waitFor();
    await person.page.close();
    await person.context.setOffline(false);
    person.page = await person.context.newPage();
    await person.page.goto(url);
    await person.page.getByText("1 of 2").waitFor();
    expectLine((await onlyTrial()).strokes.left[0], smile, 500, 500);
  });

  it("have brush, lasso, eraser, zoom, undo and clear; the requirement is met before one goes on", async () => {
    await serve({ settings: { ...marks, pairs: { targetOther: 1 }, marking: { leastArea: 0.02, leastRegions: 2 } } });
    const person = await visit();
    const { page } = person;
    await person.begin();
    // The choice can be changed until a mark is begun.
    await person.choose("left");
    await person.press("Change my choice");
    await person.choose("right");
    const carryOn = page.getByRole("button", { name: "Continue" });
    expect(await carryOn.getAttribute("aria-disabled")).toBe("true");
    await person.draw("right", [[0.5, 0.5]]);
    expect(await page.getByRole("button", { name: "Change my choice" }).count()).toBe(0);
    await page.getByText(/Mark a little more: 0\.\d+ % of the image is marked, at least 2 % is needed/).waitFor();
    await person.press("Undo");
    await page.getByText("Nothing is marked now.").waitFor();
    await person.press("Redo");
    await person.press("Clear");
    await person.press("Lasso");
    await person.draw("right", ring);
    await page.getByText("Mark another region: 1 of at least 2").waitFor();
    // Right through the middle: two regions.
    await person.press("Eraser");
    await person.draw("right", [
      [0.7, 0.1],
      [0.7, 0.4],
      [0.7, 0.8],
    ]);
    await page.getByText("Enough is marked.").waitFor();
    expect(await carryOn.getAttribute("aria-disabled")).toBe("false");

    // Enlarged around the pointer by the wheel, and drawn where it is seen.
    await person.press("Brush");
    const [corner] = await person.onImage("right", [[0, 0]]);
    await page.mouse.move(corner[0] + 1, corner[1] + 1);
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -50);
    await page.keyboard.up("Control");
    await page.getByRole("button", { name: "Zoom 165 %" }).waitFor();
    await person.draw("right", brow);
    // Beyond the border is at the border.
    await person.press("Zoom 165 %");
    await person.draw("right", [
      [0.95, 0.9],
      [1.1, 0.95],
    ]);
    await person.continue();
    await person.heading("Thank you");
    const { choice, strokes, undone, display } = await onlyTrial();
    expect({ choice, undone }).toEqual({ choice: "right", undone: 1 });
    expect(strokes.right.map(({ tool }) => tool)).toEqual(["lasso", "eraser", "brush", "brush"]);
    const [width, height] = display.image;
    expectLine(strokes.right[0], ring, width, height);
    const scale = Math.exp(0.5);
    const seen = brow.map(([x, y]): Place => [x / scale, y / scale]);
    // The pointer was a pixel beside the corner: so the part that is shown is half a pixel off.
    expectLine(strokes.right[2], seen, width, height);
    expect(strokes.right[3].points.at(-1)!.slice(0, 2)).toEqual([1, expect.closeTo(0.95, 2)]);
  });

  it("mark both images where the protocol says so, one at a time on a phone", async () => {
    await serve({ settings: { ...marks, pairs: { targetOther: 1 }, marking: { on: "both" } } });
    const person = await visit({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    const { page } = person;
    await person.begin();
    await page.getByRole("button", { name: "Choose the upper image" }).tap();
    await person.drawByTouch("left", smile);
    await page.getByText("Lower image: mark a little more").waitFor();
    expect(await page.locator('figure[data-side="right"]').isVisible()).toBe(false);
    await page.getByRole("button", { name: "Lower" }).tap();
    await person.drawByTouch("right", ring);
    await person.continue();
    await person.heading("Thank you");
    const { strokes } = await onlyTrial();
    expect([strokes.left.length, strokes.right.length]).toEqual([1, 1]);
  });

  it("let people decline, and leave", async () => {
    await serve({ settings: { ...marks, consent: { version: "1", text: "One.\n\nTwo.", withdrawal: "delete" } } });
    const person = await visit();
    const { page } = person;
    await person.press("I do not agree");
    await person.heading("You do not take part");
    expect((await records()).participants).toEqual([]);
    await person.press("Read the consent again");
    await person.begin();
    await person.choose("left");
    await person.draw("left", smile);
    await person.press("Leave the study");
    await page.getByRole("dialog", { name: "Leave the study?" }).waitFor();
    await person.press("Stay");
    await person.continue();
    await page.getByText("1 of 4").waitFor();
    await person.press("Leave the study");
    await page.getByRole("dialog").getByRole("button", { name: "Leave the study" }).click();
    await person.heading("You have left the study");
    await page.reload();
    await person.heading("You have left the study");
    expect((await records()).trials).toEqual([]);
  });

  it("can be rehearsed by the simulated participant", async () => {
    await serve({ practiceEach: 1, settings: { pairs: { targetOther: 3 } } });
    for (const search of ["/?simulate=data-only", "/?simulate=data-only"]) {
      const person = await visit({}, search);
      await person.heading("Thank you");
    }
    const { participants, trials } = await records();
    expect(participants.map(({ state }) => state)).toEqual(["complete", "complete"]);
    expect(trials).toHaveLength(8);
  });
});
