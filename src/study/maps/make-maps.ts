/**
 * The maps of a study on disk, ready to train with:
 *
 *     saliency/…png   a grey map an image, named as the image, of its size
 *     images          a link to the study's images: a manifest's paths may not leave its folder
 *     manifest.csv    every image of the study's manifest, its split kept, its map where there is one
 *     summary.json    what the maps rest on
 *
 * The same records give the same bytes. A run that is cut off leaves the maps of the one before.
 */
import { dirname, join, relative, resolve, sep } from "node:path";
import { stringify } from "csv-stringify/sync";
import sharp from "sharp";
import { InputError } from "../../base/errors.ts";
import { ensureWritableFolder, writeFileAtomic } from "../../base/files.ts";
import { linkToFolder, requireLink } from "../../base/folder-link.ts";
import { acquirePidLock } from "../../base/pid-lock.ts";
import { replaceFolder, requireReplaceable } from "../../base/replace-folder.ts";
import { readManifest } from "../../data/manifest.ts";
import type { Sample } from "../../data/sample.ts";
import type { Protocol } from "../protocol.ts";
import type { ImageRecord, StudyRecords } from "../records.ts";
import { agreementOf } from "./agreement.ts";
import { countMarks, type JudgementRule, type Mark } from "./judgements.ts";
import { mapNames } from "./map-names.ts";
import { meanMap, toGrey } from "./mean-map.ts";
import { type MapFacts, type MapsSummary, summarise } from "./summary.ts";

export interface MapsOptions {
  /** The study's manifest of images to be judged: for splits, subjects and images that nobody has judged. */
  manifest: string;
  /** Which judgements count; `correct` without it. */
  rule?: JudgementRule | undefined;
  /** Standard deviation of the blur as a share of the image's width, 0 to 0.5; none without it. */
  blur?: number | undefined;
  onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Writes the maps into `folder`, image by image: the memory is that of one image, however many there are.
 * @throws InputError when the manifest cannot be read or is no longer that of the records, when a blur is out of range,
 * or when `folder` cannot be written, holds something else in the places above, or is in use by another run
 */
export async function makeMaps(
  records: StudyRecords,
  protocol: Protocol,
  folder: string,
  { manifest: file, rule = "correct", blur = 0, onProgress }: MapsOptions,
): Promise<MapsSummary> {
  if (!(blur >= 0 && blur <= 0.5)) throw new InputError(`blur: ${blur}; a share of the image's width from 0 to 0.5`);
  const { samples } = readManifest(file);
  const root = dirname(resolve(file));
  const place = resolve(folder);
  const places = {
    maps: join(place, "saliency"),
    manifest: join(place, "manifest.csv"),
    images: join(place, "images"),
  };
  if (resolve(file) === places.manifest) {
    throw new InputError(`${folder}: the maps' manifest would overwrite the study's; choose another folder`);
  }
  ensureWritableFolder(place);
  requireReplaceable(places.maps);
  requireLink(places.images, "the images");
  const lock = acquirePidLock(join(place, ".lock"), "the folder of maps");
  try {
    const marks = countMarks(records, protocol, rule);
    const images = matchImages(samples, records.images, file);
    const inRoot = samples.map(({ path }) => relative(root, path));
    const names = mapNames(inRoot);
    const facts = await replaceFolder(places.maps, async (fresh) => {
      const facts: MapFacts[] = [];
      for (const [index, { name, label, source = null }] of samples.entries()) {
        const about = { name, label, source };
        const own = (images[index] && marks.byImage.get(images[index].id)) ?? [];
        if (own.length === 0) facts.push({ ...about, judgements: 0, map: null, agreement: null, tallies: [] });
        else {
          const made = await makeMap(own, images[index]!, join(fresh, names[index]), blur);
          const map = made ? posix(join("saliency", names[index])) : null;
          const { agreement, tallies } = agreementOf(own, images[index]!, blur, protocol.seed);
          facts.push({ ...about, judgements: own.length, map, agreement, tallies });
        }
        onProgress?.(index + 1, samples.length);
      }
      return facts;
    });
    linkToFolder(root, places.images);
    const summary = summarise(protocol.name, { rule, blur }, marks, facts);
    const paths = inRoot.map((path) => posix(join("images", path)));
    writeFileAtomic(places.manifest, manifestOf(samples, paths, facts));
    writeFileAtomic(join(place, "summary.json"), `${JSON.stringify(summary, null, 2)}\n`);
    return summary;
  } finally {
    lock.release();
  }
}

/** @returns whether there is a map to write: one that is the same everywhere says nothing */
async function makeMap(marks: readonly Mark[], { width, height }: ImageRecord, file: string, blur: number) {
  const grey = toGrey(meanMap(marks, { width, height }, blur));
  if (grey === undefined) return false;
  const png = sharp(grey, { raw: { width, height, channels: 1 } })
    .toColourspace("b-w")
    .png();
  writeFileAtomic(file, await png.toBuffer());
  return true;
}

/** The record of each sample's image; undefined for one that was set aside for practice. */
function matchImages(samples: readonly Sample[], images: readonly ImageRecord[], manifest: string) {
  const byFile = new Map(images.map((image) => [image.file, image]));
  const known = new Set(samples.map(({ path }) => path));
  const gone = images.find(({ role, file }) => role === "main" && !known.has(file));
  if (gone !== undefined) {
    throw new InputError(`${manifest}: the study's image "${gone.name}" is no longer in it; put its row back`);
  }
  return samples.map(({ path }) => {
    const image = byFile.get(path);
    return image?.role === "main" ? image : undefined;
  });
}

function manifestOf(samples: readonly Sample[], paths: readonly string[], facts: readonly MapFacts[]): string {
  const header = ["split", "label", "path", "saliency", "source"];
  const withSubjects = samples.some(({ subject }) => subject !== undefined);
  const rows = samples.map(({ split, label, source = "", subject = "" }, i) => {
    const row = [split, label, paths[i], facts[i].map ?? "", source];
    return withSubjects ? [...row, subject] : row;
  });
  return stringify([withSubjects ? [...header, "subject"] : header, ...rows]);
}

const posix = (path: string) => path.split(sep).join("/");
