/** A finished (or stopped) run, opened for evaluation: its best weights in its network, ready to score. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../base/errors.ts";
import { readWeights } from "../torch/files/index.ts";
import { setThreads, setUpDevice } from "../torch/modes.ts";
import type { Classifier, Precision } from "../vision/classifier.ts";
import type { FeatureTap } from "../vision/networks/index.ts";
import type { TrainingConfig } from "./config.ts";
import { chooseDevice, choosePrecision } from "./device.ts";
import { makeClassifier } from "./prepare.ts";
import { readRunConfig } from "./run-folder.ts";

export interface TrainedRun {
  config: TrainingConfig;
  /** On its device, in evaluation mode. */
  classifier: Classifier;
  /** The feature map that the run's guidance read, or the true CAM's where it had none. */
  tap: FeatureTap;
}

export interface Machine {
  device: string;
  precision: "auto" | Precision;
  /** Of one operation; those that the run trained with without it. */
  threads?: number | undefined;
}

/** @throws InputError when the folder is no run, has no weights yet, or they do not fit its network */
export function openTrainedRun(folder: string, asked: Machine): TrainedRun {
  const { config } = readRunConfig(folder);
  const weights = join(folder, "best.safetensors");
  if (!existsSync(weights))
    throw new InputError(`${folder}: has no best.safetensors: its training has not finished an epoch`);
  const device = chooseDevice(asked.device);
  setUpDevice(device);
  const threads = asked.threads ?? config.threads;
  if (threads !== undefined) setThreads(threads);
  const classifier = makeClassifier(config, device, choosePrecision(asked.precision, device));
  classifier.network.loadStateDict(readWeights(weights), weights);
  classifier.network.to(device, "channelsLast").train(false);
  return { config, classifier, tap: config.guidance.name === "cyborg" ? config.guidance.tap : "gap" };
}
