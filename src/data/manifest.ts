/**
 * Manifests: the CSV files that say which images there are, what they show, and where people looked.
 *
 * With a header, `split,label,path[,saliency][,source][,subject]`, its columns in any order. Without one, as the CYBORG
 * authors published theirs: `train,Synthetic,/train/….png`, where a leading `/` means the image root. Where no column
 * `saliency` names the maps, a training image's map is the `.png` of the same base name in the map root, if there is one.
 *
 * A path may not leave its root, absolute or by `..`; `/` as the root allows every path. Links are not followed to judge
 * that. Nothing here opens an image: `checkData` does.
 */
import { readdirSync, statSync } from "node:fs";
import { dirname, join, parse, resolve, sep } from "node:path";
import { explainSystemError, InputError } from "../base/errors.ts";
import { nearest } from "../base/suggest.ts";
import { readRecords } from "./manifest-csv.ts";
import { type Sample, type Split, splits } from "./sample.ts";

export interface Manifest {
  /** As it was given. */
  file: string;
  /** In the manifest's order. */
  samples: Sample[];
  /** In the order of the logits. */
  classes: string[];
  /** What was taken otherwise than it is written, in words for the user. */
  notes: string[];
}

export interface ManifestOptions {
  /** Folder that image paths are relative to; the manifest's own without it. */
  imageRoot?: string | undefined;
  /** Folder that map paths are relative to or, without a column `saliency`, in which maps have their images' names. */
  mapRoot?: string | undefined;
  /** The only labels allowed, in the order of the logits; the labels found, sorted, without it. */
  classes?: readonly string[] | undefined;
}

const required = ["split", "label", "path"] as const;
const columns = [...required, "saliency", "source", "subject"] as const;
type Column = (typeof columns)[number];

/**
 * Reads a manifest; a million rows take a few seconds.
 * @throws InputError, one line with file and line: what cannot be read, unknown or missing columns, splits and labels,
 * fields that are empty or padded with spaces, rows of another length, paths outside their root, a path given twice
 */
export function readManifest(file: string, options: ManifestOptions = {}): Manifest {
  const classes = options.classes === undefined ? undefined : requireDistinct(options.classes);
  const samples: Sample[] = [];
  const paths = new Set<string>();
  let reader: RowReader | undefined;
  readRecords(file, (fields, line) => {
    if (reader === undefined) {
      const header = readHeader(fields, `${file}:${line}`);
      reader = new RowReader(file, header, options, classes);
      if (header !== undefined) return;
    }
    const sample = reader.read(fields, line);
    if (paths.has(sample.path)) {
      const before = samples.find(({ path }) => path === sample.path)!;
      throw new InputError(`${file}:${line}: path "${sample.name}" is that of line ${before.line} already`);
    }
    paths.add(sample.path);
    samples.push(sample);
  });
  if (reader === undefined || samples.length === 0) throw new InputError(`${file}: a header, but no rows`);
  const notes = reader.published ? renameTestToVal(samples) : [];
  if (!reader.namesMaps && options.mapRoot !== undefined) findMaps(file, samples, options.mapRoot);
  return { file, samples, classes: classes ?? labelsOf(samples), notes };
}

/** The rows of one split, in the manifest's order; none where it has none. */
export function samplesOf({ samples }: Manifest, split: Split): Sample[] {
  return samples.filter((sample) => sample.split === split);
}

/** The rows of one split. @throws InputError naming the splits there are when it has none */
export function requireSamples(manifest: Manifest, split: Split): Sample[] {
  const found = samplesOf(manifest, split);
  if (found.length > 0) return found;
  const there = splits
    .map((other) => ({ other, count: samplesOf(manifest, other).length }))
    .filter(({ count }) => count > 0)
    .map(({ other, count }) => `${other} (${rows(count)})`);
  throw new InputError(`${manifest.file}: no rows of split ${split}; there are rows of ${there.join(" and ")}`);
}

/**
 * Whether a classifier can be trained and its best epoch chosen.
 * @throws InputError when `train` or `val` has no rows or a single class, or a class has no rows in `train`
 */
export function requireTrainable(manifest: Manifest): void {
  for (const split of ["train", "val"] as const) {
    const samples = requireSamples(manifest, split);
    const found = labelsOf(samples);
    if (found.length === 1) {
      const purpose = split === "train" ? "training" : "choosing the best epoch";
      throw new InputError(
        `${manifest.file}: split ${split} has one class only, ${found[0]} (${rows(samples.length)}); ${purpose} needs at least two`,
      );
    }
    const untrained = manifest.classes.find((name) => !found.includes(name));
    if (split === "train" && untrained !== undefined) {
      throw new InputError(
        `${manifest.file}: class ${untrained} has no rows in split train, which has ${found.join(", ")}`,
      );
    }
  }
}

const rows = (count: number) => (count === 1 ? "1 row" : `${count} rows`);

function labelsOf(samples: readonly Sample[]): string[] {
  return [...new Set(samples.map(({ label }) => label))].sort();
}

function requireDistinct(classes: readonly string[]): string[] {
  const twice = classes.find((name, index) => classes.indexOf(name) < index);
  if (twice !== undefined) throw new InputError(`classes: "${twice}" is named twice`);
  if (classes.includes("")) throw new InputError("classes: a name is empty");
  return [...classes];
}

