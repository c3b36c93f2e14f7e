import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DOMParser, parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { studyRecords, testProtocol, visitor } from "../../../test/study-records.ts";
import { analyseStudy } from "../../study/analysis/index.ts";
import { seriesStyle } from "../style.ts";
import {
  accuracyFigure,
  dropOutFigure,
  judgementsFigure,
  learningFigure,
  responseTimeFigure,
  sourceFigure,
} from "./figures.ts";
import { studyReport, writeStudyReport } from "./study-report.ts";

const protocol = testProtocol({ pairs: { targetOther: 24, targetTarget: 4, otherOther: 0 } });
const records = studyRecords({
  participants: 60,
  protocol,
  skill: { "choice-only": 0.55, "choice-and-mark": 0.75 },
});
const analysis = analyseStudy(records, protocol);
const parsed = (report: string) => parseHTML(report).document;
const textOf = (report: string, id: string) =>
  (parsed(report).querySelector(`#${id}`)?.textContent ?? "").replaceAll(/\s+/g, " ");

describe("the page", () => {
  const report = studyReport(analysis);

  test("holds every section and each of its links leads to one", () => {
    const document = parsed(report);
    const targets = [...document.querySelectorAll("nav a")].map((link) => link.getAttribute("href")!.slice(1));
    expect(targets).toEqual([...document.querySelectorAll("main > section")].map(({ id }) => id));
    expect(targets).toHaveLength(10);
    expect(document.querySelectorAll("svg")).toHaveLength(6);
  });

  test("fetches nothing, runs nothing, shows no number that is none", () => {
    expect(report).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)|NaN|Infinity|undefined|\[object/);
  });

  test("says what the analysis found", () => {
    const [choiceOnly, choiceAndMark] = analysis.conditions;
    const accuracy = textOf(report, "accuracy");
    for (const { accuracy: found } of [choiceOnly, choiceAndMark])
      expect(accuracy).toContain(`${(100 * found.share.value!).toFixed(1)}%`);
    const tests = textOf(report, "tests");
    expect(tests).toContain("right more often than those who only chose, by more than chance explains");
    expect(tests).toContain("its p is too small where participants differ");
    expect(textOf(report, "methods")).toContain(
      `${analysis.flow.steps[4].participants.all} were analysed (left out, each for the first reason that held:`,
    );
    expect(textOf(report, "flow")).not.toContain("under way");
  });
});

test("where no difference is shown, the report does not say that there is none", () => {
  const alike = analyseStudy(
    studyRecords({ participants: 12, protocol, dropOut: 0, skill: { "choice-only": 0.6, "choice-and-mark": 0.6 } }),
    protocol,
  );
  expect(alike.comparison.value!.test.p).toBeGreaterThan(0.05);
  const tests = textOf(studyReport(alike), "tests");
  expect(tests).toContain("No difference is shown. Effects within the interval remain possible.");
  expect(tests).not.toContain("than those who only chose");
});

test("few participants and people under way are warned of", () => {
  const few = studyRecords({ participants: 4, protocol, dropOut: 0 });
  few.participants.push(visitor(5, {}));
  const report = studyReport(analyseStudy(few, protocol));
  expect(textOf(report, "flow")).toContain("1 participant is still under way");
  expect(textOf(report, "accuracy")).toContain("fewer than 10 analysed participants");
});

test.each([
  ["nothing recorded", { images: [], participants: [], trials: [] }],
  ["one participant", studyRecords({ participants: 1, protocol, dropOut: 0 })],
  ["all left at once", { ...records, trials: [] }],
])("%s: a whole page all the same", (_, some) => {
  const report = studyReport(analyseStudy(some, protocol));
  expect(report).not.toMatch(/NaN|Infinity|undefined|\[object/);
  expect(parsed(report).querySelectorAll("main > section")).toHaveLength(10);
});

test("what the study file and the manifest say is text and never markup", () => {
  const script = "<script>alert(1)</script>";
  const hostile = { ...protocol, title: script, question: { text: script, target: script } };
  const named = {
    ...records,
    images: records.images.map((image) => ({ ...image, source: `${image.source}${script}` })),
  };
  const report = studyReport(analyseStudy(named, hostile));
  expect(report).not.toContain("<script");
  expect(parsed(report).querySelector("h1")?.textContent).toBe(script);
});

describe("figures", () => {
  const elements = (svg: string, name: string) => [
    ...new DOMParser().parseFromString(svg, "image/svg+xml").querySelectorAll(name),
  ];
  /** An element's attribute, or what it has from its group. */
  const attribute = (element: ReturnType<typeof elements>[number], name: string): string | null =>
    element.getAttribute(name) ?? element.parentElement?.getAttribute(name);
  const places = (svg: string, color: string) =>
    elements(svg, "circle")
      .filter((circle) => attribute(circle, "fill") === color)
      .map((circle) => Number(circle.getAttribute("cx")));

  test("every analysed participant is a dot within the figure", () => {
    const svg = accuracyFigure(analysis);
    analysis.conditions.forEach(({ participants }, i) => {
      const dots = places(svg, seriesStyle(i).color);
      expect(dots).toHaveLength(participants);
      // The axis spans 108 … 380.
      for (const x of dots) expect(x).toSatisfy((place: number) => place >= 108 && place <= 380);
    });
  });

  test("accuracy on the axis lies where it belongs", () => {
    const svg = sourceFigure(analysis.conditions, "byTargetSource");
    const found = analysis.conditions[0].byTargetSource;
    const dots = places(svg, seriesStyle(0).color);
    expect(dots).toHaveLength(found.length);
    const shares = found.map(({ accuracy }) => accuracy.share.value!);
    // Places are an affine function of shares: from the first two follows the third.
    const scale = (dots[1] - dots[0]) / (shares[1] - shares[0]);
    expect(dots[2]).toBeCloseTo(dots[0] + scale * (shares[2] - shares[0]), 3);
    expect(dots[0]).toBeGreaterThan(60);
    expect(dots[0]).toBeLessThan(380);
  });

  test("lines and bars are there, one a condition", () => {
    for (const svg of [learningFigure(analysis.conditions), dropOutFigure(analysis.conditions)])
      for (const i of [0, 1]) {
        const line = elements(svg, "path").find((path) => attribute(path, "stroke") === seriesStyle(i).color);
        expect(line?.getAttribute("d")).toMatch(/^M[\d.]+,[\d.]+[HL]/);
      }
    expect(places(responseTimeFigure(analysis.conditions), seriesStyle(0).color)).toHaveLength(2);
    const bars = elements(judgementsFigure(analysis), "rect");
    const histograms = analysis.conditions.flatMap(({ judgements }) => judgements.committed.histogram);
    expect(bars).toHaveLength(histograms.length);
  });
});

test("report and analysis are written side by side", () => {
  const folder = mkdtempSync(join(tmpdir(), "study-report-"));
  try {
    const file = writeStudyReport(analysis, folder);
    expect(readFileSync(file, "utf8")).toBe(studyReport(analysis));
    expect(JSON.parse(readFileSync(join(folder, "analysis.json"), "utf8"))).toEqual(analysis);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
