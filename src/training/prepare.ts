/** From a configuration to what the loop takes: data, a network with its first weights, a loss, the run folder. */
import { cpus } from "node:os";
import { cacheFolder } from "../base/cache-folder.ts";
import { InputError } from "../base/errors.ts";
import type { Progress } from "../base/progress.ts";
import { version } from "../base/version.ts";
import { type Dataset, openDataset } from "../data/dataset.ts";
import { type Manifest, readManifest, requireTrainable, samplesOf } from "../data/manifest.ts";
import { crossEntropyLoss, cyborgLoss, type GuidedLoss } from "../guidance/index.ts";
import { readWeights } from "../torch/files/index.ts";
import { manualSeed, setThreads, setUpDevice, torchInfo } from "../torch/modes.ts";
import { requireProcessGroups } from "../torch/process-group.ts";
import type { Classifier, Precision } from "../vision/classifier.ts";
import { type Network, type NetworkName, networks } from "../vision/networks/index.ts";
import { toTorchvisionNames } from "../vision/pretrained.ts";
import { imagenetWeights, type PretrainedNetwork } from "../vision/weights.ts";
import type { TrainingConfig } from "./config.ts";
import { chooseDevice, chooseOwnDevice, choosePrecision, type Processes } from "./device.ts";
import { type Environment, openRunFolder, type RunFolder } from "./run-folder.ts";

export interface PreparedRun {
  config: TrainingConfig;
  classifier: Classifier;
  loss: GuidedLoss;
  training: Dataset;
  validation: Dataset;
  /** Of the process that writes. */
  run: RunFolder | undefined;
  environment: Environment;
  /** What a person should know before the run begins. */
  notes: string[];
}

export interface PreparationOptions {
  /** Run folder; without it the run is written by another process. */
  out: string | undefined;
  /** Processes that share every batch, if it is not this one's alone. */
  processes?: Processes;
  onProgress?: Progress["update"];
}

/**
 * @throws InputError when anything that was given cannot be used; the run folder is then untouched
 */
export async function prepareRun(
  given: TrainingConfig,
  { out, processes, onProgress }: PreparationOptions,
): Promise<PreparedRun> {
  const manifest = readManifest(given.data.manifest, given.data);
  requireTrainable(manifest);
  const config = resolveConfig(given, manifest);
  const device = processes === undefined ? chooseDevice(config.device) : chooseOwnDevice(config.device, processes);
  if (processes !== undefined) checkShares(processes.total, config.batch, device);
  setUpDevice(device);
  const precision = choosePrecision(config.precision, device);
  const threads = config.threads ?? Math.max(1, Math.floor(cpus().length / (processes?.here ?? 1)));
  setThreads(threads);

  const loss = makeLoss(config.guidance);
  const { training, validation } = await openDatasets(config, manifest, onProgress);
  const notes = [...manifest.notes, ...(loss.usesMaps ? guidanceNotes(training, config.data.manifest) : [])];

  manualSeed(config.seed);
  const classifier = makeClassifier(config, device, precision);
  notes.push(...(await initialise(classifier.network, config, onProgress)));
  classifier.network.to(device, "channelsLast");

  const { version: libtorch, cpuCapability } = torchInfo();
  const data = [training, validation].map(({ fingerprint }) => fingerprint.slice(0, 16)).join("+");
  const machine = { oversight: version, libtorch, cpuCapability, threads, device, precision, data };
  const environment: Environment = { ...machine, ...(processes && { processes: processes.total }) };
  const common = { config, classifier, loss, training, validation, environment, notes };
  if (out === undefined) return { ...common, run: undefined };
  const { folder, changes } = openRunFolder(out, { config, environment });
  notes.push(
    ...changes.map((change) => `not as when the run began: ${change}; numbers may differ in their last digits`),
  );
  return { ...common, run: folder };
}

function checkShares(processes: number, batch: number, device: string): void {
  requireProcessGroups(device);
  if (batch < processes)
    throw new InputError(`batch: ${batch} images a step cannot be shared by ${processes} processes; at least one each`);
}

/**
 * Decodes the data and fetches the first weights of a run into the cache, so that runs that begin side by side find them
 * there and do not each do it anew.
 * @throws InputError as `prepareRun` would
 */
