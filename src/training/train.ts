/**
 * The training loop. From the top: open or resume the run, then per epoch: shuffle, step through the batches, validate,
 * keep the best weights, write one line of metrics, save the checkpoint.
 */
import { InputError } from "../base/errors.ts";
import type { Dataset } from "../data/dataset.ts";
import { auc } from "../evaluation/ranking.ts";
import { scoreBatch } from "../evaluation/score-images.ts";
import { type ScoreRow, splitScores } from "../evaluation/scores.ts";
import { indices } from "../torch/create.ts";
import { crossEntropy } from "../torch/functional.ts";
import { manualSeed, setThreads } from "../torch/modes.ts";
import { learningRate } from "../torch/optim/schedule.ts";
import { Sgd } from "../torch/optim/sgd.ts";
import { scope } from "../torch/scope.ts";
import type { Classifier } from "../vision/classifier.ts";
import { epochOrder, gather } from "./augment.ts";
import { type BatchPlan, makeBatch } from "./batches.ts";
import { type EpochSums, loadCheckpoint, type Position, saveCheckpoint } from "./checkpoint.ts";
import type { TrainingConfig } from "./config.ts";
import { gradientStep, type StepResult } from "./gradient-step.ts";
import type { EpochMetrics } from "./metrics.ts";
import type { PreparedRun } from "./prepare.ts";

export interface TrainingInput extends Omit<PreparedRun, "notes"> {
  /** Asked between steps: true stops the run where it can go on later. */
  stopped: () => boolean;
  onStep?: (progress: StepProgress) => void;
  onEpoch?: (metrics: EpochMetrics) => void;
}

export interface StepProgress {
  epoch: number;
  epochs: number;
  imagesDone: number;
  imagesTotal: number;
  /** Mean loss of the epoch so far. */
  loss: number;
}

export interface TrainingOutcome {
  finished: boolean;
  best: Position["best"];
}

/** A long epoch is saved on its way this often. */
const secondsBetweenCheckpoints = 300;
const nothingSeen: EpochSums = { images: 0, guided: 0, loss: 0, crossEntropy: 0, guidance: 0, correct: 0, seconds: 0 };

/** @throws InputError when the loss is no longer a number, with the batch's file names */
export async function train(input: TrainingInput): Promise<TrainingOutcome> {
  const { config, classifier, loss, training, validation, run } = input;
  const { network, device } = classifier;
  const optimiser = new Sgd(network.namedParameters(), config);
  const trained = { network, optimiser, device };
  manualSeed(config.seed);
  if (config.threads !== undefined) setThreads(config.threads);

  const start: Position = { epoch: 0, step: 0, sums: nothingSeen, best: null };
  let position = loadCheckpoint(run.checkpointPath, trained) ?? start;
  run.rewindMetrics(position.epoch);
  const plan: BatchPlan = {
    dataset: training,
    classifier,
    augment: config.augment,
    seed: config.seed,
    usesMaps: loss.usesMaps,
  };
  const count = training.samples.length;
  let saved = performance.now();

  while (position.epoch < config.epochs) {
    const { epoch } = position;
    const rate = learningRate(config.schedule, config.learningRate, epoch, config.epochs);
    const order = epochOrder(count, config.seed, epoch);
    network.train();

    while (position.step * config.batch < count) {
      const chosen = order.slice(position.step * config.batch, (position.step + 1) * config.batch);
      const begun = performance.now();
      const sums = scope(() => {
        const batch = makeBatch(plan, chosen, epoch);
        const step = gradientStep(classifier, loss, optimiser, batch, { ...config, learningRate: rate });
        if (step === undefined) throw diverged(training, chosen, epoch, position.step);
        return sumsOf(step, chosen.length, batch.guided, (performance.now() - begun) / 1000);
      });
      position = { ...position, step: position.step + 1, sums: plus(position.sums, sums) };
      const { images, loss: total } = position.sums;
      input.onStep?.({ epoch, epochs: config.epochs, imagesDone: images, imagesTotal: count, loss: total / images });

      await new Promise(setImmediate); // lets signals and timers in
      const stop = input.stopped();
      if (stop || performance.now() - saved > secondsBetweenCheckpoints * 1000) {
        saveCheckpoint(run.checkpointPath, trained, position);
        saved = performance.now();
      }
      if (stop) return { finished: false, best: position.best };
    }

    const measured = validate(classifier, validation, config.batch);
    const value = config.select === "auc" ? measured.auc : measured.accuracy;
    const isBest = position.best === null || value > position.best.value;
    if (isBest) run.saveBest(network.stateDict(), { epoch: epoch + 1, [config.select]: value });
    const metrics = summarise(position, config, rate, measured, isBest);
    run.appendMetrics(metrics);
    const best = isBest ? { epoch: epoch + 1, value } : position.best;
    position = { epoch: epoch + 1, step: 0, sums: nothingSeen, best };
    saveCheckpoint(run.checkpointPath, trained, position);
    saved = performance.now();
    input.onEpoch?.(metrics);
  }
  return { finished: true, best: position.best };
}

