/**
 * The experiment file: a grid of strategies, networks, weights of the blend (α) and seeds, over named data and test sets,
 * as YAML. docs/experiments.md describes it for people; the schema here is what is checked.
 */
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { InputError, inOneLine } from "../base/errors.ts";
import { nearest } from "../base/suggest.ts";
import { type ThresholdRule, testSetName } from "../evaluation/index.ts";
import { configSchema, type Layer, parseConfig, readConfigFile } from "../training/config.ts";
import { withAbsolutePaths } from "../training/settings.ts";
import { type NetworkName, networkNames } from "../vision/networks/names.ts";

/** Part of a run's name, so without the slash that parts the parts. */
const partName = z
  .string()
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N} ._+-]*$/u,
    "a name is of letters, digits, spaces and . _ + - and begins with a letter or digit",
  );
/** Training settings with gaps; checked one by one by `checkSettings`, with the words of `oversight train`. */
const settings = z.record(z.string(), z.unknown());
const alphas = distinct(z.array(z.number().min(0).max(1)).min(1), "α");
const seed = configSchema.shape.seed.unwrap();

const strategySchema = z.discriminatedUnion(
  "guidance",
  [
    z.strictObject({
      name: partName,
      /** Which of the file's data to train on. */
      data: z.string(),
      guidance: z.literal("cross-entropy"),
      settings: settings.default({}),
    }),
    z
      .strictObject({
        name: partName,
        data: z.string(),
        guidance: z.literal("cyborg"),
        /** `human`: the data's own maps; else a manifest of the same images with other maps, see `oversight maps`. */
        maps: z.string().min(1).default("human"),
        /** In place of the file's. */
        alphas: alphas.optional(),
        /** Cross-entropy + λ · guidance, instead of α. */
        lambda: z.number().min(0).optional(),
        settings: settings.default({}),
      })
      .refine(({ alphas, lambda }) => alphas === undefined || lambda === undefined, {
        error: "alphas and lambda are two ways to blend: give one",
      }),
  ],
  { error: "guidance must be cross-entropy or cyborg" },
);

const testSchema = z.strictObject({
  name: testSetName.refine((name) => name !== "validation", {
    error: "a run's validation images have this name already: choose another",
  }),
  manifest: z.string().min(1),
  /** Folder that image paths are relative to; the manifest's own without it. */
  imageRoot: z.string().min(1).optional(),
});

const experimentSchema = z.strictObject({
  name: partName,
  data: z.record(partName, configSchema.shape.data),
  tests: distinct(z.array(testSchema).min(1), "test set", ({ name }) => name),
  networks: distinct(z.array(z.enum(networkNames)).min(1), "network"),
  strategies: distinct(z.array(strategySchema).min(1), "strategy", ({ name }) => name),
  /** α · cross-entropy + (1 − α) · guidance; of guided strategies only. */
  alphas: alphas.default([0.5]),
  /** A number n stands for 1 … n. */
  seeds: distinct(
    z
      .union([z.int().min(1).max(10_000), z.array(seed).min(1)], {
        error: "expected how many seeds, or a list of them",
      })
      .transform((given) =>
        typeof given === "number" ? Array.from({ length: given }, (_, index) => index + 1) : given,
      ),
    "seed",
  ),
  /** Of every run. */
  settings: settings.default({}),
  /** Of the runs of one network, over `settings`. */
  networkSettings: z.partialRecord(z.enum(networkNames), settings).default({}),
  /** Where a score is called positive, chosen on validation: at the equal error rate, or at a false positive rate. */
  threshold: z
    .union([z.literal("eer"), z.strictObject({ fpr: z.number().gt(0).lt(1) })], {
      error: "expected eer, or fpr: and a rate between 0 and 1",
    })
    .default("eer")
    .transform(
      (given): ThresholdRule => (given === "eer" ? { rule: "eer" } : { rule: "fpr", ...(given as { fpr: number }) }),
    ),
});

type Given = z.output<typeof experimentSchema>;
export type Strategy = Given["strategies"][number];
/** One entry of `data`: what `data` is in a run's configuration. */
export type DataEntry = Given["data"][string];
export type TestEntry = Given["tests"][number];
/** What the file says, checked, with absolute paths. */
export interface Experiment extends Given {
  /** Path of the file, for errors. */
  file: string;
}

/**
 * @throws InputError as `<file>: strategies.1.data: there is no data "smal" — did you mean "small"? …`; nothing but the
 *   file itself is looked at
 */
export function readExperimentFile(file: string): Experiment {
  const checked = checkExperiment(readConfigFile(file), file);
  return { ...withPathsFrom(dirname(resolve(file)), checked), file };
}

