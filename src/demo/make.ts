/** Writes the data of the demonstration: images, human maps and manifests. */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "csv-stringify/sync";
import sharp from "sharp";
import { explainSystemError, InputError, systemErrorCode } from "../base/errors.ts";
import { ensureWritableFolder, writeFileAtomic } from "../base/files.ts";
import type { Progress } from "../base/progress.ts";
import { type Annotator, annotators } from "./annotators.ts";
import { type Generator, TRAINING_GENERATORS, UNSEEN_GENERATORS } from "./generators.ts";
import { type ImageName, makeImage, makeMap } from "./image.ts";

export interface DemoDataOptions {
  seed: number;
  /** Images in the training set: half real, half synthetic. */
  train: number;
  /** Images in the validation set, likewise. */
  validation: number;
  /** Images in the test set of each unseen generator, likewise. */
  testPerGenerator: number;
  /** Width and height of the images in pixels. */
  size: number;
}

export const DEFAULT_DEMO_DATA: Readonly<DemoDataOptions> = {
  // Settings were chosen on the data of seed 1.
  seed: 2,
  train: 2400,
  validation: 400,
  testPerGenerator: 400,
  size: 64,
};

export interface DemoData {
  /** Manifest with the splits `train` (with human maps) and `val`. */
  train: string;
  /** One manifest for each generator that training has not seen, split `test`. */
  tests: { generator: string; manifest: string }[];
  /** False when the folder held the same data already. */
  made: boolean;
}

export const LABELS = { real: "Real", synthetic: "Synthetic" } as const;

/** Raise it when the same options give other bytes than before. */
const VERSION = 1;
/** Tells whose folder it is, and whether the work in it is complete. */
const MARKER = "demo-data.json";
const IMAGES = "images";
const MAPS = "maps";
/** Images that are encoded and written at a time. */
const BATCH = 16;

/**
 * Makes the data in `folder`, or finds them there. Interrupted work is done again, as is that of other
 * options in the same folder; as every image follows from its name, the outcome is the same.
 * @throws InputError when an option is out of range, the folder cannot be written, or it holds other files
 */
export async function makeDemoData(folder: string, options: DemoDataOptions, progress?: Progress): Promise<DemoData> {
  checkOptions(options);
  const { seed, size } = options;
  const tests = UNSEEN_GENERATORS.map(({ name }) => ({ generator: name, manifest: join(folder, `test-${name}.csv`) }));
  const data: DemoData = { train: join(folder, "train.csv"), tests, made: false };
  const marker = (complete: boolean) => `${JSON.stringify({ version: VERSION, ...options, complete })}\n`;
  const found = readMarker(folder);
  if (found === marker(true)) return data;

  ensureWritableFolder(folder);
  if (found === undefined && readdirSync(folder).length > 0) {
    throw new InputError(`${folder} holds other files: choose a folder that is empty or not there yet`);
  }
  writeFileAtomic(join(folder, MARKER), marker(false));
  for (const part of [IMAGES, MAPS]) rmSync(join(folder, part), { recursive: true, force: true });

  const total = options.train + options.validation + tests.length * options.testPerGenerator;
  let done = 0;
  const drawn = () => progress?.update("drawing the demonstration's images", ++done, total);
  const studio: Studio = { folder, size, pool: annotators(seed), drawn };
  const write = (set: string, count: number, generators: readonly Generator[], collected: boolean) =>
    writeImages(studio, set, imageNames({ seed, set, collected }, count, generators));
  writeManifest(data.train, [
    ...(await write("train", options.train, TRAINING_GENERATORS, true)),
    ...(await write("val", options.validation, TRAINING_GENERATORS, true)),
  ]);
  for (const [i, generator] of UNSEEN_GENERATORS.entries()) {
    const rows = await write(`test-${generator.name}`, options.testPerGenerator, [generator], false);
    writeManifest(tests[i].manifest, rows);
  }
  writeFileAtomic(join(folder, MARKER), marker(true));
  return { ...data, made: true };
}

/** The names of `count` images: every other one real, the synthetic ones from each generator in turn. */
export function imageNames(
  common: Pick<ImageName, "seed" | "set" | "collected">,
  count: number,
  generators: readonly Generator[],
): ImageName[] {
  return Array.from({ length: count }, (_, index) => ({
    ...common,
    index,
    generator: index % 2 === 0 ? undefined : generators[((index - 1) / 2) % generators.length],
  }));
}

/** What is common to all images. */
interface Studio {
  folder: string;
  size: number;
  pool: readonly Annotator[];
  /** Called after every image. */
  drawn: () => void;
}

interface Row {
  split: string;
  label: string;
  path: string;
  saliency: string;
  source: string;
}

/** Writes the images of a set, with maps where it is the training set; returns their rows of the manifest. */
async function writeImages(studio: Studio, set: string, names: readonly ImageName[]): Promise<Row[]> {
  const imageFolder = `${IMAGES}/${set}`;
  const mapFolder = set === "train" ? `${MAPS}/${set}` : undefined;
  ensureWritableFolder(join(studio.folder, imageFolder));
  if (mapFolder) ensureWritableFolder(join(studio.folder, mapFolder));

  const writeOne = async (name: ImageName): Promise<Row> => {
    const image = makeImage(name, studio.size);
    const source = name.generator?.name ?? "camera";
    const file = `${source}-${String(name.index).padStart(5, "0")}.png`;
    const path = `${imageFolder}/${file}`;
    await writePng(studio, path, image.pixels, 3);
    const map = mapFolder ? makeMap(name, image, studio.pool, studio.size) : undefined;
    const saliency = map ? `${mapFolder}/${file}` : "";
    if (map) await writePng(studio, saliency, map, 1);
    studio.drawn();
    const label = name.generator ? LABELS.synthetic : LABELS.real;
    return { split: set.replace(/-.*/, ""), label, path, saliency, source };
  };
  const rows: Row[] = [];
  for (let start = 0; start < names.length; start += BATCH) {
    rows.push(...(await Promise.all(names.slice(start, start + BATCH).map(writeOne))));
  }
  return rows;
}

async function writePng({ folder, size }: Studio, path: string, pixels: Uint8Array, channels: 1 | 3): Promise<void> {
  const png = sharp(pixels, { raw: { width: size, height: size, channels } });
  if (channels === 1) png.toColourspace("b-w");
  const bytes = await png.png({ compressionLevel: 4 }).toBuffer();
  try {
    await writeFile(join(folder, path), bytes);
  } catch (error) {
    throw explainSystemError(error, "write", join(folder, path));
  }
}

function writeManifest(path: string, rows: Row[]): void {
  writeFileAtomic(path, stringify(rows, { header: true }));
}

function readMarker(folder: string): string | undefined {
  const path = join(folder, MARKER);
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw explainSystemError(error, "read", path);
  }
}

function checkOptions(options: DemoDataOptions): void {
  const least = { seed: 0, train: 4, validation: 4, testPerGenerator: 2, size: 32 };
  for (const [name, minimum] of Object.entries(least)) {
    const value = options[name as keyof DemoDataOptions];
    if (!Number.isSafeInteger(value) || value < minimum) {
      throw new InputError(`demo data: ${name} is ${value}, but must be a whole number of at least ${minimum}`);
    }
  }
}