/** The columns in their order, or undefined where the first record is a row of the published form already. */
function readHeader(fields: readonly string[], place: string): Column[] | undefined {
  const isColumn = (name: string): name is Column => (columns as readonly string[]).includes(name);
  if (!fields.some((field) => isColumn(field.toLowerCase()))) {
    if (fields.length === required.length && isSplit(fields[0])) return undefined;
    throw new InputError(
      `${place}: "${shorten(fields.join(","))}" is neither a header (${required.join(",")}[,saliency][,source][,subject]) nor a row like train,Real,/train/1.png`,
    );
  }
  const header: Column[] = [];
  for (const name of fields) {
    if (!isColumn(name)) {
      const advice = `${nearest(name, columns)}; there are ${columns.join(", ")}`;
      throw new InputError(`${place}: unknown column "${name}"${advice}`);
    }
    if (header.includes(name)) throw new InputError(`${place}: column ${name} is there twice`);
    header.push(name);
  }
  const missing = required.filter((name) => !header.includes(name));
  if (missing.length > 0) throw new InputError(`${place}: the header lacks ${missing.join(" and ")}`);
  return header;
}

/** Turns records into samples. */
class RowReader {
  /** The form without a header. */
  readonly published: boolean;
  readonly namesMaps: boolean;
  private readonly file: string;
  private readonly header: readonly Column[];
  private readonly imageRoot: string;
  private readonly mapRoot: string;
  private readonly classes: readonly string[] | undefined;

  constructor(
    file: string,
    header: readonly Column[] | undefined,
    { imageRoot, mapRoot }: ManifestOptions,
    classes: readonly string[] | undefined,
  ) {
    this.file = file;
    this.published = header === undefined;
    this.header = header ?? required;
    this.namesMaps = this.header.includes("saliency");
    this.imageRoot = requireFolder(imageRoot ?? dirname(file));
    this.mapRoot = requireFolder(mapRoot ?? dirname(file));
    this.classes = classes;
  }

  read(fields: readonly string[], line: number): Sample {
    const { header, classes } = this;
    const place = `${this.file}:${line}`;
    if (fields.length !== header.length) {
      const expected = this.published ? `not ${required.join(",")}` : `the header has ${header.length}`;
      throw new InputError(`${place}: the row has ${fields.length} fields, ${expected}`);
    }
    const row: Partial<Record<Column, string>> = {};
    for (let i = 0; i < header.length; i++) {
      const field = fields[i];
      if (field.trim() !== field) throw new InputError(`${place}: ${header[i]} "${field}" has spaces around it`);
      if (field !== "") row[header[i]] = field;
    }
    const { split, label, path, saliency, source, subject } = row;
    if (path === undefined) throw new InputError(`${place}: path is empty`);
    if (label === undefined) throw new InputError(`${place}: label is empty`);
    if (split === undefined || !isSplit(split)) {
      const found = split === undefined ? "split is empty" : `unknown split "${split}"${nearest(split, splits)}`;
      throw new InputError(`${place}: ${found}; there are ${splits.join(", ")}`);
    }
    if (classes !== undefined && !classes.includes(label)) {
      throw new InputError(
        `${place}: unknown label "${label}"${nearest(label, classes)}; there are ${classes.join(", ")}`,
      );
    }
    // In the published form a leading slash is the image root.
    const relative = this.published ? path.replace(/^\/+/, "") : path;
    const sample: Sample = { split, label, path: inside(this.imageRoot, relative, path, place), name: path, line };
    if (saliency !== undefined) sample.saliency = inside(this.mapRoot, saliency, saliency, place);
    if (source !== undefined) sample.source = source;
    if (subject !== undefined) sample.subject = subject;
    return sample;
  }
}

function isSplit(name: string): name is Split {
  return (splits as readonly string[]).includes(name);
}

/** The absolute path. @param written the path as the manifest has it */
function inside(root: string, path: string, written: string, place: string): string {
  const absolute = resolve(root, path);
  if (!absolute.startsWith(root.endsWith(sep) ? root : root + sep) || absolute === root) {
    throw new InputError(`${place}: the path "${written}" is not inside ${root}, the folder that it is relative to`);
  }
  return absolute;
}

/** The folder, absolute. */
function requireFolder(folder: string): string {
  try {
    if (statSync(folder).isDirectory()) return resolve(folder);
  } catch (error) {
    throw explainSystemError(error, "read the folder", folder);
  }
  throw new InputError(`cannot read the folder ${folder}: it is a file`);
}

/** The published files call their validation images `test`. A file of `test` alone is a test set. */
function renameTestToVal(samples: readonly Sample[]): string[] {
  const has = (split: Split) => samples.some((sample) => sample.split === split);
  if (!has("train") || has("val") || !has("test")) return [];
  let renamed = 0;
  for (const sample of samples) {
    if (sample.split !== "test") continue;
    sample.split = "val";
    renamed++;
  }
  return [`no header and no split val: the ${rows(renamed)} of split test are taken as val, as in the published files`];
}

/** Gives training images the map of their name. Those of other splits may share names with them, not maps. */
function findMaps(file: string, samples: readonly Sample[], mapRoot: string): void {
  const maps = new Set(readdirSync(mapRoot));
  const owners = new Map<string, Sample>();
  for (const sample of samples) {
    const name = `${parse(sample.path).name}.png`;
    if (sample.split !== "train" || !maps.has(name)) continue;
    const other = owners.get(name);
    if (other !== undefined) {
      throw new InputError(
        `${file}:${sample.line}: "${sample.name}" and that of line ${other.line} would share the map ${name}; name their maps in a column saliency`,
      );
    }
    owners.set(name, sample);
    sample.saliency = join(resolve(mapRoot), name);
  }
}

const shorten = (text: string) => (text.length > 80 ? `${text.slice(0, 79)}…` : text);
