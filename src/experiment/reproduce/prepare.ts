/**
 * The paper's experiment as an experiment file, and the files that it needs beside it:
 *
 *     experiment.yaml   the experiment file
 *     data/…csv         lists of images, where the copy has folders and no CSV
 *     masks/            maps made of the face's labels or landmarks
 */
import { join, resolve } from "node:path";
import { stringify as stringifyCsv } from "csv-stringify/sync";
import { stringify } from "yaml";
import { writeFileAtomic } from "../../base/files.ts";
import { type Layer, overlay, presets } from "../../training/config.ts";
import type { NetworkName } from "../../vision/networks/index.ts";
import { makeMasks } from "../maps/mask-maps.ts";
import type { ImageSet, PaperData, Wanted } from "./locate.ts";
import { labels } from "./published.ts";

export const strategyNames = ["classical", "classical-7x", "masks", "cyborg"] as const;
export type StrategyName = (typeof strategyNames)[number];

/** The paper's four, in the order of its tables. */
export const paperNetworks: readonly NetworkName[] = ["densenet121", "resnet50", "inception_v3", "xception"];

export interface Reproduction {
  strategies: readonly StrategyName[];
  networks: readonly NetworkName[];
  /** How many. */
  seeds: number;
  /** `paper`: the loss as its formula has it; `paper-official`: as the published code. */
  preset: keyof typeof presets;
  /** Training settings over the preset's. */
  settings: Layer;
}

export function wantedBy({ strategies }: Pick<Reproduction, "strategies">): Wanted {
  const has = (name: StrategyName) => strategies.includes(name);
  return { large: has("classical-7x"), maps: has("cyborg"), masks: has("masks") };
}

/**
 * Writes the experiment file and what it needs.
 * @param given the experiment's folder
 * @returns the experiment file's path
 * @throws InputError when something cannot be read or written
 */
export async function prepareExperiment(
  data: PaperData,
  what: Reproduction,
  given: string,
  onProgress?: (done: number, total: number) => void,
): Promise<string> {
  const folder = resolve(given);
  const { original, large, maps, masks, tests } = data;
  const training = (set: ImageSet, mapRoot?: string) => ({
    ...writeList(set, folder),
    ...(mapRoot === undefined ? {} : { mapRoot }),
    classes: Object.values(labels),
    positive: labels.synthetic,
  });
  const entries = {
    original: training(original, maps),
    ...(large === undefined ? {} : { "7x": training(large) }),
  };
  if (masks !== undefined) {
    // Only where people marked: the same images are guided by masks as by people.
    const { manifest, imageRoot, mapRoot } = entries.original;
    const input = { manifest, imageRoot, mapRoot, folder: join(folder, "masks"), onProgress };
    await makeMasks({ ...input, ...masks, onlyMapped: true });
  }
  const file = join(folder, "experiment.yaml");
  const { name: _, alpha, ...guidance } = presets[what.preset].guidance;
  const { guidance: __, ...preset } = presets[what.preset];
  const guided = what.strategies.some((name) => name === "masks" || name === "cyborg");
  const experiment = {
    name: "cyborg",
    data: entries,
    tests: tests.map((set) => ({ name: set.name, ...writeList(set, folder) })),
    networks: [...what.networks],
    strategies: what.strategies.map((name) => strategy(name, folder)),
    alphas: [alpha],
    seeds: what.seeds,
    settings: overlay({ ...preset, ...(guided ? { guidance } : {}) }, what.settings),
  };
  writeFileAtomic(file, heading, stringify(experiment));
  return file;
}

const heading = `# The experiment of "CYBORG: Blending Human Saliency Into the Loss Improves Deep Learning" (WACV 2023), as
# \`oversight reproduce cyborg\` writes it, anew each time. To change it by hand, go on with \`oversight experiment run\`.
`;

function strategy(name: StrategyName, folder: string) {
  switch (name) {
    case "classical":
      return { name, data: "original", guidance: "cross-entropy" };
    case "classical-7x":
      return { name, data: "7x", guidance: "cross-entropy" };
    case "masks":
      return { name, data: "original", guidance: "cyborg", maps: join(folder, "masks", "manifest.csv") };
    case "cyborg":
      return { name, data: "original", guidance: "cyborg" };
  }
}

/** Where the set's list is; one from folders is written. */
function writeList({ name, imageRoot, from }: ImageSet, folder: string): { manifest: string; imageRoot: string } {
  if ("csv" in from) return { manifest: from.csv, imageRoot };
  const manifest = join(folder, "data", `${name}.csv`);
  writeFileAtomic(manifest, stringifyCsv(from.rows, { header: true, columns: ["split", "label", "path", "source"] }));
  return { manifest, imageRoot };
}
