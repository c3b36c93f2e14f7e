/**
 * Finds the paper's data under a root, and says of everything that is not there what it is and where it was looked for.
 * Reads names, never images.
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { extname, join, resolve } from "node:path";
import { explainSystemError, InputError } from "../../base/errors.ts";
import { readManifest } from "../../data/manifest.ts";
import type { Split } from "../../data/sample.ts";
import type { FaceRegion } from "../../saliency/non-human/face-regions.ts";
import type { MaskSource } from "../maps/mask-maps.ts";
import type { ClassFolders, CsvPlace, Layout } from "./layout.ts";
import * as published from "./published.ts";
import { type ClassName, classNames, labels } from "./published.ts";

/** A training set or a test set, as a CSV that is used as it is or as rows from folders. */
export interface ImageSet {
  /** For people: `original`, `7x`, or the generator. */
  name: string;
  /** What the paths of the CSV or of the rows are relative to, absolute. */
  imageRoot: string;
  from: { csv: string } | { rows: Row[] };
  /** Images by split and class. */
  counts: Partial<Record<Split, Record<ClassName, number>>>;
}

export interface Row {
  split: Split;
  label: string;
  /** Relative to the image root. */
  path: string;
  source: string;
}

export interface PaperData {
  original: ImageSet;
  /** Undefined where it is not asked for; as are maps and masks. */
  large?: ImageSet;
  maps?: string;
  masks?: { source: MaskSource; region: FaceRegion };
  tests: ImageSet[];
}

/** What is needed of what was published. */
export interface Wanted {
  large: boolean;
  maps: boolean;
  masks: boolean;
}

/**
 * @param root folder of the data
 * @returns the data, or what of it is missing, a line each
 * @throws InputError when the root is no folder, or a CSV file that is there cannot be read
 */
export function locate(root: string, layout: Layout, wanted: Wanted): { data: PaperData } | { missing: string[] } {
  requireFolder(root);
  const search = new Search(resolve(root));
  const original = search.training("original", layout.original);
  const large = wanted.large ? search.training("large", layout.large) : undefined;
  const maps = wanted.maps || wanted.masks ? search.maps(layout.maps) : undefined;
  const masks = wanted.masks ? search.masks(layout.masks) : undefined;
  const tests = published.testSets.map((set) => search.test(set, layout.tests[set.name]));
  if (search.missing.length > 0) return { missing: search.missing };
  const found = { large, maps, masks };
  const given = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
  return { data: { original: original!, ...given, tests: tests.filter((set) => set !== undefined) } };
}

function requireFolder(root: string): void {
  try {
    if (statSync(root).isDirectory()) return;
  } catch (error) {
    throw explainSystemError(error, "read the folder", root);
  }
  throw new InputError(`${root}: it is a file; --data is the folder of the paper's data`);
}

class Search {
  /** A line for each thing that is not there. */
  readonly missing: string[] = [];
  private readonly root: string;
  /** Of the images, relative to the root. */
  private readonly images: string;

  constructor(root: string) {
    this.root = root;
    const holdsImages = (folder: string) =>
      [published.testFolder, "train"].some((name) => existsSync(join(root, folder, name)));
    this.images = published.imageFolders.find(holdsImages) ?? published.imageFolders[0];
  }

  training(key: "original" | "large", place: Layout["original"]): ImageSet | undefined {
    const name = key === "original" ? "original" : "7x";
    const what = key === "original" ? "the training set" : "the training set of seven times the size";
    if (place !== undefined) return "csv" in place ? this.csvSet(name, what, place) : this.folderSet(name, what, place);
    const csvs = published.csvFolders.map((folder) => join(folder, published.csvNames[key]));
    const csv = csvs.find((path) => existsSync(join(this.root, path)));
    if (csv !== undefined) return this.csvSet(name, what, { csv });
    const folders = (folder: string): ClassFolders => ({
      real: join(this.images, folder, published.classFolders.real),
      synthetic: join(this.images, folder, published.classFolders.synthetic),
    });
    const train = folders(published.trainingFolders[key]);
    if (!classNames.some((name) => existsSync(join(this.root, train[name])))) {
      this.missing.push(`${what}: neither ${csvs[0]} nor the folders ${train.real} and ${train.synthetic}`);
      return undefined;
    }
    return this.folderSet(name, what, { train, validation: folders(published.validationFolder) });
  }

  maps(place: string | undefined): string | undefined {
    const folder = place ?? join(this.images, published.mapFolder);
    if (this.listed(folder)?.length) return join(this.root, folder);
    this.missing.push(`the human maps: no folder ${folder} with images in it`);
    return undefined;
  }

