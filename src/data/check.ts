/**
 * What `oversight data check` finds: images and maps that cannot be used, the same picture or subject on both sides of a
 * split, and what gives the label away. Every image is read and decoded once. Plain data; `renderCheck` puts it in words.
 */
import { InputError } from "../base/errors.ts";
import { groupBy } from "../base/group-by.ts";
import { inOrder } from "../base/in-order.ts";
import { type Examined, examine, type MapState, type ReadableImage } from "./examine.ts";
import { type Manifest, requireTrainable, samplesOf } from "./manifest.ts";
import { type Sample, type Split, splits } from "./sample.ts";
import { findShortcuts, type Shortcut, sizeOf } from "./shortcuts.ts";

export interface DataCheck {
  manifest: string;
  notes: string[];
  classes: string[];
  images: number;
  /** Why no classifier could be trained on it; null for what can, and for test sets (no rows of `train` and `val`). */
  untrainable: string | null;
  /** All of them, in the manifest's order. */
  unreadable: Fault[];
  maps: {
    good: number;
    /** Rows of `train` that name no map: trained on, not guided. */
    trainingWithout: number;
    /** Allowed: not guided either. */
    blank: Place[];
    missing: Fault[];
    /** Cannot be read, or are in colours. */
    unusable: Fault[];
    /** Of another aspect ratio than their image. */
    aspect: Fault[];
  };
  /** Groups of rows that show the same picture though splits or labels differ. */
  sameContent: SameContent[];
  /** Rows whose picture another row of the same split and label shows already. */
  repeats: Place[];
  /** Subjects that several splits show, with their number of images in each. */
  sameSubject: { subject: string; images: Partial<Record<Split, number>> }[];
  /** For each split with images, its classes. */
  splits: { split: Split; classes: ClassSummary[]; shortcuts: Shortcut[] | null }[];
}

/** Where a row stands. */
export interface Place {
  line: number;
  /** The image as the manifest names it. */
  name: string;
}

export interface Fault extends Place {
  /** One line that names the file. */
  reason: string;
}

export interface SameContent {
  /** Whether the files are the same byte for byte; else only their decoded pixels are. */
  bytes: boolean;
  rows: (Place & { split: Split; label: string })[];
}

/** Images of one class in one split. What cannot be read counts in `images` alone. */
export interface ClassSummary {
  label: string;
  images: number;
  guided: number;
  /** The most frequent first. */
  formats: Count[];
  sizes: Count[];
  /** Of the files; null when none can be read. */
  medianBytes: number | null;
}

export interface Count {
  name: string;
  images: number;
}

export interface CheckOptions {
  /** Images that are read at a time. */
  atOnce?: number;
  onProgress?: (done: number, total: number) => void;
}

/** Reads every image and map that the manifest names. Faults of the data are reported, not thrown. */
export async function checkData(manifest: Manifest, options: CheckOptions = {}): Promise<DataCheck> {
  const { atOnce = 16, onProgress } = options;
  const { samples, file, notes, classes } = manifest;
  const examined: Examined[] = [];
  for await (const one of inOrder(samples, atOnce, examine)) {
    examined.push(one);
    onProgress?.(examined.length, samples.length);
  }
  const { sameContent, repeats } = compareContents(examined);
  return {
    ...{ manifest: file, notes, classes, images: samples.length },
    untrainable: whyUntrainable(manifest),
    unreadable: examined.flatMap(({ sample, image }) => ("fault" in image ? [faultOf(sample, image.fault)] : [])),
    maps: {
      good: examined.filter(({ map }) => map?.state === "good").length,
      trainingWithout: examined.filter(({ sample, map }) => sample.split === "train" && map === undefined).length,
      blank: examined.filter(({ map }) => map?.state === "blank").map(({ sample }) => placeOf(sample)),
      missing: faultyMaps(examined, "missing"),
      unusable: faultyMaps(examined, "unusable"),
      aspect: faultyMaps(examined, "aspect"),
    },
    ...{ sameContent, repeats },
    sameSubject: compareSubjects(samples),
    splits: summariseSplits(examined, classes),
  };
}

