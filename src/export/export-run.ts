/** A trained run becomes a detector: a folder with the model, what is known of it, and a card for people. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../base/errors.ts";
import { ensureWritableFolder, writeFileAtomic } from "../base/files.ts";
import { version } from "../base/version.ts";
import { readManifest, requireSamples, samplesOf } from "../data/manifest.ts";
import { type DetectorFile, detectorFile, detectorName, metadataKey, modelName } from "../detector/detector-file.ts";
import {
  type Calibration,
  expectedCalibrationError,
  fitCalibration,
  probabilityOf,
  reliability,
  uncalibrated,
} from "../evaluation/calibration.ts";
import { chooseThreshold, type ThresholdRule } from "../evaluation/error-rates.ts";
import type { SplitScores } from "../evaluation/ranking.ts";
import { type EvaluationResults, readEvaluation } from "../evaluation/results.ts";
import { scoreSamples } from "../evaluation/score-samples.ts";
import { requireFiniteScores, splitScores } from "../evaluation/scores.ts";
import { wilsonInterval } from "../evaluation/statistics/wilson.ts";
import { readRunConfig } from "../training/run-folder.ts";
import { openTrainedRun } from "../training/trained-run.ts";
import { detectorGraph } from "./detector-graph.ts";
import { modelCard } from "./model-card.ts";
import { checkModel } from "./onnx/check.ts";
import { encodeModel } from "./onnx/proto.ts";
import { reliabilityFigure } from "./reliability-figure.ts";
import { type SelfCheck, selfCheck } from "./self-check.ts";

export interface ExportOptions {
  runFolder: string;
  to: string;
  /** Of the detector, e.g. `Apache-2.0`; what the training images allow only their owner knows. */
  licence: string;
  /** How the training images were framed, in words. */
  framing?: string | undefined;
  onProgress?: (what: string, done: number, total: number) => void;
}

export interface ExportOutcome {
  about: DetectorFile;
  check: SelfCheck;
  /** Bytes of the model. */
  size: number;
}

const judgedRates = [0.001, 0.01, 0.05, 0.1];
/** Validation images on which the model is compared with the network. */
const checkedImages = 200;
/** In logits, of their magnitude where that is above 1; beyond it the graph is wrong, not rounded. Its own filter may be off by a grey level here and there. */
const tolerance = { squeezed: 1e-3, alone: 1e-2 };

/**
 * @throws InputError when the run has no weights, its validation images cannot be read or miss a class, or the folder
 * cannot be written; Error when the model does not say what the network says (nothing is written then)
 */
export async function exportRun({
  runFolder,
  to,
  licence,
  framing,
  onProgress,
}: ExportOptions): Promise<ExportOutcome> {
  const { config, classifier } = openTrainedRun(runFolder, { device: "cpu", precision: "float32" });
  const { classes, positive } = classifier;
  const manifest = readManifest(config.data.manifest, { ...config.data, classes });
  const validation = requireSamples(manifest, "val");
  ensureWritableFolder(to);

  const { rows } = await scoreSamples(classifier, validation, {
    batch: 16,
    tap: "gap",
    onProgress: (done, total) => onProgress?.("validation images", done, total),
  });
  requireFiniteScores(rows, runFolder);
  const scores = splitScores(rows, positive);
  const evaluation = existsSync(join(runFolder, "evaluation.json")) ? readEvaluation(runFolder) : undefined;
  const rule: ThresholdRule = evaluation?.threshold.rule ?? { rule: "eer" };
  const threshold = chooseThreshold(scores, rule);
  const calibration = fitCalibration(scores);
  const bins = { before: reliability(scores, uncalibrated), after: reliability(scores, calibration) };

  const about: DetectorFile = detectorFile.parse({
    format: 1,
    name: `${config.network} ${config.guidance.name}`,
    network: config.network,
    classes: [...classes],
    positive,
    inputSize: classifier.input.size,
    ...(framing === undefined ? {} : { framing }),
    threshold: probabilityOf(threshold, calibration),
    thresholdRule: rule.rule === "eer" ? "equal error rate" : `false positive rate of ${rule.fpr}`,
    operatingPoints: operatingPoints(scores, calibration),
    calibration: {
      ...calibration,
      images: rows.length,
      eceBefore: expectedCalibrationError(bins.before),
      eceAfter: expectedCalibrationError(bins.after),
    },
    training: {
      data: readRunConfig(runFolder).environment.data,
      images: samplesOf(manifest, "train").length,
      guidance: config.guidance.name,
      seed: config.seed,
    },
    tests: evaluation?.testSets.map(measuredOn) ?? [],
    licence,
    oversight: version,
  } satisfies DetectorFile);

  const graph = detectorGraph(classifier, {
    name: "oversight-detector",
    description: `${about.name}: probability that an image is ${positive}`,
    version,
    calibration,
    metadata: { [metadataKey]: JSON.stringify(about), licence },
  });
  checkModel(graph);
  const model = encodeModel(graph);
  const check = await selfCheck(model, classifier, spread(validation, checkedImages), (done, total) =>
    onProgress?.("checking the model", done, total),
  );
  const { largestDifference, largestDifferenceAlone } = check;
  const scale = Math.max(1, check.largestLogit);
  if (!(largestDifference < scale * tolerance.squeezed && largestDifferenceAlone < scale * tolerance.alone)) {
    throw new Error(
      `the exported model's logits differ from the network's by ${largestDifference}, its own resizing in use by ${largestDifferenceAlone}`,
    );
  }
  writeFileAtomic(join(to, modelName), model);
  writeFileAtomic(join(to, "reliability.svg"), reliabilityFigure(bins, positive));
  writeFileAtomic(join(to, "README.md"), modelCard(about, check));
  // Last, since it says that the others are there.
  writeFileAtomic(join(to, detectorName), `${JSON.stringify(about, null, 1)}\n`);
  return { about, check, size: model.byteLength };
}

function operatingPoints(scores: SplitScores, calibration: Calibration): DetectorFile["operatingPoints"] {
  return judgedRates
    .filter((fpr) => fpr * scores.negatives.length >= 1)
    .map((fpr) => {
      const threshold = chooseThreshold(scores, { rule: "fpr", fpr });
      const found = scores.positives.filter((score) => score >= threshold).length;
      const value = found / scores.positives.length;
      const tpr = { value, ...wilsonInterval(found, scores.positives.length) };
      return { fpr, threshold: probabilityOf(threshold, calibration), tpr };
    });
}

function measuredOn({ name, counts, auc, atThreshold }: EvaluationResults["testSets"][number]) {
  const area = auc.value === null ? null : { value: auc.value, low: auc.low, high: auc.high };
  return { name, images: counts.images, auc: area, apcer: atThreshold.apcer, bpcer: atThreshold.bpcer };
}

/** At most `count` of the items, evenly over the list, so that both classes are among them. */
export function spread<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, index) => items[Math.floor((index * items.length) / count)]);
}

/** Where `oversight export` puts a run's detector unless told otherwise. */
export const detectorFolder = (runFolder: string) => join(runFolder, "detector");

/** @throws InputError when it is no line of words */
export function requireFraming(text: string): string {
  if (/^\P{C}{1,300}$/u.test(text) && text.trim() === text) return text;
  throw new InputError(`--framing: expected one line of at most 300 characters, found "${text}"`);
}

/** @throws InputError when the licence is no word or SPDX expression */
export function requireLicence(text: string): string {
  if (/^[\w.+() -]{1,100}$/.test(text)) return text;
  throw new InputError(`--licence: expected an SPDX expression such as Apache-2.0, found "${text}"`);
}
