/**
 * The run folder: what a run leaves behind, and where it goes on from.
 *
 *     config.yaml            everything resolved, and what it ran on
 *     metrics.jsonl          one line an epoch
 *     events.out.tfevents.*  the same for TensorBoard
 *     best.safetensors       the weights of the best epoch by validation
 *     last.safetensors       enough to go on bit for bit (checkpoint.ts)
 *     lock                   while a process trains here: its pid
 *     scores/ maps/ evaluation.json report.html   what evaluation and report add
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { z } from "zod";
import { InputError } from "../base/errors.ts";
import { ensureWritableFolder, readTextFile, writeFileAtomic } from "../base/files.ts";
import { acquirePidLock, type PidLock } from "../base/pid-lock.ts";
import { checkSchema } from "../base/schema.ts";
import { writeSafetensors } from "../torch/files/safetensors.ts";
import type { StateDict } from "../torch/nn/module.ts";
import { configSchema, decisiveSettings, readConfigFile } from "./config.ts";
import { type EpochMetrics, readMetrics } from "./metrics.ts";
import { type EventFile, openEventFile, writeEventFile } from "./tensorboard.ts";

/** What the numbers depend on besides the configuration. */
export const environmentSchema = z.object({
  oversight: z.string(),
  libtorch: z.string(),
  cpuCapability: z.string(),
  /** Of each process. */
  threads: z.int(),
  /** That shared every batch, where there were several. */
  processes: z.int().optional(),
  device: z.string(),
  precision: z.enum(["float32", "bfloat16"]),
  /** Fingerprint of the training and validation images and maps. */
  data: z.string(),
});
export type Environment = z.infer<typeof environmentSchema>;

/** `config.yaml`: the configuration with classes, positive class and input size filled in, and the environment. */
const runConfigSchema = z.object({ config: configSchema, environment: environmentSchema });
export type RunConfig = z.infer<typeof runConfigSchema>;

export interface RunFolder {
  readonly path: string;
  readonly checkpointPath: string;
  /** Drops the metrics of epochs after `epochs`: they were written, but not their checkpoint. */
  rewindMetrics(epochs: number): void;
  appendMetrics(metrics: EpochMetrics): void;
  saveBest(weights: StateDict, about: Readonly<Record<string, number>>): void;
  /** Gives the folder back. */
  close(): void;
}

/**
 * Makes the folder, or takes up the run that is in it. It is this process's until it is closed: two that wrote one run
 * would each undo the other's checkpoints.
 * @returns the folder, and in what the environment differs from the one in which the run began
 * @throws InputError when the folder cannot be written, another process trains in it, or it holds a run of another
 *   configuration or other data
 */
export function openRunFolder(path: string, run: RunConfig): { folder: RunFolder; changes: string[] } {
  ensureWritableFolder(path);
  const lock = acquirePidLock(join(path, "lock"), "the run");
  try {
    return { changes: takeUp(path, run), folder: runFolder(path, lock) };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * Writes `config.yaml`, or compares with the one that is there. Data may have moved, and a run may go on with other
 * threads: then the file says what is so now.
 * @returns what has changed in the environment
 */
function takeUp(path: string, run: RunConfig): string[] {
  const configPath = join(path, "config.yaml");
  const write = (config: RunConfig["config"], environment: Environment) =>
    writeFileAtomic(configPath, stringify({ ...config, environment }));
  if (!existsSync(configPath)) {
    write(run.config, run.environment);
    return [];
  }
  const begun = readRunConfig(path);
  const [difference] = differences(decisiveSettings(begun.config), decisiveSettings(run.config));
  if (difference !== undefined) {
    throw new InputError(`${path} holds a run with another configuration: ${difference}; choose another --out`);
  }
  if (begun.environment.data !== run.environment.data) {
    throw new InputError(`${path}: the images or maps have changed since this run began; choose another --out`);
  }
  if (differences(begun.config, run.config).length > 0) write(run.config, begun.environment);
  return differences(begun.environment, run.environment);
}

/** @throws InputError when `path` is not a run folder */
export function readRunConfig(path: string): RunConfig {
  const file = join(path, "config.yaml");
  if (!existsSync(file)) throw new InputError(`${path} is not a run folder: it has no config.yaml`);
  const { environment, ...config } = readConfigFile(file);
  return checkSchema(runConfigSchema, { config, environment }, file);
}

function runFolder(path: string, lock: PidLock): RunFolder {
  const metricsPath = join(path, "metrics.jsonl");
  const eventsPath = join(path, "events.out.tfevents.oversight");
  let events: EventFile | undefined;
  return {
    path,
    checkpointPath: join(path, "last.safetensors"),
    rewindMetrics(epochs) {
      const kept = existsSync(metricsPath) ? readMetrics(metricsPath).filter(({ epoch }) => epoch <= epochs) : [];
      writeFileAtomic(metricsPath, ...kept.map(line));
      writeEventFile(eventsPath, kept.flatMap(scalars));
      events?.close();
      events = openEventFile(eventsPath);
    },
    appendMetrics(metrics) {
      // Whole files are short, and a line that is half there would be worse than a rewrite.
      const before = existsSync(metricsPath) ? readTextFile(metricsPath) : "";
      writeFileAtomic(metricsPath, before, line(metrics));
      for (const event of scalars(metrics)) events?.append(event);
    },
    saveBest: (weights, about) => {
      const metadata = Object.fromEntries(Object.entries(about).map(([key, value]) => [key, String(value)]));
      writeSafetensors(join(path, "best.safetensors"), weights, metadata);
    },
    close() {
      events?.close();
      events = undefined;
      lock.release();
    },
  };
}

function line(metrics: EpochMetrics): string {
  return `${JSON.stringify(metrics)}\n`;
}

/** One scalar a metric, as TensorBoard groups them. */
function scalars({ epoch, time, learningRate, train, validation }: EpochMetrics) {
  const tags = { ...prefixed("train", train), ...prefixed("validation", validation), learningRate };
  return Object.entries(tags).flatMap(([tag, value]) =>
    typeof value === "number" ? [{ step: epoch, wallTime: time, tag, value }] : [],
  );
}
function prefixed(prefix: string, values: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [`${prefix}/${key}`, value]));
}

/** `learningRate 0.005, now 0.01` for each leaf that differs. */
function differences(before: unknown, now: unknown, path = ""): string[] {
  const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
  if (isObject(before) && isObject(now)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(now)]);
    return [...keys].flatMap((key) => differences(before[key], now[key], path === "" ? key : `${path}.${key}`));
  }
  return Object.is(before, now)
    ? []
    : [`${path} was ${JSON.stringify(before) ?? "unset"}, now ${JSON.stringify(now) ?? "unset"}`];
}