  masks(place: Layout["masks"]): PaperData["masks"] {
    const region = place?.region ?? "face";
    const labelled = join(this.images, published.maskPlaces.labels);
    const marked = join(this.images, published.maskPlaces.landmarks);
    const places: { path: string; source: MaskSource }[] =
      place === undefined
        ? [
            { path: labelled, source: { labels: join(this.root, labelled) } },
            { path: marked, source: { landmarks: join(this.root, marked) } },
          ]
        : "labels" in place
          ? [{ path: place.labels, source: { labels: join(this.root, place.labels) } }]
          : [{ path: place.landmarks, source: { landmarks: join(this.root, place.landmarks) } }];
    const found = places.find(({ path }) => existsSync(join(this.root, path)));
    if (found !== undefined) return { source: found.source, region };
    const looked = places.map(({ path }) => path).join(" nor ");
    this.missing.push(
      `labels or landmarks for the segmentation masks: no ${looked}; they are not among the published files (see docs/maps.md), and --strategies leaves the masks out`,
    );
    return undefined;
  }

  test(set: (typeof published.testSets)[number], place: Layout["tests"][string] | undefined): ImageSet | undefined {
    const what = `the test set ${set.name}`;
    if (place !== undefined && "csv" in place) return this.csvSet(set.name, what, place);
    const folder = (name: ClassName, own: string) =>
      place?.[name] ?? join(this.images, published.testFolder, published.classFolders[name], own);
    const folders = { real: folder("real", set.real.folder), synthetic: folder("synthetic", set.folder) };
    const sources = { real: set.real.name, synthetic: set.name };
    const rows = this.rowsOf("test", what, folders, sources);
    return rows && { name: set.name, imageRoot: this.root, from: { rows }, counts: countsOf(rows) };
  }

  private folderSet(
    name: string,
    what: string,
    { train, validation }: { train: ClassFolders; validation: ClassFolders },
  ): ImageSet | undefined {
    const training = this.rowsOf("train", what, train);
    const validating = this.rowsOf("val", `${what}, its validation images`, validation);
    if (training === undefined || validating === undefined) return undefined;
    const rows = [...training, ...validating];
    return { name, imageRoot: this.root, from: { rows }, counts: countsOf(rows) };
  }

  private rowsOf(split: Split, what: string, folders: ClassFolders, sources?: ClassFolders): Row[] | undefined {
    const rows: Row[] = [];
    let complete = true;
    for (const name of classNames) {
      const paths = this.listed(folders[name]);
      if (paths === undefined || paths.length === 0) {
        const problem = paths === undefined ? "no folder" : "no images in the folder";
        this.missing.push(`${what}, ${labels[name].toLowerCase()} images: ${problem} ${folders[name]}`);
        complete = false;
      }
      for (const path of paths ?? []) rows.push({ split, label: labels[name], path, source: sources?.[name] ?? "" });
    }
    return complete ? rows : undefined;
  }

  /** Images in a folder and below it, relative to the root, sorted; undefined where there is no such folder. */
  private listed(folder: string): string[] | undefined {
    const absolute = join(this.root, folder);
    if (!existsSync(absolute) || !statSync(absolute).isDirectory()) return undefined;
    const names = readdirSync(absolute, { recursive: true }) as string[];
    return names
      .filter((name) => imageEndings.has(extname(name).toLowerCase()) && !/(^|[/\\])\._/.test(name))
      .sort()
      .map((name) => join(folder, name));
  }

  /** A CSV of the published form; its image root is the likely folder in which its images are. */
  private csvSet(name: string, what: string, { csv, imageRoot }: CsvPlace): ImageSet | undefined {
    const file = join(this.root, csv);
    if (!existsSync(file)) {
      this.missing.push(`${what}: no file ${csv}`);
      return undefined;
    }
    const likely = [".", "train/original_data", "train/7x_data", "train"].map((folder) => join(this.images, folder));
    const roots = imageRoot === undefined ? [...likely, "."] : [imageRoot];
    const tried = roots
      .filter((folder) => existsSync(join(this.root, folder)))
      .map((folder) => {
        const { samples } = readManifest(file, { imageRoot: join(this.root, folder), classes: Object.values(labels) });
        return { folder, samples, absent: samples.filter(({ path }) => !existsSync(path)) };
      });
    const best = tried.toSorted((a, b) => a.absent.length - b.absent.length)[0];
    if (best === undefined) {
      this.missing.push(`${what}: no folder ${roots[0]} with the images of ${csv}`);
      return undefined;
    }
    const { folder, samples, absent } = best;
    if (absent.length > 0) {
      const share = absent.length === samples.length ? "none" : `${samples.length - absent.length}`;
      this.missing.push(
        `${what}: ${share} of the ${samples.length} images of ${csv} are under ${folder}; the first that is not: ${absent[0].name} (line ${absent[0].line})`,
      );
      return undefined;
    }
    return { name, imageRoot: join(this.root, folder), from: { csv: file }, counts: countsOf(samples) };
  }
}

const imageEndings = new Set([".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".gif", ".avif"]);

function countsOf(rows: readonly { split: Split; label: string }[]): ImageSet["counts"] {
  const counts: ImageSet["counts"] = {};
  for (const { split, label } of rows) {
    const of = counts[split] ?? { real: 0, synthetic: 0 };
    counts[split] = of;
    of[label === labels.real ? "real" : "synthetic"]++;
  }
  return counts;
}
