/**
 * What `oversight reproduce` would do: the runs with everything resolved, but for the images, which are counted and not
 * read, so that it takes seconds where the real thing reads a hundred gigabytes.
 */
import { join } from "node:path";
import { readExperimentFile } from "../experiment-file.ts";
import type { ExperimentPlan } from "../plan.ts";
import { type Contents, expandRuns } from "../runs.ts";
import type { ImageSet, PaperData } from "./locate.ts";
import { prepareExperiment, type Reproduction } from "./prepare.ts";

export interface DryRun {
  /** Its ids are of no experiment: they come of the images' contents. */
  plan: ExperimentPlan;
  contents: Contents;
}

/** @param folder a temporary one, for lists and measurements */
export async function dryRun(data: PaperData, what: Reproduction, folder: string): Promise<DryRun> {
  const { masks: _, ...withoutMasks } = data;
  const experiment = readExperimentFile(await prepareExperiment(withoutMasks, what, folder));
  // Masks are not made yet. Human maps in their place cost the same.
  const contents: Contents = {
    data: new Map(
      experiment.strategies.map(({ name, data: entry }) => {
        const { counts } = entry === "original" ? data.original : data.large!;
        const config = experiment.data[entry];
        return [name, { config, fingerprint: name, training: total(counts.train), validation: total(counts.val) }];
      }),
    ),
    weights: new Map(),
  };
  const runs = expandRuns(experiment, contents);
  const tests = experiment.tests.map((test, i) => ({
    ...test,
    fingerprint: "",
    images: total(data.tests[i].counts.test),
  }));
  const placed = runs.map((run) => ({ ...run, folder: join(folder, "runs", run.id) }));
  return { plan: { name: experiment.name, folder, threshold: experiment.threshold, tests, runs: placed }, contents };
}

function total(counts: ImageSet["counts"]["train"]): number {
  return counts === undefined ? 0 : counts.real + counts.synthetic;
}
