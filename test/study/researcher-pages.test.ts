/** The researcher's pages in Chromium: logged in by the link, then every page by mouse, keyboard and on a phone. */
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hashPassword } from "../../src/study/secret.ts";
import { builtPages } from "../../src/study/server/pages.ts";
import { chromiumPath, launchChromium, noChromium } from "../browser.ts";
import { makeRig, openTestStore, type Rig, researcherToken } from "./rig.ts";
import { howTheyDecided, questions, takePart } from "./simulated-people.ts";

const password = "correct horse battery";

describe("the researcher's pages", () => {
  let store: Awaited<ReturnType<typeof openTestStore>>;
  let rig: Rig;
  let browser: Browser;
  let url: string;
  let page: Page;
  /** What the browser complained of: faults, and whatever the content security policy forbade. */
  let complaints: string[];
  beforeAll(async () => {
    if (chromiumPath === undefined) return;
    store = (await openTestStore("pglite"))!;
    const settings = { title: "Seen by a researcher", pairs: { targetOther: 4 }, targetJudgements: 4, questions };
    const given = { ...{ each: 14, practiceEach: 1, catchEach: 1 }, settings };
    rig = await makeRig(store.store, given, { pages: builtPages, password: await hashPassword(password) });
    await takePart(rig, 8);
    url = await rig.app.listen({ port: 0, host: "127.0.0.1" });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await rig?.close();
    await store?.close();
  });
  beforeEach(async (context) => {
    if (chromiumPath === undefined) context.skip(noChromium);
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    complaints = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      // That a first visitor is not logged in, and that a password is wrong, is a 401, which the browser tells.
      if (message.type() === "error" && !message.text().includes("401")) complaints.push(message.text());
    });
  });
  afterEach(() => page?.context().close());

  const open = async (path = "") => {
    await page.goto(`${url}/researcher#token=${researcherToken}`);
    await heading("Live").waitFor();
    if (path !== "") await page.goto(`${url}/researcher#${path}`);
  };
  const heading = (name: string) => page.getByRole("heading", { level: 1, name });

  it("show how the study goes", async () => {
    await page.clock.install();
    const requests: string[] = [];
    page.on("request", () => requests.push("begun"));
    page.on("requestfinished", () => requests.push("finished"));
    await open();
    // The token is gone from the address.
    expect(page.url()).toBe(`${url}/researcher`);
    await page.getByText("Seen by a researcher").waitFor();
    for (const name of ["Judgements per image", "Accuracy", "Time per trial", "Failed catch trials", "Drop-out"]) {
      const figure = page.locator("figure", { has: page.getByRole("heading", { name }) });
      await figure.locator("svg").waitFor();
      await figure.getByText("The numbers").click();
      expect(await figure.locator("tbody tr").count()).toBeGreaterThan(0);
    }
    const drawn = page.locator('figure svg [aria-label="dot"] circle');
    expect(await drawn.count()).toBe(2);
    const row = page.getByRole("row", { name: /^Complete/ });
    const complete = 7;
    expect(await row.getByRole("cell").last().innerText()).toBe(String(complete));

    // Somebody joins: the page hears of it by itself, unless it is paused.
    const participants = page.locator(".facts dd").first();
    const somebodyJoins = async () => {
      await rig.app.inject({ method: "POST", url: "/api/join", payload: {} });
      rig.clock.now += 60_000;
    };
    expect(await participants.innerText()).toBe("8");
    await somebodyJoins();
    await page.clock.fastForward(5000);
    await expect.poll(() => participants.innerText(), { timeout: 10_000 }).toBe("9");
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByText("paused").waitFor();
    await expect.poll(() => requests.at(-1)).toBe("finished");
    requests.length = 0;
    await page.clock.fastForward(60_000);
    expect(requests).toEqual([]);
    await somebodyJoins();
    await page.getByRole("button", { name: "Go on" }).click();
    await expect.poll(() => participants.innerText(), { timeout: 10_000 }).toBe("10");

    await row.getByRole("link").click();
    await heading("Participants").waitFor();
    await page.getByText(`${complete} participants`).waitFor();
    expect(complaints).toEqual([]);
  });

  it("show images with everyone's marks or the map, one image, and one participant's marks on it", async () => {
    await open("/images?sort=marked-");
    const tiles = page.locator(".tile");
    await tiles.first().waitFor();
    expect(await tiles.count()).toBe(24);
    const overlay = tiles.first().locator("canvas");
    await untilPainted(overlay);
    const marks = await colorsOf(overlay);
    await page.getByLabel("Show").selectOption("the resulting map");
    await expect.poll(() => colorsOf(overlay)).not.toEqual(marks);
    // Where most marked it is the yellow end of the colour map.
    expect(await colorsOf(overlay)).toContainEqual(expect.stringMatching(/^25[345],23[012],/));
    await page.getByLabel("Show").selectOption("the image alone");
    await expect.poll(() => colorsOf(overlay)).toEqual([]);
    await page.getByLabel("Show").selectOption("all marks");
    await page.getByLabel("Condition").selectOption("Choice only");
    await expect.poll(() => colorsOf(overlay)).toEqual([]);
    await page.getByLabel("Condition").selectOption("all");

    await page.getByLabel("Search").fill("no such image");
    await page.getByText("No image has “no such image”").waitFor();
    await page.getByLabel("Search").fill("gan");
    await page.getByText("14 images").waitFor();

    await tiles.first().focus();
    await page.keyboard.press("Enter");
    const table = page.getByRole("table", { name: "Judgements" });
    await table.waitFor();
    const picture = page.locator(".beside canvas");
    await untilPainted(picture);
    const all = await paintedPixels(picture);
    const markings = await page.getByRole("status").innerText();
    expect(markings).toMatch(/^Marks of \d+ judgements?\./);
    await table.getByRole("button").first().click();
    await page.getByText("Marks of one judgement.").waitFor();
    if (!markings.includes("of 1 ")) expect(await paintedPixels(picture)).toBeLessThan(all);
    await page.getByRole("button", { name: "Show all again" }).click();
    expect(await paintedPixels(picture)).toBe(all);
    expect(await page.locator(".beside img").evaluate((image) => (image as unknown as Picture).naturalWidth)).toBe(48);
    expect(complaints).toEqual([]);
  });

  it("replay a participant's trials, by keyboard alone", async () => {
    await open("/participants?condition=choice-and-mark&state=complete&sort=id");
    const link = page.getByRole("row").nth(1).getByRole("link");
    await link.focus();
    await page.keyboard.press("Enter");
    await heading("Participant").waitFor();
    await page.getByText(howTheyDecided).waitFor();
    const trials = page.getByRole("region", { name: "Trials", exact: true }).getByRole("link");
    expect(await trials.count()).toBe(6);
    await trials.nth(3).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("region", { name: "Replay of trial 4" }).waitFor();

    const moment = page.getByRole("slider", { name: "Moment of the trial" });
    const canvases = page.locator(".replay canvas");
    const painted = async () => (await paintedPixels(canvases.nth(0))) + (await paintedPixels(canvases.nth(1)));
    await expect.poll(painted).toBeGreaterThan(100);
    const whole = await painted();
    await moment.focus();
    await page.keyboard.press("Home");
    expect(await painted()).toBe(0);
    expect(await page.locator(".replay .chosen").count()).toBe(0);
    await page.keyboard.press("End");
    expect(await painted()).toBe(whole);
    expect(await page.locator(".replay .chosen").count()).toBe(1);

    await page.getByLabel("Speed").selectOption("8 times");
    const play = page.getByRole("button", { name: "Play" });
    await play.focus();
    await page.keyboard.press("Space");
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await expect.poll(painted, { timeout: 20_000 }).toBe(whole);
    await play.waitFor();
    expect(await moment.getAttribute("aria-valuetext")).toMatch(/^(.+) of \1$/);

    await page.getByRole("link", { name: "Next trial" }).click();
    await page.getByRole("region", { name: "Replay of trial 5" }).waitFor();
    expect(complaints).toEqual([]);
  });

  it("fit a phone, and name every control", async () => {
    await open();
    for (const width of [360, 390]) {
      await page.setViewportSize({ width, height: 800 });
      for (const path of ["/live", "/images?overlay=map", "/images/1", "/participants", "/participants/1"]) {
        await page.goto(`${url}/researcher#${path}`);
        await page.locator("main :is(table, .tile)").first().waitFor();
        expect([path, await page.evaluate("document.documentElement.scrollWidth")]).toEqual([path, width]);
        // A line `- button` without a name in quotes is a control that nobody can call by name.
        expect(await page.locator("body").ariaSnapshot()).not.toMatch(
          /- (button|link|combobox|textbox|searchbox|slider|checkbox)(:|$| \[)/m,
        );
      }
    }
    expect(complaints).toEqual([]);
  });

  it("let nobody in without the password, and out again", async () => {
    await page.goto(`${url}/researcher`);
    const field = page.getByLabel("Password");
    await field.fill("not the password");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("wrong password").waitFor();
    await field.fill(password);
    await page.getByRole("button", { name: "Log in" }).click();
    await heading("Live").waitFor();
    await page.getByRole("button", { name: "Log out" }).click();
    await field.waitFor();
    await page.reload();
    await field.waitFor();
    expect(complaints).toEqual([]);
  });
});

interface Picture {
  naturalWidth: number;
}
interface Canvas {
  width: number;
  height: number;
  getContext(kind: "2d"): {
    getImageData(x: number, y: number, width: number, height: number): { data: Uint8ClampedArray };
  };
}

/** How many pixels of a canvas are not clear. */
function paintedPixels(canvas: Locator): Promise<number> {
  return canvas.evaluate((node) => {
    const drawing = node as unknown as Canvas;
    const { data } = drawing.getContext("2d").getImageData(0, 0, drawing.width, drawing.height);
    return data.filter((value, i) => i % 4 === 3 && value > 0).length;
  });
}

/** The different colours on a canvas, as `red,green,blue`. */
function colorsOf(canvas: Locator): Promise<string[]> {
  return canvas.evaluate((node) => {
    const drawing = node as unknown as Canvas;
    const { data } = drawing.getContext("2d").getImageData(0, 0, drawing.width, drawing.height);
    const colors = new Set<string>();
    for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 0) colors.add(data.slice(i, i + 3).join());
    return [...colors].sort();
  });
}

async function untilPainted(canvas: Locator): Promise<void> {
  await expect.poll(() => paintedPixels(canvas), { timeout: 10_000 }).toBeGreaterThan(0);
}
