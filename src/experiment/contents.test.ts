import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { makeData } from "../../test/cli/command.ts";
import { lookAtData } from "./contents.ts";
import { readExperimentFile } from "./experiment-file.ts";
import { expandRuns } from "./runs.ts";

const root = mkdtempSync(join(tmpdir(), "oversight-contents-"));
const original = join(root, "original");

beforeAll(async () => {
  process.env.OVERSIGHT_CACHE = join(root, "cache");
  await makeData(original, { train: 4, val: 4, test: 2 });
});

let copies = 0;
/** A copy of the data, changed. */
function copy(change: (folder: string) => void = () => {}): string {
  const folder = join(root, `copy-${++copies}`);
  cpSync(original, folder, { recursive: true });
  change(folder);
  return folder;
}
function edit(folder: string, file: string, from: string, to: string) {
  const text = readFileSync(join(folder, file), "utf8");
  expect(text).toContain(from);
  writeFileSync(join(folder, file), text.replace(from, to));
}
/** Appended bytes: still the same picture, yet another content. */
const touch = (folder: string, file: string) => writeFileSync(join(folder, file), "x", { flag: "a" });

async function look(folder: string, more: Record<string, unknown> = {}) {
  const file = join(root, `experiment-${++copies}.yaml`);
  const grid = {
    name: "grid",
    data: { small: { manifest: join(folder, "train.csv") } },
    tests: [{ name: "unseen", manifest: join(folder, "test.csv") }],
    networks: ["resnet-small"],
    strategies: [
      { name: "classical", data: "small", guidance: "cross-entropy" },
      { name: "cyborg", data: "small", guidance: "cyborg" },
    ],
    seeds: 1,
  };
  writeFileSync(file, stringify({ ...grid, ...more }));
  const experiment = readExperimentFile(file);
  const { contents, tests } = await lookAtData(experiment);
  const [classical, cyborg] = expandRuns(experiment, contents).map(({ id }) => id);
  return { classical, cyborg, test: tests[0].fingerprint, contents };
}

test("the same data elsewhere are the same; an image, a label or the order makes all runs anew, a map the guided", async () => {
  const { classical, cyborg, test } = await look(original);
  expect(await look(copy())).toMatchObject({ classical, cyborg, test });

  const map = await look(copy((folder) => touch(folder, "train-1-map.png")));
  expect(map).toMatchObject({ classical, test });
  expect(map.cyborg).not.toBe(cyborg);

  for (const change of [
    (folder: string) => touch(folder, "train-1.png"),
    (folder: string) => touch(folder, "val-1.png"),
    (folder: string) => edit(folder, "train.csv", "train,A", "train,B"),
    (folder: string) => {
      // Two rows in turn.
      const lines = readFileSync(join(folder, "train.csv"), "utf8").split("\n");
      [lines[1], lines[3]] = [lines[3], lines[1]];
      writeFileSync(join(folder, "train.csv"), lines.join("\n"));
    },
  ]) {
    const changed = await look(copy(change));
    expect(changed.classical).not.toBe(classical);
    expect(changed.cyborg).not.toBe(cyborg);
    expect(changed.test).toBe(test);
  }

  const tested = await look(copy((folder) => touch(folder, "test-1.png")));
  expect(tested).toMatchObject({ classical, cyborg });
  expect(tested.test).not.toBe(test);
});

test("counts images, fills in classes and the positive class", async () => {
  const { contents } = await look(original);
  expect(contents.data.get("cyborg")).toMatchObject({
    ...{ training: 4, validation: 4 },
    config: { classes: ["A", "B"], positive: "B" },
  });
});

test("other maps must be for the same images", async () => {
  const guided = (maps: string) => ({
    strategies: [
      { name: "classical", data: "small", guidance: "cross-entropy" },
      { name: "other", data: "small", guidance: "cyborg", maps },
    ],
  });
  const { cyborg } = await look(original);
  const redrawn = copy((folder) => touch(folder, "train-1-map.png"));
  expect((await look(original, guided(join(redrawn, "train.csv")))).cyborg).not.toBe(cyborg);
  const others = copy((folder) => touch(folder, "train-2.png"));
  await expect(look(original, guided(join(others, "train.csv")))).rejects.toThrow(
    /train\.csv: not the images of .*original\/train\.csv.*: for line 4, "train-2\.png", it has line 4, "train-2\.png"/,
  );
});

test("guidance without maps, unknown positive class, data of different classes: one line each", async () => {
  const bare = copy((folder) => {
    for (let i = 0; i < 4; i++) edit(folder, "train.csv", `train-${i}-map.png`, "");
  });
  await expect(look(bare)).rejects.toThrow(/train\.csv: no training image has a saliency map, and cyborg is guided/);
  const data = { small: { manifest: join(original, "train.csv"), positive: "C" } };
  await expect(look(original, { data })).rejects.toThrow(
    /data\.small\.positive: there is no class "C"; there are A, B/,
  );
});
