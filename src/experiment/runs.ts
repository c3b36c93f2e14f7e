/**
 * From the grid to runs. A run is known by what its numbers depend on: the resolved settings and the content of its data,
 * never by names, paths or the machine. So the same run is never computed twice, and a changed setting, image or map is
 * a new run.
 */
import { createHash } from "node:crypto";
import { InputError } from "../base/errors.ts";
import { decisiveSettings, type Layer, overlay, parseConfig, type TrainingConfig } from "../training/config.ts";
import { inputSizes, type NetworkName } from "../vision/networks/names.ts";
import type { Experiment, Strategy } from "./experiment-file.ts";

export interface ExperimentRun {
  /** 16 hexadecimal digits; the name of the run's folder. */
  id: string;
  /** For people: `cyborg/resnet50/alpha=0.5/seed=3`; without α where nothing is blended by it. */
  name: string;
  strategy: string;
  network: NetworkName;
  alpha: number | null;
  seed: number;
  /** Its data name maps that are not people's, as those of a control. */
  otherMaps?: boolean | undefined;
  config: TrainingConfig;
  /** The run folder, `<experiment>/runs/<id>`. */
  folder: string;
}

/** A run before it has a place on the disk. */
export type UnplacedRun = Omit<ExperimentRun, "folder">;

/** What the files that a strategy trains on hold; see `lookAtData`. */
export interface TrainingData {
  /** As a run's configuration has it, classes and positive class filled in. */
  config: TrainingConfig["data"];
  /** Of labels, images and, where the strategy is guided, maps of the training and validation rows in their order. */
  fingerprint: string;
  /** How many images. */
  training: number;
  validation: number;
}

/** What a run's identity takes from files. */
export interface Contents {
  /** By the strategy's name. */
  data: ReadonlyMap<string, TrainingData>;
  /** SHA-256 by the path of a file of first weights. */
  weights: ReadonlyMap<string, string>;
}

/**
 * All runs, seed by seed, so that an experiment that is stopped half-way has compared all strategies.
 * @throws InputError when a combination of settings is not possible, or two strategies would compute the same runs
 */
export function expandRuns(experiment: Experiment, contents: Contents): UnplacedRun[] {
  const runs: UnplacedRun[] = [];
  const byId = new Map<string, UnplacedRun>();
  for (const seed of experiment.seeds) {
    for (const strategy of experiment.strategies) {
      for (const network of experiment.networks) {
        for (const alpha of alphasOf(strategy, experiment)) {
          const run = makeRun({ experiment, strategy, network, alpha, seed }, contents);
          const same = byId.get(run.id);
          if (same !== undefined)
            throw new InputError(
              `${experiment.file}: ${same.name} and ${run.name} are the same run: same settings, same data; leave one out`,
            );
          byId.set(run.id, run);
          runs.push(run);
        }
      }
    }
  }
  return runs;
}

function alphasOf(strategy: Strategy, { alphas }: Experiment): readonly (number | null)[] {
  if (strategy.guidance === "cross-entropy" || strategy.lambda !== undefined) return [null];
  return strategy.alphas ?? alphas;
}

interface Cell {
  experiment: Experiment;
  strategy: Strategy;
  network: NetworkName;
  alpha: number | null;
  seed: number;
}

function makeRun(cell: Cell, contents: Contents): UnplacedRun {
  const { strategy, network, alpha, seed, experiment } = cell;
  const data = contents.data.get(strategy.name);
  if (data === undefined) throw new Error(`nobody has looked at the data of ${strategy.name}`);
  const name = [strategy.name, network, ...(alpha === null ? [] : [`alpha=${alpha}`]), `seed=${seed}`].join("/");
  const layers: Layer = {
    ...layered(cell),
    ...{ network, seed, data: data.config },
  };
  const parsed = parseConfig(layers, `${experiment.file}: ${name}`);
  const config = { ...parsed, inputSize: parsed.inputSize ?? inputSizes[network] };
  return {
    id: identity(config, data.fingerprint, contents),
    name,
    strategy: strategy.name,
    network,
    alpha,
    seed,
    ...(strategy.guidance === "cyborg" && strategy.maps !== "human" ? { otherMaps: true } : {}),
    config,
  };
}

/** The file's settings, under those of the network, under those of the strategy. */
function layered({ experiment, strategy, network, alpha }: Cell): Layer {
  const layers = [experiment.settings, experiment.networkSettings[network] ?? {}, strategy.settings];
  const { guidance, ...settings } = layers.reduce<Layer>((below, above) => overlay(below, above), {});
  // What is said of guidance in general does not concern a strategy that has none.
  if (strategy.guidance === "cross-entropy") return { ...settings, guidance: { name: "cross-entropy" } };
  const blend = strategy.lambda === undefined ? { alpha } : { lambda: strategy.lambda };
  return { ...settings, guidance: { ...(guidance as Layer | undefined), name: strategy.guidance, ...blend } };
}

/** To be raised when the same settings give other numbers than before. */
const identityVersion = 1;

function identity(config: TrainingConfig, data: string, { weights }: Contents): string {
  const first = weights.get(config.weights);
  const settings = { ...decisiveSettings(config), weights: first ?? config.weights };
  return createHash("sha256")
    .update(JSON.stringify(sorted({ identityVersion, settings, data })))
    .digest("hex")
    .slice(0, 16);
}

/** The same value with the keys of all objects in order, so that its JSON does not depend on how it was written. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
