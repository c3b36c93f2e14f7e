/**
 * A trained classifier on test sets: scores, statistics, maps; all written to its run folder. The threshold for error
 * rates comes from the validation images, never from a test set.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../base/errors.ts";
import { writeFileAtomic } from "../base/files.ts";
import { acquirePidLock } from "../base/pid-lock.ts";
import type { Sample } from "../data/sample.ts";
import type { Classifier } from "../vision/classifier.ts";
import type { FeatureTap } from "../vision/networks/index.ts";
import { type AttentionEntry, writeAttention } from "./attention-file.ts";
import { drawMap, drawOverlays } from "./cam-pictures.ts";
import { chooseThreshold, type ThresholdRule } from "./error-rates.ts";
import { type MapEntry, writeMapIndex } from "./map-index.ts";
import { type EvaluationResults, writeEvaluation } from "./results.ts";
import { type ScoredSamples, scoreSamples } from "./score-samples.ts";
import { type ScoreRow, splitScores } from "./scores.ts";
import { scoresPath, writeScores } from "./scores-file.ts";
import { summarise } from "./summarise.ts";

export interface EvaluatedSet {
  name: string;
  /** Path of the manifest as it was given. */
  manifest: string;
  samples: readonly Sample[];
}

export interface EvaluationInput {
  runFolder: string;
  classifier: Classifier;
  /** The images on which the threshold is chosen; scored and kept as the set `validation`. */
  validation: EvaluatedSet;
  testSets: readonly EvaluatedSet[];
  rule: ThresholdRule;
  tap: FeatureTap;
  /** Images a forward pass. */
  batch: number;
  onProgress?: (set: string, done: number, total: number) => void;
}

/** Overlays per class and test set, of the most right and of the most wrong images. */
const overlaysEach = 4;

/**
 * @throws InputError when two sets have one name, a label is not one of the classifier's, an image cannot be read, or
 *   another process evaluates this run
 */
export async function evaluate(input: EvaluationInput): Promise<EvaluationResults> {
  requireKnown([input.validation, ...input.testSets], input.classifier.classes);
  // Training may go on beside it. Two evaluations would mix their pictures.
  const lock = acquirePidLock(join(input.runFolder, "evaluation.lock"), "the evaluation of this run");
  try {
    return await scoreAndDraw(input);
  } finally {
    lock.release();
  }
}

async function scoreAndDraw(input: EvaluationInput): Promise<EvaluationResults> {
  const { runFolder, classifier, validation, testSets, rule } = input;
  const { classes, positive } = classifier;
  const mapFolder = join(runFolder, "maps");

  const scored = new Map<EvaluatedSet, ScoredSamples>();
  for (const set of [validation, ...testSets]) {
    const onProgress = (done: number, total: number) => input.onProgress?.(set.name, done, total);
    scored.set(set, await scoreSamples(classifier, set.samples, { batch: input.batch, tap: input.tap, onProgress }));
    writeScores(scoresPath(runFolder, set.name), scored.get(set)!.rows);
  }
  const threshold = chooseThreshold(splitScores(scored.get(validation)!.rows, positive), rule);

  // Pictures of an earlier evaluation must not be taken for this one's.
  rmSync(mapFolder, { recursive: true, force: true });
  mkdirSync(mapFolder, { recursive: true });
  const entries: MapEntry[] = [];
  for (const set of testSets) entries.push(...(await drawSet(set, scored.get(set)!, input, mapFolder)));
  writeMapIndex(runFolder, entries);
  writeAttention(
    runFolder,
    [...scored].flatMap(([set, samples]) => attentionEntries(set, samples)),
  );

  const results: EvaluationResults = {
    positiveClass: positive,
    classes: [...classes],
    threshold: { value: threshold, rule, from: { split: "val", manifest: validation.manifest } },
    testSets: testSets.map((set) => summarise(set, scored.get(set)!.rows, { positiveClass: positive, threshold })),
  };
  writeEvaluation(runFolder, results);
  return results;
}

function requireKnown(sets: readonly EvaluatedSet[], classes: readonly string[]): void {
  const names = sets.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new InputError(`two test sets are called ${twice}: name them apart with --test NAME=FILE`);
  for (const { manifest, samples } of sets) {
    const foreign = samples.find(({ label }) => !classes.includes(label));
    if (foreign === undefined) continue;
    const known = classes.join(", ");
    throw new InputError(`${manifest}:${foreign.line}: the run knows no class "${foreign.label}"; it knows ${known}`);
  }
}

async function drawSet(
  set: EvaluatedSet,
  { rows, attention }: ScoredSamples,
  { classifier, tap }: EvaluationInput,
  folder: string,
): Promise<MapEntry[]> {
  const entries: MapEntry[] = [];
  const add = (entry: Omit<MapEntry, "file" | "testSet">, png: Buffer) => {
    const file = `${set.name.replaceAll(" ", "-")}-${entries.length + 1}.png`;
    writeFileAtomic(join(folder, file), png);
    entries.push({ file, testSet: set.name, ...entry });
  };
  for (const [label, { images, mean }] of attention) {
    add({ kind: "mean-cam", label, caption: `mean CAM of ${images} images of ${label}` }, await drawMap(mean));
  }
  for (const label of attention.keys()) {
    const { right, wrong } = extremes(rows, label, classifier.positive);
    const chosen = [
      ...right.map((row) => ({ row, what: "most right" })),
      ...wrong.map((row) => ({ row, what: "most wrong" })),
    ];
    const samples = chosen.map(({ row }) => set.samples[row]);
    const pictures = await drawOverlays(classifier, samples, tap);
    chosen.forEach(({ row, what }, index) => {
      const { path, predicted, score } = rows[row];
      add({ kind: "overlay", label, caption: `${what}: ${path}, taken for ${predicted}`, score }, pictures[index]);
    });
  }
  return entries;
}

function attentionEntries({ name }: EvaluatedSet, { attention }: ScoredSamples): AttentionEntry[] {
  return [...attention].map(([label, { mean, ...rest }]) => ({
    testSet: name,
    label,
    ...rest,
    mean: { ...mean, values: [...mean.values] },
  }));
}

/** Rows (by number) of class `label`, from those whose score speaks most for the label, and most against it. */
function extremes(rows: readonly ScoreRow[], label: string, positive: string) {
  const sign = label === positive ? 1 : -1;
  const own = rows.flatMap((row, index) => (row.label === label ? [{ index, support: sign * row.score }] : []));
  own.sort((a, b) => b.support - a.support);
  const order = own.map(({ index }) => index);
  const each = Math.min(overlaysEach, Math.floor(order.length / 2));
  return { right: order.slice(0, each), wrong: order.slice(order.length - each).reverse() };
}