function checkExperiment(given: Layer, file: string): Given {
  const parsed = experimentSchema.safeParse(given);
  if (!parsed.success) {
    const { issues } = parsed.error;
    // A word misspelt also makes the right one missing; the former is what to say.
    throw explained(issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0], given, file);
  }
  const experiment = parsed.data;
  const known = Object.keys(experiment.data);
  experiment.strategies.forEach((strategy, index) => {
    const place = `${file}: strategies.${index}`;
    if (!known.includes(strategy.data)) {
      const suggestion = nearest(strategy.data, known);
      throw new InputError(
        `${place}.data: there is no data "${strategy.data}"${suggestion}; there are ${known.join(", ")}`,
      );
    }
    checkSettings(strategy.settings, strategy.guidance, `${place}.settings`);
  });
  const guided = experiment.strategies.some(({ guidance }) => guidance === "cyborg");
  checkSettings(experiment.settings, guided ? "cyborg" : "cross-entropy", `${file}: settings`);
  for (const [network, settings] of Object.entries(experiment.networkSettings)) {
    const place = `${file}: networkSettings.${network}`;
    if (!experiment.networks.includes(network as NetworkName))
      throw new InputError(`${place}: the experiment's networks are ${experiment.networks.join(", ")}`);
    checkSettings(settings, guided ? "cyborg" : "cross-entropy", place);
  }
  return experiment;
}

/** What the grid decides, and what only the machine does. */
const elsewhere: Readonly<Record<string, string>> = {
  data: "name it in the strategies",
  network: "list it in networks",
  seed: "list it in seeds",
  device: "it is the machine's that runs: see --device",
  threads: "it is the machine's that runs: see --threads",
};

/** Checks one layer by itself, so that an error names the place where the setting stands. */
function checkSettings(given: Layer, guidance: Strategy["guidance"], place: string): void {
  for (const [key, advice] of Object.entries(elsewhere))
    if (key in given) throw new InputError(`${place}.${key}: not a setting of an experiment: ${advice}`);
  const { guidance: own, ...rest } = given;
  if (own !== undefined) {
    if (guidance === "cross-entropy")
      throw new InputError(`${place}.guidance: there is nothing to set where no strategy is guided`);
    for (const key of ["name", "alpha", "lambda"])
      if (typeof own === "object" && own !== null && key in own)
        throw new InputError(`${place}.guidance.${key}: say it in the strategies`);
  }
  const layer = own === undefined ? { name: guidance } : typeof own === "object" ? { name: guidance, ...own } : own;
  parseConfig({ ...rest, guidance: layer, data: { manifest: "-" }, network: "resnet-small" }, place);
}

function withPathsFrom(base: string, given: Given): Given {
  const dataPaths = (entry: DataEntry): DataEntry => withAbsolutePaths({ data: entry }, base).data as DataEntry;
  const settingPaths = (layer: Layer) => withAbsolutePaths(layer, base) as Record<string, unknown>;
  const mapped = <T>(entries: Record<string, T>, change: (entry: T) => T) =>
    Object.fromEntries(Object.entries(entries).map(([key, entry]) => [key, change(entry)]));
  return {
    ...given,
    data: mapped(given.data, dataPaths),
    tests: given.tests.map(({ name, manifest, imageRoot }) => ({
      name,
      manifest: resolve(base, manifest),
      ...(imageRoot === undefined ? {} : { imageRoot: resolve(base, imageRoot) }),
    })),
    strategies: given.strategies.map((strategy) => ({
      ...strategy,
      ...(strategy.guidance === "cyborg" && strategy.maps !== "human" ? { maps: resolve(base, strategy.maps) } : {}),
      settings: settingPaths(strategy.settings),
    })),
    settings: settingPaths(given.settings),
    networkSettings: mapped(given.networkSettings, (layer) => settingPaths(layer ?? {})),
  };
}

function distinct<T>(
  list: z.ZodType<T[]>,
  what: string,
  keyOf: (item: T) => string | number = (item) => item as string | number,
) {
  return list.superRefine((items, context) => {
    const keys = items.map(keyOf);
    const second = keys.findIndex((key, index) => keys.indexOf(key) < index);
    if (second >= 0)
      context.addIssue({ code: "custom", message: `${what} ${keys[second]} is there twice`, path: [second] });
  });
}

function explained(issue: z.core.$ZodIssue, given: Layer, file: string): InputError {
  const path = inOneLine(issue.path.map(String).join("."));
  const place = path === "" ? file : `${file}: ${path}`;
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(issue.path, given);
    return new InputError(
      `${place}: there is nothing called "${inOneLine(issue.keys[0])}"${nearest(issue.keys[0], known)}; there are ${known.join(", ")}`,
    );
  }
  return new InputError(`${place}: ${inOneLine(issue.message)}`);
}

function knownKeys(path: readonly PropertyKey[], given: Layer): string[] {
  const [field, index] = path;
  if (field === "data") return Object.keys(configSchema.shape.data.shape);
  if (field === "tests") return Object.keys(testSchema.shape);
  if (field === "threshold") return ["fpr"];
  if (field === "strategies") {
    const { guidance } = (given.strategies as Strategy[])[index as number];
    return Object.keys(strategySchema.options[guidance === "cross-entropy" ? 0 : 1].shape);
  }
  return Object.keys(experimentSchema.shape);
}
