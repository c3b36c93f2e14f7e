/** Marking in Chromium, against the real server: by mouse, by touch, and by the keyboard alone. */
import { describe, expect, it } from "vitest";
import { chromiumPath, noChromium } from "../browser.ts";
import { brow, expectLine, marks, type Place, participantsInChromium, ring, smile } from "./participant-visit.ts";

describe.skipIf(chromiumPath === undefined)(`a hand that marks (${chromiumPath ?? noChromium})`, () => {
  const { serve, visit, onlyTrial } = participantsInChromium();

  it("takes marks by touch on a phone: a pinch draws nothing, a palm disturbs nothing, a turn moves nothing", async () => {
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

  it("has brush, lasso, eraser, zoom, undo and clear; the requirement is met before one goes on", async () => {
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
    await page.getByText(/Mark a little more: 0\.\d+\s% of the image is marked, at least 2\s% is needed/).waitFor();
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

  it("marks both images where the protocol says so, one at a time on a phone", async () => {
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
});
