/** From a run folder to the report that a person opens. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseHTML } from "linkedom";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../../src/base/errors.ts";
import { writeRunReport } from "../../src/report/index.ts";
import { type Names, plainNames, stages, writeFakeRun } from "./fake-run.ts";

const root = mkdtempSync(join(tmpdir(), "report-"));
afterAll(() => rmSync(root, { recursive: true }));

const sectionTitles = [
  "Results on test sets",
  "ROC curves",
  "Scores",
  "Where the network looked",
  "Training",
  "Settings",
  "What the numbers mean",
];
const open = (file: string) => parseHTML(readFileSync(file, "utf8")).document;
const textOf = (file: string, selector: string) =>
  open(file).querySelector(selector)?.textContent?.replaceAll(/\s+/g, " ");

describe("the report of a whole run", () => {
  let file: string;
  beforeAll(async () => {
    await writeFakeRun(join(root, "whole"));
    file = await writeRunReport(join(root, "whole"));
  });

  test("has every section, with tables, figures and pictures", () => {
    const document = open(file);
    expect(file).toBe(join(root, "whole", "report.html"));
    expect(document.querySelector("h1")?.textContent).toBe("Run whole");
    expect([...document.querySelectorAll("h2")].map((h2) => h2.textContent)).toEqual(sectionTitles);
    expect(document.querySelectorAll(".absent").length).toBe(0);
    expect(document.querySelectorAll("#results table").length).toBe(3);
    expect(document.querySelectorAll("#results svg").length).toBe(1);
    expect(document.querySelectorAll("#roc svg").length).toBe(2);
    expect(document.querySelectorAll("#scores svg").length).toBe(4);
    expect(document.querySelectorAll("#training svg").length).toBe(2);
    expect(document.querySelectorAll("#maps img").length).toBe(20);
    for (const link of document.querySelectorAll("nav a"))
      expect(document.querySelector(link.getAttribute("href") ?? "none")).not.toBeNull();
  });

  test("tells each result with its interval, counts, and the reason for what is missing", () => {
    const results = textOf(file, "#results");
    const { testSets, threshold } = JSON.parse(readFileSync(join(root, "whole", "evaluation.json"), "utf8"));
    const { auc, counts } = testSets[0];
    expect(results).toContain(`${auc.value.toFixed(3)} 95%: ${auc.low.toFixed(3)}–${auc.high.toFixed(3)}`);
    expect(counts).toMatchObject({ positives: 1500, negatives: 1500 });
    expect(results).toContain("1,500");
    expect(results).toContain(`score is at least ${threshold.value.toFixed(3)}`);
    expect(results).toContain(
      "real only: AUC, TPR at FPR 0.1%, TPR at FPR 1%, TPR at FPR 5%, EER: there is no positive image",
    );
    expect(textOf(file, "#settings")).toContain("guidance.alpha0.5");
    expect(textOf(file, "#training")).toContain("16 of 20 epochs of 1,821 images, 1,764 of them guided by a map");
  });

  test("is the same file when made again", async () => {
    const before = readFileSync(file);
    await writeRunReport(join(root, "whole"));
    expect(readFileSync(file).equals(before)).toBe(true);
  });
});

describe("the report of a run on its way", () => {
  const absentIn: Record<(typeof stages)[number], string[]> = {
    begun: ["results", "roc", "scores", "maps", "training"],
    trained: ["results", "roc", "scores", "maps"],
    evaluated: ["maps"],
    mapped: [],
  };
  test.each(stages)("that is %s says what is absent", async (stage) => {
    const folder = join(root, stage);
    await writeFakeRun(folder, stage);
    const document = open(await writeRunReport(folder));
    expect([...document.querySelectorAll("h2")].map((h2) => h2.textContent)).toEqual(sectionTitles);
    const absent = [...document.querySelectorAll("section")].filter(
      (section) => section.querySelector(".absent") !== null,
    );
    expect(absent.map((section) => section.id)).toEqual(absentIn[stage]);
  });

  test("says which score file is not there", async () => {
    const folder = join(root, "evaluated");
    rmSync(join(folder, "scores", "unseen-2.csv"));
    const file = await writeRunReport(folder);
    expect(textOf(file, "#scores .absent")).toBe("unseen-2: there is no scores/unseen-2.csv in the run folder.");
  });
});

describe("names that would be markup", () => {
  const hostile: Names = {
    real: `real"><img src="http://evil.example/a.png" onerror="alert(1)">`,
    fake: "</style></svg><script>alert(2)</script>",
    generators: ["<iframe src=//evil.example>", "a&b", "'onload='alert(3)"],
    caption: `</figcaption><script src="https://evil.example/b.js"></script>`,
  };

  test("stay text", async () => {
    const folder = join(root, "hostile");
    await writeFakeRun(folder, "mapped", hostile);
    const file = await writeRunReport(folder);
    const document = open(file);
    expect(document.querySelectorAll("script, iframe, object, link, [onerror], [onload]").length).toBe(0);
    for (const image of document.querySelectorAll("img"))
      expect(image.getAttribute("src")).toMatch(/^data:image\/png;base64,/);
    const text = document.querySelector("main")?.textContent ?? "";
    for (const name of [hostile.real, hostile.fake, ...hostile.generators, hostile.caption])
      expect(text).toContain(name);
  });
});

describe("a folder that cannot be reported on is refused, and nothing is written", () => {
  const cases: [name: string, file: string, content: string, message: string][] = [
    ["metrics of another form", "metrics.jsonl", "{}\n", "metrics.jsonl: line 1: kind: "],
    ["a broken evaluation", "evaluation.json", "{}", "evaluation.json: positiveClass: "],
    ["a configuration that is not YAML", "config.yaml", "a: [", "config.yaml: it is not YAML"],
    ["a picture that is none", join("maps", "0.png"), "text", "0.png: it is not a PNG image"],
    [
      "scores of another evaluation",
      join("scores", "unseen-1.csv"),
      "path,label,source,score,probability,predicted\na,real,,0,0.5,real\n",
      "unseen-1.csv does not belong to evaluation.json: it has 1 images, not 3000; evaluate again",
    ],
  ];
  test.each(cases)("%s", async (name, file, content, message) => {
    const folder = join(root, name);
    await writeFakeRun(folder);
    writeFileSync(join(folder, file), content);
    const reporting = writeRunReport(folder);
    await expect(reporting).rejects.toThrow(InputError);
    await expect(reporting).rejects.toThrow(message);
    expect(existsSync(join(folder, "report.html"))).toBe(false);
  });

  test("no run folder", async () => {
    await expect(writeRunReport(join(root, "nowhere"))).rejects.toThrow(
      new InputError(`${join(root, "nowhere")} is not a run folder: it has no config.yaml`),
    );
  });
});

const browserPath = process.env.CHROMIUM ?? "/usr/bin/chromium";

describe.skipIf(!existsSync(browserPath))("in a browser (Chromium; set CHROMIUM to its path)", () => {
  test("it fits 360 and 1400 pixels, follows the dark scheme, and asks for nothing from outside", async () => {
    const folder = join(root, "browser");
    await writeFakeRun(folder, "mapped", { ...plainNames, generators: ["x".repeat(300), "StyleGAN3", "StarGANv2"] });
    const address = pathToFileURL(await writeRunReport(folder)).href;
    const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"] });
    try {
      for (const colorScheme of ["light", "dark"] as const) {
        const page = await browser.newPage({ colorScheme });
        const requests: string[] = [];
        const complaints: string[] = [];
        page.on("request", (request) => requests.push(request.url().slice(0, 200)));
        page.on("console", (message) => complaints.push(message.text()));
        for (const width of [360, 1400]) {
          await page.setViewportSize({ width, height: 900 });
          await page.goto(address);
          expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
          const smallest = `Math.min(...[...document.querySelectorAll("svg text")].map((t) => t.getBoundingClientRect().height))`;
          expect(await page.evaluate(smallest)).toBeGreaterThan(9);
        }
        const ground = await page.evaluate("getComputedStyle(document.body).backgroundColor");
        expect(ground).toBe(colorScheme === "light" ? "rgb(255, 255, 255)" : "rgb(20, 23, 27)");
        expect(requests.filter((url) => url !== address && !url.startsWith("data:"))).toEqual([]);
        expect(complaints).toEqual([]);
        await page.close();
      }
    } finally {
      await browser.close();
    }
  });
});
