/**
 * The training loop. From the top: open or resume the run, then per epoch: shuffle, step through the batches, validate,
 * keep the best weights, write one line of metrics, save the checkpoint.
 */
import { InputError } from "../base/errors.ts";
import type { Dataset } from "../data/dataset.ts";
import { auc } from "../evaluation/ranking.ts";
import { scoreBatch } from "../evaluation/score-images.ts";
import { splitScores } from "../evaluation/scores.ts";
import { indices } from "../torch/create.ts";
import { crossEntropy } from "../torch/functional.ts";
import { manualSeed, setThreads } from "../torch/modes.ts";
import { learningRate } from "../torch/optim/schedule.ts";
import { Sgd } from "../torch/optim/sgd.ts";
import type { ProcessGroup } from "../torch/process-group.ts";
import { scope } from "../torch/scope.ts";
import type { Classifier } from "../vision/classifier.ts";
import { epochOrder, gather } from "./augment.ts";
import { type BatchPlan, makeBatch } from "./batches.ts";
import { type EpochSums, loadCheckpoint, type Position, saveCheckpoint, shareState } from "./checkpoint.ts";
import type { TrainingConfig } from "./config.ts";
import { requireSameWeights } from "./drift.ts";
import { gradientStep, type StepResult } from "./gradient-step.ts";
import type { EpochMetrics } from "./metrics.ts";
import type { PreparedRun } from "./prepare.ts";
import type { RunFolder } from "./run-folder.ts";

export interface TrainingInput extends Pick<PreparedRun, "config" | "classifier" | "loss" | "training" | "validation"> {
  /** Of the process that writes: the only one, or the first of a group. */
  run?: RunFolder | undefined;
  /** The processes that share every batch, if there are several. All then return or throw at the same step. */
  group?: ProcessGroup | undefined;
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
  const { config, classifier, loss, training, validation, run, group } = input;
  const { network, device } = classifier;
  const optimiser = new Sgd(network.namedParameters(), config);
  const trained = { network, optimiser, device };
  manualSeed(config.seed);
  if (config.threads !== undefined) setThreads(config.threads);

  const start: Position = { epoch: 0, step: 0, sums: nothingSeen, best: null };
  let position = (run && loadCheckpoint(run.checkpointPath, trained)) ?? start;
  if (group !== undefined) position = shareState(group, trained, position);
  run?.rewindMetrics(position.epoch);
  const plan: BatchPlan = {
    dataset: training,
    classifier,
    augment: config.augment,
    seed: config.seed,
    usesMaps: loss.usesMaps,
    group,
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
      const stop = anyOf(input.stopped(), group);
      if (stop || performance.now() - saved > secondsBetweenCheckpoints * 1000) {
        if (run !== undefined) saveCheckpoint(run.checkpointPath, trained, position);
        saved = performance.now();
      }
      if (stop) return { finished: false, best: position.best };
    }

    const measured = validate(classifier, validation, config.batch, group);
    const value = config.select === "auc" ? measured.auc : measured.accuracy;
    const isBest = position.best === null || value > position.best.value;
    if (group !== undefined) requireSameWeights(network, group);
    if (isBest) run?.saveBest(network.stateDict(), { epoch: epoch + 1, [config.select]: value });
    const metrics = summarise(position, config, rate, measured, isBest);
    run?.appendMetrics(metrics);
    const best = isBest ? { epoch: epoch + 1, value } : position.best;
    position = { epoch: epoch + 1, step: 0, sums: nothingSeen, best };
    if (run !== undefined) saveCheckpoint(run.checkpointPath, trained, position);
    saved = performance.now();
    input.onEpoch?.(metrics);
  }
  return { finished: true, best: position.best };
}

/** Whether it is so in any process: all of them hear the same. */
function anyOf(own: boolean, group: ProcessGroup | undefined): boolean {
  return group === undefined ? own : group.sum([Number(own)])[0] > 0;
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

/**
 * Scores the validation images. The AUC is of the positive class against all others. Processes of a group score a share
 * each; all get the result.
 */
export function validate(classifier: Classifier, dataset: Dataset, batch: number, group?: ProcessGroup): Validation {
  const { network, classes, positive, device } = classifier;
  network.train(false);
  const count = dataset.samples.length;
  const { first, length } = group?.shareOf(count) ?? { first: 0, length: count };
  const size = Math.ceil(batch / (group?.size ?? 1));
  const scored = new Float64Array(count);
  let correct = 0;
  let total = 0;
  for (let from = first; from < first + length; from += size) {
    const samples = dataset.samples.slice(from, Math.min(from + size, first + length));
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
        scored[from + index] = score;
        if (classes[predicted] === samples[index].label) correct += 1;
      });
    });
  }
  const own = [correct, total, ...scored];
  const [allCorrect, allTotal, ...scores] = group?.sum(own) ?? own;
  const rows = dataset.samples.map(({ label }, index) => ({ label, score: scores[index] }));
  return { auc: auc(splitScores(rows, positive)), accuracy: allCorrect / count, crossEntropy: allTotal / count };
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
