/** What the files of an experiment hold, as fingerprints: files that did not change are not read a second time. */
import { createHash } from "node:crypto";
import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { cacheFolder } from "../base/cache-folder.ts";
import { InputError } from "../base/errors.ts";
import type { Progress } from "../base/progress.ts";
import { contentHashes } from "../data/content-hash.ts";
import { type Manifest, readManifest, requireSamples, requireTrainable, samplesOf } from "../data/manifest.ts";
import type { Sample } from "../data/sample.ts";
import type { Experiment, Strategy, TestEntry } from "./experiment-file.ts";
import type { Contents, TrainingData } from "./runs.ts";

export interface TestData extends TestEntry {
  /** Of everything that its score file and its figures come from. */
  fingerprint: string;
  /** How many images. */
  images: number;
}

type Report = Progress["update"];

/**
 * Reads all manifests and hashes what they list.
 * @throws InputError naming the manifest and the row, or the file that cannot be read
 */
export async function lookAtData(
  experiment: Experiment,
  onProgress?: Report,
): Promise<{ contents: Contents; tests: TestData[] }> {
  const data = new Map<string, TrainingData>();
  for (const strategy of experiment.strategies)
    data.set(strategy.name, await lookAtTraining(experiment, strategy, onProgress));
  const weights = await hashWeights(experiment);
  const classes = [...new Set([...data.values()].map(({ config }) => JSON.stringify(config.classes)))];
  if (classes.length > 1)
    throw new InputError(`${experiment.file}: the data have different classes: ${classes.join(" and ")}`);
  const tests: TestData[] = [];
  for (const test of experiment.tests) tests.push(await lookAtTest(test, JSON.parse(classes[0]), onProgress));
  return { contents: { data, weights }, tests };
}

async function lookAtTraining(experiment: Experiment, strategy: Strategy, onProgress?: Report): Promise<TrainingData> {
  const entry = experiment.data[strategy.data];
  const own = readManifest(entry.manifest, entry);
  const guided = strategy.guidance === "cyborg";
  const other = guided && strategy.maps !== "human" ? strategy.maps : undefined;
  // A manifest of other maps reaches its images by a link beside it, see `oversight maps`.
  const paths = other === undefined ? entry : { manifest: other, classes: entry.classes };
  const manifest = other === undefined ? own : readManifest(other, paths);
  if (other !== undefined) requireSameImages(own, manifest);
  requireTrainable(manifest);
  const { classes } = manifest;
  const positive = entry.positive ?? classes.at(-1)!;
  if (!classes.includes(positive))
    throw new InputError(
      `${experiment.file}: data.${strategy.data}.positive: there is no class "${positive}"; there are ${classes.join(", ")}`,
    );
  const training = samplesOf(manifest, "train");
  const validation = samplesOf(manifest, "val");
  if (guided && !training.some(({ saliency }) => saliency !== undefined))
    throw new InputError(
      `${manifest.file}: no training image has a saliency map, and ${strategy.name} is guided by maps`,
    );
  const hash = hasher(join(cacheFolder(), "datasets", "content-hashes.json"), manifest.file, onProgress);
  const rows = [
    ...(await hash(training, guided, ({ split, label }) => [split, label])),
    ...(await hash(validation, false, ({ split, label }) => [split, label])),
  ];
  return {
    config: { ...paths, classes, positive },
    fingerprint: digest(rows),
    training: training.length,
    validation: validation.length,
  };
}

async function lookAtTest(test: TestEntry, classes: readonly string[], onProgress?: Report): Promise<TestData> {
  const samples = requireSamples(readManifest(test.manifest, { imageRoot: test.imageRoot, classes }), "test");
  // An index of its own: test sets may be so large that one for all would forget the first before the last is read.
  const index = join(cacheFolder(), "test-sets", `${digest(test.manifest).slice(0, 16)}.json`);
  const hash = hasher(index, test.manifest, onProgress);
  // Its scores name and group the images, so names and sources count.
  const rows = await hash(samples, false, ({ label, name, source }) => [label, name, source ?? ""]);
  return { ...test, fingerprint: digest([test.name, rows]), images: samples.length };
}

function requireSameImages(own: Manifest, other: Manifest): void {
  const folders = new Map<string, string>();
  const key = ({ split, label, path }: Sample) => JSON.stringify([split, label, behindLinks(path, folders)]);
  for (const split of ["train", "val"] as const) {
    const [expected, found] = [own, other].map((manifest) => samplesOf(manifest, split).map(key));
    const astray = expected.findIndex((row, index) => row !== found[index]);
    if (astray < 0 && expected.length === found.length) continue;
    const row = samplesOf(own, split)[astray];
    const where =
      row === undefined
        ? `it has more rows of ${split}`
        : `${own.file}:${row.line}, "${row.name}", is not at its place`;
    throw new InputError(`${other.file}: not the images of ${own.file} in their order: ${where}`);
  }
}

/** Where the file really is. @param folders what was found before: images are many, their folders few */
function behindLinks(path: string, folders: Map<string, string>): string {
  const folder = dirname(path);
  const real = folders.get(folder) ?? (existsSync(folder) ? realpathSync(folder) : folder);
  folders.set(folder, real);
  return join(real, basename(path));
}

function hasher(index: string, label: string, onProgress?: Report) {
  return async (samples: readonly Sample[], maps: boolean, facts: (sample: Sample) => readonly string[]) => {
    const paths = samples.flatMap(({ path, saliency }) => (maps && saliency !== undefined ? [path, saliency] : [path]));
    const hashes = await contentHashes(paths, index, (done, total) => onProgress?.(`reading ${label}`, done, total));
    let next = 0;
    return samples.map((sample) => [
      ...facts(sample),
      hashes[next++].hash,
      maps && sample.saliency !== undefined ? hashes[next++].hash : "",
    ]);
  };
}

/** The files of first weights that the settings name. */
async function hashWeights({ settings, networkSettings, strategies }: Experiment): Promise<Map<string, string>> {
  const layers = [settings, ...Object.values(networkSettings), ...strategies.map((strategy) => strategy.settings)];
  const named = layers.flatMap(({ weights }) => (typeof weights === "string" ? [weights] : []));
  const files = [...new Set(named)].filter((name) => name !== "none" && name !== "imagenet");
  const hashes = await contentHashes(files, join(cacheFolder(), "test-sets", "weights.json"));
  return new Map(files.map((file, index) => [file, hashes[index].hash]));
}

function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}
