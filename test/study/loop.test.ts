/**
 * The loop closed by the real commands, as docs/study.md tours it: images → study → people (simulated) → maps → a network
 * that is trained to look there → scores on a generator that it has not seen.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { readManifest } from "../../src/data/manifest.ts";
import { makeDemoData } from "../../src/demo/make.ts";
import { pearson } from "../../src/saliency/map-measures.ts";
import { readMap } from "../../src/saliency/read-map.ts";
import type { StudyAnalysis } from "../../src/study/analysis/index.ts";
import type { SimulationSummary } from "../../src/study/simulate/simulate.ts";
import { oversight, start, temporaryFolder } from "../cli/command.ts";
import { copyEmptyDatabase } from "../empty-database.ts";

const root = temporaryFolder();
const [cache, data, study, run] = ["cache", "data", "study", "run"].map((name) => join(root, name));
const manifest = join(data, "train.csv");

/** Ten commands, each a process: a busy machine takes its time. */
const timeout = 300_000;

beforeAll(async () => {
  await makeDemoData(data, { seed: 2, train: 48, validation: 16, testPerGenerator: 8, size: 64 });
});

async function done(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await oversight(cache, ...args);
  expect(code, `${args.join(" ")}: ${stderr}`).toBe(0);
  return stdout;
}

test(
  "from images to a detector, by way of a study",
  async () => {
    const question = "Which of these two faces is synthetic?";
    await done("study", "init", study, "--images", manifest, "--target", "Synthetic", "--question", question);
    await copyEmptyDatabase(join(study, "database"));

    const server = start(cache, "study", "serve", study, "--port", "0");
    const [, url] = await server.said(/researcher +(http:\S+)\/researcher#token=/);
    for (const page of ["/", "/researcher"]) expect((await fetch(url + page)).status).toBe(200);
    const summary: SimulationSummary = JSON.parse(
      await done("study", "simulate", study, "--url", url, "--participants", "12", "--skill", "0.8", "--json"),
    );
    expect(summary.failures).toEqual([]);
    expect(summary.participants.complete).toBeGreaterThan(6);

    const meanwhile = await oversight(cache, "study", "analyze", study);
    expect(meanwhile.code).toBe(2);
    expect(meanwhile.stderr).toMatch(/held by process \d+ .*: stop it first; .*PostgreSQL.*\n$/);
    server.process.kill("SIGINT");
    expect(await server.finished).toMatchObject({ code: 0 });

    expect(await done("study", "analyze", study)).toMatch(/12 joined, 12 began, \d+ analysed.*\nchoice-and-mark +\d/s);
    const analysis: StudyAnalysis = JSON.parse(readFileSync(join(study, "analysis.json"), "utf8"));
    const committed = analysis.participants.reduce((sum, { trials }) => sum + trials.committed, 0);
    expect(committed).toBe(summary.trials);
    expect(existsSync(join(study, "report.html"))).toBe(true);

    expect(await done("study", "maps", study)).toMatch(/maps of \d+ of 64 images/);
    const guided = await expectMapsLikeTheEvidence();

    const settings = ["--network", "resnet-small", "--input-size", "32", "--epochs", "2", "--batch", "8"];
    const trained = await oversight(
      ...[cache, "train", "--data", join(study, "maps", "manifest.csv"), ...settings],
      ...["--guidance", "cyborg", "--out", run],
    );
    expect(trained.code, trained.stderr).toBe(0);
    expect(trained.stderr).toContain(`${guided} training images are guided`);
    const scores = await done("evaluate", run, "--test", `cedar=${join(data, "test-cedar.csv")}`);
    expect(scores).toMatch(/cedar +8 +\d\.\d{3} \[/);
  },
  timeout,
);

/** What participants marked is what was there to be seen. @returns training images with a map */
async function expectMapsLikeTheEvidence(): Promise<number> {
  const evidence = new Map(readManifest(manifest).samples.map(({ name, saliency }) => [name, saliency]));
  const { samples } = readManifest(join(study, "maps", "manifest.csv"));
  expect(samples.map(({ split }) => split)).toEqual(readManifest(manifest).samples.map(({ split }) => split));
  const pairs: { marked: Float32Array; there: Float32Array }[] = [];
  for (const { name, label, saliency } of samples) {
    const there = evidence.get(name.replace(/^images\//, ""));
    if (label === "Synthetic" && saliency !== undefined && there !== undefined)
      pairs.push({ marked: (await readMap(saliency)).values, there: (await readMap(there)).values });
  }
  expect(pairs.length).toBeGreaterThan(10);
  const mean = (values: (number | undefined)[]) => values.reduce<number>((sum, r) => sum + (r ?? 0), 0) / values.length;
  const own = mean(pairs.map(({ marked, there }) => pearson(marked, there)));
  const others = mean(pairs.map(({ marked }, i) => pearson(marked, pairs[(i + 1) % pairs.length].there)));
  expect(own).toBeGreaterThan(0.3);
  expect(own).toBeGreaterThan(others + 0.1);
  return samples.filter(({ split, saliency }) => split === "train" && saliency !== undefined).length;
}
