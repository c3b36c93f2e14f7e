/** From the file that a person wrote to the plan in the experiment's folder. */
import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isMap, isScalar, parseDocument, visit } from "yaml";
import { InputError } from "../base/errors.ts";
import { readTextFile, writeFileAtomic } from "../base/files.ts";
import type { Progress } from "../base/progress.ts";
import { lookAtData } from "./contents.ts";
import { readExperimentFile } from "./experiment-file.ts";
import { type ExperimentPlan, planFile, writePlan } from "./plan.ts";
import { type Contents, expandRuns } from "./runs.ts";

export interface OpenedExperiment {
  plan: ExperimentPlan;
  contents: Contents;
}

export interface OpenOptions {
  /** The experiment's folder; `experiments/<name>`, or the folder that was given, without it. */
  out?: string | undefined;
  onProgress?: Progress["update"];
}

/**
 * Reads the file, looks at all data it names, and writes the plan.
 * @param given an experiment file, or the folder of an experiment that was opened before
 * @throws InputError naming the file and field, the manifest and row; the folder is then untouched
 */
export async function openExperiment(given: string, { out, onProgress }: OpenOptions): Promise<OpenedExperiment> {
  const isFolder = existsSync(given) && statSync(given).isDirectory();
  const file = isFolder ? join(given, "experiment.yaml") : given;
  if (isFolder && !existsSync(file))
    throw new InputError(`${given}: has no experiment.yaml: it is no experiment's folder`);
  const experiment = readExperimentFile(file);
  const folder = out ?? (isFolder ? given : join("experiments", experiment.name));
  const { contents, tests } = await lookAtData(experiment, onProgress);
  const runs = expandRuns(experiment, contents);
  const plan = writePlan(folder, experiment, tests, runs);
  const copy = join(folder, "experiment.yaml");
  if (resolve(copy) !== resolve(file)) writeFileAtomic(copy, withAbsolutePaths(file));
  return { plan, contents };
}

/** @throws InputError when it was never planned */
export function requirePlanned(folder: string): void {
  if (!existsSync(planFile(folder)))
    throw new InputError(
      `${folder}: has no runs.json: plan it first with oversight experiment plan FILE --out ${folder}`,
    );
}

/** The file's text with its comments, its paths made independent of where it stands. */
function withAbsolutePaths(file: string): string {
  const document = parseDocument(readTextFile(file));
  const base = dirname(resolve(file));
  const places = new Set(["manifest", "imageRoot", "mapRoot", "maps", "weights"]);
  const words = new Set(["human", "none", "imagenet"]);
  visit(document, {
    Pair(_, { key, value }, path) {
      if (!isScalar(key) || !places.has(String(key.value)) || !isMap(path.at(-1))) return;
      if (isScalar(value) && typeof value.value === "string" && !words.has(value.value))
        value.value = resolve(base, value.value);
    },
  });
  return document.toString({ lineWidth: 0 });
}