/** Whether training or evaluation would break, or their results mean little. Shortcuts and blank maps only warn. */
export function isHarmful(check: DataCheck): boolean {
  const { untrainable, unreadable, maps, sameContent, sameSubject } = check;
  const lists = [unreadable, maps.missing, maps.unusable, maps.aspect, sameContent, sameSubject];
  return untrainable !== null || lists.some(({ length }) => length > 0);
}

const placeOf = ({ line, name }: Sample): Place => ({ line, name });
const faultOf = (sample: Sample, reason: string): Fault => ({ ...placeOf(sample), reason });

function faultyMaps(examined: readonly Examined[], state: MapState["state"]): Fault[] {
  return examined.flatMap(({ sample, map }) =>
    map !== undefined && "fault" in map && map.state === state ? [faultOf(sample, map.fault)] : [],
  );
}

function whyUntrainable(manifest: Manifest): string | null {
  if (samplesOf(manifest, "train").length + samplesOf(manifest, "val").length === 0) return null;
  try {
    requireTrainable(manifest);
    return null;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.message;
  }
}

function compareContents(examined: readonly Examined[]): Pick<DataCheck, "sameContent" | "repeats"> {
  const readable = examined.flatMap(({ sample, image }) => ("fault" in image ? [] : [{ sample, image }]));
  const sameContent: SameContent[] = [];
  const repeats: Place[] = [];
  for (const group of groupBy(readable, ({ image }) => image.pixelsHash).values()) {
    if (group.length === 1) continue;
    const [{ sample: first, image }] = group;
    if (group.every(({ sample }) => sample.split === first.split && sample.label === first.label)) {
      repeats.push(...group.slice(1).map(({ sample }) => placeOf(sample)));
    } else {
      const rows = group.map(({ sample }) => ({ ...placeOf(sample), split: sample.split, label: sample.label }));
      sameContent.push({ bytes: group.every((other) => other.image.bytesHash === image.bytesHash), rows });
    }
  }
  return { sameContent, repeats };
}

function compareSubjects(samples: readonly Sample[]): DataCheck["sameSubject"] {
  const known = samples.filter(({ subject }) => subject !== undefined);
  return [...groupBy(known, ({ subject }) => subject!)].flatMap(([subject, own]) => {
    const images: Partial<Record<Split, number>> = {};
    for (const { split } of own) images[split] = (images[split] ?? 0) + 1;
    return Object.keys(images).length > 1 ? [{ subject, images }] : [];
  });
}

function summariseSplits(examined: readonly Examined[], classes: readonly string[]): DataCheck["splits"] {
  return splits.flatMap((split) => {
    const inSplit = examined.filter(({ sample }) => sample.split === split);
    if (inSplit.length === 0) return [];
    const ofClass = groupBy(inSplit, ({ sample }) => sample.label);
    const summaries = classes.map((label) => summariseClass(label, ofClass.get(label) ?? []));
    const shortcuts = findShortcuts(readableOf(inSplit).map(({ appearance }) => appearance)) ?? null;
    return [{ split, classes: summaries, shortcuts }];
  });
}

function summariseClass(label: string, examined: readonly Examined[]): ClassSummary {
  const appearances = readableOf(examined).map(({ appearance }) => appearance);
  const bytes = Float64Array.from(appearances, (image) => image.bytes).sort();
  return {
    label,
    images: examined.length,
    guided: examined.filter(({ map }) => map?.state === "good").length,
    formats: countOf(appearances.map(({ format }) => format)),
    sizes: countOf(appearances.map(sizeOf)),
    medianBytes: bytes.length === 0 ? null : bytes[bytes.length >> 1],
  };
}

function readableOf(examined: readonly Examined[]): ReadableImage[] {
  return examined.flatMap(({ image }) => ("fault" in image ? [] : [image]));
}

function countOf(names: readonly string[]): Count[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, images]) => ({ name, images })).sort((a, b) => b.images - a.images);
}
