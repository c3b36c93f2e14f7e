/**
 * The plan of an experiment on disk, and where everything lies:
 *
 *     experiment.yaml        the file, its paths made absolute
 *     runs.json              the plan: every run with its resolved settings
 *     runs/<id>/             an ordinary run folder, plus settings.yaml (what `oversight train` is given) and status.json
 *     probe.json             measured speeds, for estimates
 */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { InputError } from "../base/errors.ts";
import { writeFileAtomic } from "../base/files.ts";
import { readJsonFile } from "../base/schema.ts";
import { thresholdRule } from "../evaluation/index.ts";
import { configSchema } from "../training/config.ts";
import { networkNames } from "../vision/networks/names.ts";
import type { TestData } from "./contents.ts";
import type { Experiment } from "./experiment-file.ts";
import type { ExperimentRun, UnplacedRun } from "./runs.ts";

const planSchema = z.object({
  format: z.literal(1),
  name: z.string(),
  threshold: thresholdRule,
  tests: z.array(
    z.object({
      name: z.string(),
      manifest: z.string(),
      imageRoot: z.string().optional(),
      fingerprint: z.string(),
      images: z.int(),
    }),
  ),
  runs: z.array(
    z.object({
      id: z.string().regex(/^[0-9a-f]{16}$/),
      name: z.string(),
      strategy: z.string(),
      network: z.enum(networkNames),
      alpha: z.number().nullable(),
      seed: z.int(),
      otherMaps: z.boolean().optional(),
      config: configSchema,
    }),
  ),
});

export interface ExperimentPlan {
  name: string;
  /** Of the experiment, absolute. */
  folder: string;
  threshold: z.output<typeof thresholdRule>;
  tests: TestData[];
  /** In the order in which they are to run. */
  runs: ExperimentRun[];
}

export const planFile = (folder: string) => join(folder, "runs.json");

/** @throws InputError when the folder holds no plan, or not one that `writePlan` wrote */
export function readPlan(folder: string): ExperimentPlan {
  const { name, threshold, tests, runs } = readJsonFile(planSchema, planFile(folder));
  return placed(folder, { name, threshold, tests, runs });
}

/** Writes `runs.json`. @throws InputError when the folder holds another experiment, or cannot be written */
export function writePlan(
  folder: string,
  experiment: Pick<Experiment, "name" | "threshold">,
  tests: TestData[],
  runs: UnplacedRun[],
): ExperimentPlan {
  const { name, threshold } = experiment;
  requireSameExperiment(folder, name);
  mkdirSync(folder, { recursive: true });
  const plan = { name, threshold, tests, runs };
  writeFileAtomic(planFile(folder), `${JSON.stringify({ format: 1, ...plan }, null, 1)}\n`);
  return placed(folder, plan);
}

function requireSameExperiment(folder: string, name: string): void {
  let there: ExperimentPlan;
  try {
    there = readPlan(folder);
  } catch {
    return; // none yet, or one that is made anew
  }
  if (there.name !== name)
    throw new InputError(`${folder} holds the experiment ${there.name}, not ${name}: choose another --out`);
}

function placed(
  folder: string,
  { runs, ...plan }: Omit<ExperimentPlan, "folder" | "runs"> & { runs: UnplacedRun[] },
): ExperimentPlan {
  const absolute = resolve(folder);
  return { ...plan, folder: absolute, runs: runs.map((run) => ({ ...run, folder: join(absolute, "runs", run.id) })) };
}
