/** `oversight maps` and what becomes of its manifests, by the real commands. */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeData, oversight, temporaryFolder } from "./command.ts";

let folder: string;
let manifest: string;
beforeAll(async () => {
  folder = temporaryFolder();
  await makeData(join(folder, "data"), { train: 8, val: 4, test: 2 });
  manifest = join(folder, "data", "train.csv");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: string[]) => oversight(join(folder, "cache"), ...args);

test("shuffled maps guide a training that takes their manifest as it is", async () => {
  const to = join(folder, "shuffled");
  const made = await run("maps", "shuffle", manifest, "--to", to, "--seed", "3");
  expect([made.code, made.stderr]).toEqual([0, ""]);
  expect(made.stdout).toBe(
    `maps of 8 of 12 images: kind shuffle, seed 3, withinLabel false\n  without a map  4 (no human map)\n  mean area      14.1 %\ntrain with --data ${to}/manifest.csv\n`,
  );
  const trained = await run(
    ...["train", "--data", `${to}/manifest.csv`, "--network", "resnet-small", "--guidance", "cyborg", "--epochs", "1"],
    ...["--input-size", "32", "--device", "cpu", "--threads", "1", "--out", join(folder, "run")],
  );
  expect(trained.code, trained.stderr).toBe(0);
  expect(trained.stderr).toMatch(/epoch 1\/1: loss \d\.\d+ guidance 0\.\d+/);
});

test("what cannot be made is said in one line", async () => {
  const to = join(folder, "none");
  for (const [args, words] of [
    [["masks"], "masks are made from --labels FOLDER or from --landmarks CSV: give one"],
    [["masks", "--labels", "a", "--landmarks", "b"], "give one"],
    [["masks", "--labels", join(folder, "no")], "no: no such file or folder"],
    [["masks", "--labels", "a", "--region", "nose"], "argument 'nose' is invalid"],
    [["centre", "--sigma", "2"], "--sigma: expected a share of the width, above 0 and at most 1, found 2"],
    [["shuffle", "--seed", "x"], '--seed: expected a whole number of at least 0, found "x"'],
  ] as const) {
    const [kind, ...flags] = args;
    const { code, stderr } = await run("maps", kind, manifest, "--to", to, ...flags);
    expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  }
  expect(existsSync(to)).toBe(false);
});