export async function fillCaches(given: TrainingConfig, onProgress?: Progress["update"]): Promise<void> {
  const manifest = readManifest(given.data.manifest, given.data);
  const config = resolveConfig(given, manifest);
  const { training, validation } = await openDatasets(config, manifest, onProgress);
  training.close();
  validation.close();
  if (config.weights === "imagenet") await pretrainedPath(config.network, onProgress);
}

async function openDatasets(config: TrainingConfig, manifest: Manifest, onProgress?: Progress["update"]) {
  const open = (split: "train" | "val", maps: boolean) =>
    openDataset(samplesOf(manifest, split), {
      size: config.inputSize!,
      maps,
      cacheFolder: cacheFolder(),
      onProgress: (done, total) => onProgress?.(`${split} images`, done, total),
    });
  const training = await open("train", makeLoss(config.guidance).usesMaps);
  return { training, validation: await open("val", false) };
}

/** Fills in what depends on the data and the network. */
function resolveConfig(given: TrainingConfig, manifest: Manifest): TrainingConfig {
  const { classes } = manifest;
  const positive = given.data.positive ?? classes.at(-1)!;
  if (!classes.includes(positive)) {
    throw new InputError(`data.positive: there is no class "${positive}"; there are ${classes.join(", ")}`);
  }
  const inputSize = given.inputSize ?? networks[given.network].inputSize;
  return { ...given, inputSize, data: { ...given.data, classes, positive } };
}

/** @param config with everything filled in */
export function makeClassifier(config: TrainingConfig, device: string, precision: Precision): Classifier {
  const { create, mean, std, inputSize } = networks[config.network];
  const { classes, positive } = config.data;
  if (classes === undefined || positive === undefined) throw new Error("the configuration is not resolved");
  const input = { size: config.inputSize ?? inputSize, mean, std };
  return { network: create(classes.length), input, classes, positive, device, precision };
}

export function makeLoss(guidance: TrainingConfig["guidance"]): GuidedLoss {
  if (guidance.name === "cross-entropy") return crossEntropyLoss();
  const { alpha, lambda, class: explainedClass, tap, camWeights } = guidance;
  const blend = lambda === undefined ? { alpha: alpha! } : { lambda };
  return cyborgLoss({ blend, explainedClass, tap, camWeights });
}

function guidanceNotes({ counts }: Dataset, manifest: string): string[] {
  const { withMap, blank, withoutMap } = counts;
  if (withMap === 0)
    throw new InputError(`${manifest}: no training image has a saliency map that is not blank: nothing to guide by`);
  if (blank + withoutMap === 0) return [];
  return [`${withMap} training images are guided; ${withoutMap} have no map and ${blank} a blank one, and are not`];
}

/** Puts in the first weights. @returns what a person should know of them */
async function initialise(
  network: Network,
  { weights, network: name, data }: TrainingConfig,
  onProgress: PreparationOptions["onProgress"],
): Promise<string[]> {
  if (weights === "none") return [];
  const path = weights === "imagenet" ? await pretrainedPath(name, onProgress) : weights;
  const { state, dropped } = toTorchvisionNames(name, readWeights(path), data.classes!.length);
  // Where a head for other classes was dropped, the network's own, freshly drawn, stays.
  const head = [...network.modules()].find(([, module]) => module === network.classifier)![0];
  const replaced = dropped.length > 0 && !state.has(`${head}.weight`);
  if (replaced) {
    for (const [key, value] of network.stateDict()) if (key.startsWith(`${head}.`)) state.set(key, value);
  }
  network.loadStateDict(state, path);
  return replaced ? [`${path}: the last layer is for other classes and starts anew`] : [];
}

async function pretrainedPath(name: NetworkName, onProgress: PreparationOptions["onProgress"]): Promise<string> {
  if (!networks[name].pretrained)
    throw new InputError(`weights: there are no ImageNet weights for ${name}; use \`none\` or a file`);
  return imagenetWeights(name as PretrainedNetwork, {
    cacheFolder: cacheFolder(),
    onProgress: ({ received, total }) => onProgress?.("downloading weights", received, total ?? received, "bytes"),
  });
}