function sumsOf(step: StepResult, images: number, guided: number, seconds: number): EpochSums {
  const { correct } = step;
  const guidance = (step.guidance ?? 0) * guided;
  return {
    images,
    guided,
    loss: step.loss * images,
    crossEntropy: step.crossEntropy * images,
    guidance,
    correct,
    seconds,
  };
}

function plus(a: EpochSums, b: EpochSums): EpochSums {
  const keys = Object.keys(a) as (keyof EpochSums)[];
  return Object.fromEntries(keys.map((key) => [key, a[key] + b[key]])) as EpochSums;
}

function diverged(dataset: Dataset, chosen: readonly number[], epoch: number, step: number): InputError {
  const files = chosen.map((image) => dataset.samples[image].name).join(", ");
  return new InputError(
    `the loss is not a finite number in epoch ${epoch + 1}, step ${step + 1}; lower learningRate or set clipGradients. The batch: ${files}`,
  );
}

export interface Validation {
  auc: number;
  accuracy: number;
  crossEntropy: number;
}

/** Scores the validation images. The AUC is of the positive class against all others. */
export function validate(classifier: Classifier, dataset: Dataset, batch: number): Validation {
  const { network, classes, positive, device } = classifier;
  network.train(false);
  const rows: Pick<ScoreRow, "label" | "score">[] = [];
  let correct = 0;
  let total = 0;
  for (let from = 0; from < dataset.samples.length; from += batch) {
    const samples = dataset.samples.slice(from, from + batch);
    scope(() => {
      const pixels = gather(
        dataset.images,
        samples.map((_, index) => from + index),
      );
      const labels = indices(samples.map(({ label }) => classes.indexOf(label))).toDevice(device);
      const scores = scoreBatch(classifier, pixels, (_, logits) => {
        total += crossEntropy(logits, labels).item() * samples.length;
      });
      scores.forEach(({ score, predicted }, index) => {
        rows.push({ label: samples[index].label, score });
        if (classes[predicted] === samples[index].label) correct += 1;
      });
    });
  }
  const count = dataset.samples.length;
  return { auc: auc(splitScores(rows, positive)), accuracy: correct / count, crossEntropy: total / count };
}

function summarise(
  { epoch, sums }: Position,
  config: TrainingConfig,
  rate: number,
  validation: Validation,
  best: boolean,
): EpochMetrics {
  const { images, guided, seconds } = sums;
  return {
    kind: "epoch",
    epoch: epoch + 1,
    epochs: config.epochs,
    learningRate: rate,
    train: {
      loss: sums.loss / images,
      crossEntropy: sums.crossEntropy / images,
      guidance: guided > 0 ? sums.guidance / guided : null,
      accuracy: sums.correct / images,
    },
    validation,
    best,
    images,
    guided,
    imagesPerSecond: images / seconds,
    seconds,
    time: Date.now() / 1000,
  };
}
