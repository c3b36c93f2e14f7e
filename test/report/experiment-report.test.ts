/** From an experiment's folder to what a person opens, and pastes into a paper. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parse } from "csv-parse/sync";
import { parseHTML } from "linkedom";
import { chromium } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../../src/base/errors.ts";
import { type ExperimentResults, readResults } from "../../src/experiment/results/index.ts";
import { writeExperimentReport } from "../../src/report/experiment/index.ts";
import { type FakeExperiment, threeStrategies, writeFakeExperiment } from "./fake-experiment.ts";

const root = mkdtempSync(join(tmpdir(), "experiment-report-"));
afterAll(() => rmSync(root, { recursive: true }));

async function report(name: string, fake: Partial<FakeExperiment> = {}) {
  const folder = join(root, name);
  writeFakeExperiment(folder, { strategies: threeStrategies, seeds: [1, 2, 3], images: 40, ...fake });
  const results = readResults(folder);
  const file = await writeExperimentReport(folder, results);
  return { folder, results, file, document: parseHTML(readFileSync(file, "utf8")).document };
}
type Document = ReturnType<typeof parseHTML>["document"];
const text = (document: Document, selector: string) =>
  document.querySelector(selector)?.textContent?.replaceAll(/\s+/g, " ") ?? "";

describe("a whole experiment", () => {
  let folder: string;
  let results: ExperimentResults;
  let file: string;
  let document: Document;
  beforeAll(async () => {
    const alphas = [0.3, 0.5, 0.7];
    const strategies = [...threeStrategies.slice(0, 2), { ...threeStrategies[2], alphas }];
    ({ folder, results, file, document } = await report("whole", { strategies }));
  });

  test("has every section, and every figure as a file of its own that is drawn", async () => {
    expect(file).toBe(join(folder, "report.html"));
    expect([...document.querySelectorAll("h2")].map((h2) => h2.textContent)).toEqual([
      "What can be said",
      "Results",
      "Comparisons",
      "ROC curves",
      "Training",
      "Where networks look",
      "People and networks",
      "Runs",
      "How it was reckoned",
    ]);
    const figures = readdirSync(join(folder, "report", "figures"));
    const names = figures.filter((name) => name.endsWith(".svg")).map((name) => name.slice(0, -4));
    expect(names).toEqual(
      expect.arrayContaining([
        "alpha-resnet50",
        "auc-resnet50",
        "cams-resnet50-Synthetic",
        "roc-resnet50-all-test-sets",
        "training-images-resnet50",
        "training-resnet50",
      ]),
    );
    expect(document.querySelectorAll("figure.plot svg")).toHaveLength(names.length);
    for (const name of names) {
      const png = await sharp(join(folder, "report", "figures", `${name}.png`)).stats();
      expect(png.channels[0].stdev, name).toBeGreaterThan(3);
    }
  });

  test("every number of the tables leads to its runs, and they to their folders", () => {
    const links = [...document.querySelectorAll("td a.plain")];
    expect(links.length).toBeGreaterThan(100);
    for (const link of links) expect(document.querySelector(link.getAttribute("href")!), link.outerHTML).not.toBeNull();
    const runs = [...document.querySelectorAll("#runs td a")].map((link) => link.getAttribute("href")!);
    expect(runs).toHaveLength(results.runs.length);
    for (const href of runs) expect(existsSync(join(folder, href)), href).toBe(true);
  });

  test("the CSV has the numbers unrounded, as the results have them", () => {
    const rows: Record<string, string>[] = parse(readFileSync(join(folder, "report/tables/auc.csv")), {
      columns: true,
    });
    expect(rows).toHaveLength(5);
    const cell = results.cells.find(({ arm, testSet }) => arm === "classical" && testSet === "mixed")!;
    expect(Number(rows[0]["mixed mean"])).toBe(cell.pooled.auc.value!.mean);
    expect(Number(rows[0]["mixed sd"])).toBe(cell.pooled.auc.value!.sd);
    expect(rows[0]["Run ids"]).toBe(cell.runs.join(" "));
    const compared: Record<string, string>[] = parse(readFileSync(join(folder, "report/tables/comparisons.csv")), {
      columns: true,
    });
    expect(compared).toHaveLength(results.comparisons.length);
    expect(Number(compared[0].difference)).toBe(results.comparisons[0].welch.value!.difference);
  });

  test("Markdown and LaTeX are tables", () => {
    const markdown = readFileSync(join(folder, "report/tables/auc.md"), "utf8").trim().split("\n").slice(2);
    const columns = markdown.map((line) => line.split("|").length);
    expect(new Set(columns).size).toBe(1);
    expect(markdown[2]).toMatch(/^\| classical \| resnet50 \| (\*\*)?0\.\d{3} ± 0\.\d{3}/);
    const latex = readFileSync(join(folder, "report/tables/auc.tex"), "utf8");
    for (const part of ["\\begin{table}", "\\toprule", "\\midrule", "\\bottomrule", "$\\pm$", "$\\alpha$", "\\textbf{"])
      expect(latex).toContain(part);
    const rows = latex.split("\n").filter((line) => line.endsWith("\\\\"));
    expect(new Set(rows.map((row) => row.split(" & ").length))).toEqual(new Set([5]));
  });

  test("says in words what is significant and what is not, with its number of tests", () => {
    const words = text(document, "#verdict");
    const tested = results.comparisons.length;
    const significant = results.comparisons.filter(({ welch }) => welch.value!.adjustedP <= 1 - results.level).length;
    expect(words).toContain(`${significant} of ${tested} comparisons are significant.`);
    expect(document.querySelectorAll("#verdict li")).toHaveLength(tested / 3);
  });

  test("is the same file when made again, and replaces what was there", async () => {
    const before = readFileSync(file);
    writeFileSync(join(folder, "report", "tables", "old.md"), "");
    await writeExperimentReport(folder, results);
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(existsSync(join(folder, "report", "tables", "old.md"))).toBe(false);
  });

  test("does not touch a folder `report` of somebody else", async () => {
    const other = join(root, "other");
    mkdirSync(join(other, "report"), { recursive: true });
    writeFileSync(join(other, "report", "thesis.tex"), "years of work");
    await expect(writeExperimentReport(other, results)).rejects.toThrow(InputError);
    expect(readFileSync(join(other, "report", "thesis.tex"), "utf8")).toBe("years of work");
    expect(existsSync(join(other, "report.html"))).toBe(false);
  });
});

test("an incomplete grid names the missing runs with their reasons", async () => {
  const { document } = await report("incomplete", {
    state: ({ strategy, seed }) => (strategy === "cyborg" && seed > 1 ? "failed" : "done"),
  });
  expect(text(document, "#missing")).toContain("2 of 9 planned runs have no part");
  expect(text(document, "#missing")).toContain(
    "cyborg/resnet50/alpha=0.5/seed=2: /data/train.csv: no space left on the disk",
  );
  expect(text(document, "#verdict")).toContain(
    "cannot be told over seeds: a test over seeds needs two runs of each at least, there are 1 and 3",
  );
});

test("one seed: no ±, no test over seeds, and the reason", async () => {
  const { document, folder } = await report("single", { seeds: [4] });
  expect(text(document, "#results table td")).not.toContain("±");
  expect(readFileSync(join(folder, "report/tables/auc.md"), "utf8").split("\n").slice(2).join()).not.toContain("±");
  expect(text(document, "#comparisons")).toContain(
    "n/a: a test over seeds needs two runs of each at least, there are 1 and 1",
  );
  expect(text(document, "#attention")).toContain("n/a: it takes two runs");
});

test("no run done yet is a page as well", async () => {
  const { document } = await report("none", { state: () => "waiting" });
  expect(text(document, "#missing")).toContain("9 of 9 planned runs");
  expect(text(document, "#roc .absent")).toMatch(/no ROC curve/);
});

test("people beside networks, by the generators that both know", async () => {
  const folder = join(root, "people");
  writeFakeExperiment(folder, { strategies: threeStrategies, images: 40 });
  const accuracy = {
    judgements: 9,
    share: { value: 0.6 },
    wilson: { value: { low: 0.4, high: 0.7 } },
    clustered: { value: null, reason: "" },
  };
  const sources = ["ProGAN", "unknown"].map((source) => ({ source, accuracy }));
  const conditions = [{ condition: "choice-and-mark", byTargetSource: [], byOtherSource: sources }];
  const study = { title: "Faces & <friends>", question: { target: "Real" } };
  writeFileSync(join(folder, "analysis.json"), JSON.stringify({ study, conditions }));
  const file = await writeExperimentReport(folder, readResults(folder, { study: join(folder, "analysis.json") }));
  const { document } = parseHTML(readFileSync(file, "utf8"));
  expect(text(document, "#humans")).toContain("In “Faces & <friends>” people saw two images");
  expect(document.querySelector("#humans svg")!.getAttribute("aria-label")).toBe(
    "Two-alternative forced choice by generator, people and resnet50: ProGAN.",
  );
});

test("names that would be markup stay text, in every form", async () => {
  const evil = `<script>alert(1)</script>|a & b_c%`;
  const { document, folder } = await report("hostile", {
    name: "x",
    testSets: { one: [evil], two: [`"b",`] },
    strategies: [{ ...threeStrategies[0], name: evil }, threeStrategies[2]],
    labels: { real: "</svg><img src=x onerror=alert(2)>", fake: "</style><b>" },
  });
  expect(document.querySelectorAll("script, iframe, main b, img, [onerror]")).toHaveLength(0);
  expect(text(document, "#results")).toContain(evil);
  const markdown = readFileSync(join(folder, "report/tables/generators.md"), "utf8");
  expect(markdown).toContain("\\<script\\>alert(1)\\</script\\>\\|a \\& b\\_c%");
  const latex = readFileSync(join(folder, "report/tables/generators.tex"), "utf8");
  expect(latex).toContain("$<$script$>$alert(1)$<$/script$>$|a \\& b\\_c\\%");
});

const browserPath = process.env.CHROMIUM ?? "/usr/bin/chromium";

test.skipIf(!existsSync(browserPath))(
  "fits 390 and 1280 pixels and asks for nothing from outside (Chromium)",
  async () => {
    const { file } = await report("browser", { seeds: [1, 2, 3, 4, 5] });
    const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox", "--disable-gpu"] });
    try {
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on("console", (message) => complaints.push(message.text()));
      page.on("request", (request) => {
        if (!/^(file|data):/.test(request.url())) complaints.push(request.url());
      });
      for (const width of [390, 1280]) {
        await page.setViewportSize({ width, height: 900 });
        await page.goto(pathToFileURL(file).href);
        await page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true");
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      }
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
    }
  },
);
