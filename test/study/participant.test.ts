/**
 * The participant's way through the study in Chromium, against the real server, with reloads, a lost connection and a
 * second tab in between. What is stored is what was done.
 */
import { describe, expect, it } from "vitest";
import { chromiumPath, noChromium } from "../browser.ts";
import { brow, expectLine, marks, participantsInChromium, ring, smile } from "./participant-visit.ts";

describe.skipIf(chromiumPath === undefined)(`a participant (${chromiumPath ?? noChromium})`, () => {
  const { serve, visit, records, onlyTrial, url } = participantsInChromium();

  it("of either condition goes from the consent to the code", async () => {
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

  it("loses nothing by a reload, a lost connection, an answer that never came, or another tab", async () => {
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
    await other.goto(url());
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

  it("sends what was finished before the page was closed", async () => {
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
    await person.page.goto(url());
    await person.page.getByText("1 of 2").waitFor();
    expectLine((await onlyTrial()).strokes.left[0], smile, 500, 500);
  });

  it("can decline, and leave", async () => {
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
