/** What the files of an experiment hold, as fingerprints: files that did not change are not read a second time. */
import { createHash } from "node:crypto";
import { join } from "node:path";
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
  const guided = strategy.guidance === "cyborg";
  const human = guided && strategy.maps === "human";
  const own = await hashTraining(readManifest(entry.manifest, entry), human, onProgress);
  const { classes } = own.manifest;
  const positive = entry.positive ?? classes.at(-1)!;
  if (!classes.includes(positive))
    throw new InputError(
      `${experiment.file}: data.${strategy.data}.positive: there is no class "${positive}"; there are ${classes.join(", ")}`,
    );
  if (!guided || human) return described(strategy, own, { ...entry, classes, positive });
  const other = await hashTraining(readManifest(strategy.maps, { classes }), true, onProgress);
  requireSameImages(own, other);
  return described(strategy, other, { manifest: strategy.maps, classes, positive });
}

/** The rows that training and validation read, each as split, label, and the hashes of image and map. */
interface HashedRows {
  manifest: Manifest;
  samples: Sample[];
  rows: string[][];
}

async function hashTraining(manifest: Manifest, maps: boolean, onProgress?: Report): Promise<HashedRows> {
  requireTrainable(manifest);
  const hash = hasher(join(cacheFolder(), "datasets", "content-hashes.json"), manifest.file, onProgress);
  const [training, validation] = [samplesOf(manifest, "train"), samplesOf(manifest, "val")];
  const facts = ({ split, label }: Sample) => [split, label];
  const rows = [...(await hash(training, maps, facts)), ...(await hash(validation, false, facts))];
  return { manifest, samples: [...training, ...validation], rows };
}

function described(strategy: Strategy, { manifest, samples, rows }: HashedRows, config: TrainingData["config"]) {
  const training = samples.filter(({ split }) => split === "train");
  if (strategy.guidance === "cyborg" && !training.some(({ saliency }) => saliency !== undefined))
    throw new InputError(
      `${manifest.file}: no training image has a saliency map, and ${strategy.name} is guided by maps`,
    );
  const validation = samples.length - training.length;
  return { config, fingerprint: digest(rows), training: training.length, validation };
}

/** Other maps, but the images, labels and order of the data: else two things would be compared at once. */
function requireSameImages(own: HashedRows, other: HashedRows): void {
  const image = ([split, label, hash]: string[]) => `${split} ${label} ${hash}`;
  const astray = own.rows.findIndex((row, index) => {
    const found = other.rows[index];
    return found === undefined || image(row) !== image(found);
  });
  if (astray < 0 && own.rows.length === other.rows.length) return;
  const [{ file }, { file: of }] = [other.manifest, own.manifest];
  if (astray < 0)
    throw new InputError(`${file}: has more images to train or validate on than ${of}, whose maps it is to replace`);
  const { line, name } = own.samples[astray];
  const there = other.samples[astray];
  const found = there === undefined ? "nothing" : `line ${there.line}, "${there.name}"`;
  throw new InputError(
    `${file}: not the images of ${of}, whose maps it is to replace: for line ${line}, "${name}", it has ${found}`,
  );
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
