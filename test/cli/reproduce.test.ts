/** The paper's experiment on a miniature of its data, to the end, by the real commands. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readEvaluation } from "../../src/evaluation/results.ts";
import { readPlan } from "../../src/experiment/plan.ts";
import { isDone, readRunStatus } from "../../src/experiment/run-status.ts";
import { oversight, temporaryFolder } from "./command.ts";

/** Sixteen processes after one another, on machines that do other things beside. */
const patience = 15 * 60_000;

let folder: string;
let data: string;
beforeAll(async () => {
  folder = temporaryFolder();
  data = join(folder, "data");
  const { code, stderr } = await oversight(join(folder, "cache"), "reproduce", "miniature", data);
  expect([code, stderr]).toEqual([0, ""]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const reproduce = (...args: string[]) =>
  oversight(join(folder, "cache"), "reproduce", "cyborg", "--data", data, "--device", "cpu", ...args);
const tiny = ["--networks", "resnet-small", "--seeds", "2", "--set", "weights=none", "--set", "epochs=1"];

test("four strategies, two seeds, six test sets: all done, and nothing is done twice", {
  timeout: patience,
}, async () => {
  const out = join(folder, "experiment");
  const { code, stderr } = await reproduce("--out", out, ...tiny);
  expect(code, stderr).toBe(0);
  const plan = readPlan(out);
  expect(plan.runs.map(({ name }) => name)).toEqual(
    [1, 2].flatMap((seed) => [
      ...[`classical/resnet-small/seed=${seed}`, `classical-7x/resnet-small/seed=${seed}`],
      ...[`masks/resnet-small/alpha=0.5/seed=${seed}`, `cyborg/resnet-small/alpha=0.5/seed=${seed}`],
    ]),
  );
  for (const run of plan.runs) {
    expect(isDone(readRunStatus(run), plan)).toBe(true);
    const { testSets, positiveClass } = readEvaluation(run.folder);
    expect(positiveClass).toBe("Synthetic");
    expect(testSets.map(({ name, counts }) => [name, counts.positives, counts.negatives])).toEqual(
      ["ProGAN", "StarGANv2", "StyleGAN", "StyleGAN2", "StyleGAN2-ADA", "StyleGAN3"].map((name) => [name, 3, 3]),
    );
    expect(testSets[0].counts.bySource.map(({ source }) => source)).toEqual(["CelebA-HQ", "ProGAN"]);
  }
  // Masks and human maps guide the same images, towards different places.
  const guidance = (name: string) => {
    const { folder } = plan.runs.find((run) => run.name.startsWith(name))!;
    return JSON.parse(readFileSync(join(folder, "metrics.jsonl"), "utf8").split("\n")[0]).train.guidance as number;
  };
  expect(guidance("masks")).toBeGreaterThan(0);
  expect(guidance("masks")).not.toBe(guidance("cyborg"));

  const again = await reproduce("--out", out, ...tiny);
  expect([again.code, again.stderr]).toEqual([0, expect.stringContaining("all 8 runs are done")]);
});

test("a dry run says what the real one would take, and leaves nothing", async () => {
  const out = join(folder, "dry");
  const { code, stdout, stderr } = await reproduce("--out", out, "--dry-run", "--no-probe");
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toContain("original, training                8 real + 8 synthetic; the paper had 919 real");
  expect(stdout).toMatch(/^masks\/xception +10 runs$/m);
  expect(stdout).toMatch(/^runs +160$/m);
  expect(stdout).toMatch(/^time +not known without a measurement/m);
  expect(stdout).toMatch(/^memory +\d+ × up to \d+\.\d GB, by a rough guess; /m);
  expect(stdout).toMatch(/^disk +\d+\.\d GB in .*dry: weights \d+\.\d GB, scores \d+\.\d MB; /m);
  expect(existsSync(out)).toBe(false);
});

test("what is prepared only is an experiment that can be planned and changed", async () => {
  const out = join(folder, "prepared");
  const { code, stderr } = await reproduce("--out", out, "--prepare-only", "--strategies", "classical,masks", ...tiny);
  expect([code, stderr]).toEqual([0, expect.stringContaining(`prepared ${join(out, "experiment.yaml")}`)]);
  expect(existsSync(join(out, "runs.json"))).toBe(false);
  const planned = await oversight(join(folder, "cache"), "experiment", "plan", out, "--no-probe");
  expect([planned.code, planned.stdout]).toEqual([
    0,
    expect.stringMatching(/masks\/resnet-small\/alpha=0.5\/seed=2 +waiting/),
  ]);
});

test("what is missing or mistyped is said before anything begins", async () => {
  const out = join(folder, "none");
  rmSync(join(data, "Data/train/masks"), { recursive: true });
  rmSync(join(data, "Data/test/1_fake/progan_aligned"), { recursive: true });
  const { code, stderr } = await reproduce("--out", out);
  expect(code).toBe(2);
  expect(stderr.split("\n").slice(0, 2)).toEqual([
    expect.stringMatching(/^missing: labels or landmarks for the segmentation masks: no Data\/train\/masks nor /),
    "missing: the test set ProGAN, synthetic images: no folder Data/test/1_fake/progan_aligned",
  ]);
  expect(stderr).toContain("2 parts of the data are missing; where this copy has other names, say so with --layout");
  const refused = await reproduce("--out", out, "--networks", "resnet50,resnet51");
  expect([refused.code, refused.stderr]).toEqual([
    2,
    'oversight: --networks: there is no "resnet51" — did you mean "resnet50"?; there are densenet121, resnet50, inception_v3, xception, resnet-small\n',
  ]);
  expect(existsSync(out)).toBe(false);
});
