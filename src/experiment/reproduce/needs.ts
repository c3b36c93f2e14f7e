/** How much disk a comparison takes, reckoned before anything is written, and how much there is. */
import { existsSync, statfsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { explainSystemError } from "../../base/errors.ts";

import type { TestData } from "../contents.ts";
import { footprints } from "../estimate.ts";
import type { DataEntry } from "../experiment-file.ts";
import type { Contents, UnplacedRun } from "../runs.ts";

/** Bytes. */
export interface DiskNeeds {
  /** Decoded images and maps, once for each list and input size; and first weights that are downloaded. */
  cache: number;
  /** Best weights, and weights with velocities to go on from, of all runs. */
  checkpoints: number;
  /** Score files of all runs. */
  scores: number;
}

/** A row of a score file: path, label, source, two numbers with all digits, label. */
const scoreRow = 130;

export function diskNeeds(
  runs: readonly UnplacedRun[],
  { data }: Pick<Contents, "data">,
  tests: readonly Pick<TestData, "images">[],
): DiskNeeds {
  const caches = new Map<string, number>();
  const tested = tests.reduce((sum, { images }) => sum + images, 0);
  let [checkpoints, scores] = [0, 0];
  for (const { strategy, network, config } of runs) {
    const { training, validation, config: entry } = data.get(strategy)!;
    const pixels = config.inputSize! ** 2;
    const list = listOf(entry);
    caches.set(`images ${list} ${config.inputSize}`, 3 * pixels * (training + validation));
    if (config.guidance.name !== "cross-entropy") caches.set(`maps ${strategy} ${config.inputSize}`, pixels * training);
    const weights = 4 * footprints[network].parameters;
    if (config.weights === "imagenet") caches.set(`weights ${network}`, weights);
    checkpoints += 3 * weights;
    scores += scoreRow * (validation + tested);
  }
  return { cache: [...caches.values()].reduce((sum, bytes) => sum + bytes, 0), checkpoints, scores };
}

/** Strategies that train on the same list share its decoded images, whatever maps they are guided by. */
function listOf({ manifest, imageRoot = "" }: DataEntry): string {
  return JSON.stringify([manifest, imageRoot]);
}

/** Bytes that are free where a folder is, or would be made. @throws InputError when the disk cannot be asked */
export function freeSpace(folder: string): number {
  let place = resolve(folder);
  while (!existsSync(place)) place = dirname(place);
  try {
    const { bavail, bsize } = statfsSync(place);
    return bavail * bsize;
  } catch (error) {
    throw explainSystemError(error, "ask for the free space of", place);
  }
}
