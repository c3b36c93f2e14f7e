/**
 * Maps that are not human on disk, ready to train with, in the form that the maps of a study have:
 *
 *     saliency/…png   grey maps
 *     images          a link to the manifest's images: a manifest's paths may not leave its folder
 *     manifest.csv    every row of the manifest, its map where there is one
 *     summary.json    what was made of what
 *
 * The same input gives the same bytes. A run that is cut off leaves the maps of the one before.
 */
import { dirname, join, relative, resolve, sep } from "node:path";
import { stringify } from "csv-stringify/sync";
import sharp from "sharp";
import { InputError } from "../../base/errors.ts";
import { ensureWritableFolder, writeFileAtomic } from "../../base/files.ts";
import { linkToFolder, requireLink } from "../../base/folder-link.ts";
import { inOrder } from "../../base/in-order.ts";
import { acquirePidLock } from "../../base/pid-lock.ts";
import { replaceFolder, requireReplaceable } from "../../base/replace-folder.ts";
import { readManifest } from "../../data/manifest.ts";
import type { Sample } from "../../data/sample.ts";
import type { Size } from "../../saliency/scan-lines.ts";
import { mapNames } from "../../study/maps/map-names.ts";

export interface MapsInput {
  manifest: string;
  /** As for training: what image and map paths are relative to. */
  imageRoot?: string | undefined;
  mapRoot?: string | undefined;
  /** Where the maps go. */
  folder: string;
  onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface GreyMap extends Size {
  /** height × width, rows from the top. */
  grey: Uint8Array;
}

/** What becomes of one image. */
export type ImageMap =
  | {
      /** File below `saliency/`; the first of several images with one file writes it. */
      file: string;
      map: GreyMap;
      /** The image whose map it is, where it is another's. */
      from?: string | undefined;
    }
  /** In a few words, which are counted. */
  | { without: string };

export interface NonHumanMapsSummary {
  /** How the maps were made: `masks`, `centre` or `shuffle`, and with what settings. */
  made: Readonly<Record<string, string | number | boolean>>;
  /** Images that have a map. */
  maps: number;
  /** Images without one, by the reason. */
  withoutMap: Record<string, number>;
  /** Mean share of white over all maps, 0..1; null where there is none. */
  area: number | null;
  images: { name: string; split: string; label: string; map: string | null; area: number | null; from?: string }[];
}

/** Images that are worked on at once. */
const atOnce = 8;

/**
 * @param made what the summary says of the maps
 * @param begin given the manifest's rows and a file name for each, says how one image's map is made
 * @throws InputError when the manifest cannot be read, no image gets a map, the folder cannot be written, holds something
 *   else in the places above or is in use by another process, and what `begin` and its maker throw
 */
export async function writeMaps(
  { manifest: file, imageRoot, mapRoot, folder, onProgress }: MapsInput,
  made: NonHumanMapsSummary["made"],
  begin: (samples: readonly Sample[], names: readonly string[]) => (index: number) => Promise<ImageMap>,
): Promise<NonHumanMapsSummary> {
  const { samples } = readManifest(file, { imageRoot, mapRoot });
  const root = resolve(imageRoot ?? dirname(file));
  const place = resolve(folder);
  const places = {
    maps: join(place, "saliency"),
    manifest: join(place, "manifest.csv"),
    images: join(place, "images"),
  };
  if (resolve(file) === places.manifest) {
    throw new InputError(
      `${folder}: the maps' manifest would overwrite the one that it is made from; choose another folder`,
    );
  }
  const inRoot = samples.map(({ path }) => relative(root, path));
  const makeMap = begin(samples, mapNames(inRoot));
  ensureWritableFolder(place);
  requireReplaceable(places.maps);
  requireLink(places.images, "the images");
  const lock = acquirePidLock(join(place, ".lock"), "the folder of maps");
  try {
    const images = await replaceFolder(places.maps, async (fresh) => {
      const images: NonHumanMapsSummary["images"] = [];
      const withoutMap: string[] = [];
      const written = new Set<string>();
      for await (const found of inOrder(samples.keys(), atOnce, makeMap)) {
        const { name, split, label } = samples[images.length];
        if ("without" in found) withoutMap.push(found.without);
        else if (!written.has(found.file)) {
          written.add(found.file);
          writeFileAtomic(join(fresh, found.file), await encode(found.map));
        }
        images.push({ name, split, label, ...factsOf(found) });
        onProgress?.(images.length, samples.length);
      }
      if (withoutMap.length === samples.length) {
        const reasons = Object.entries(tally(withoutMap)).map(([reason, count]) => `${reason} (${count})`);
        throw new InputError(`${file}: no image gets a map: ${reasons.join(", ")}`);
      }
      return { list: images, withoutMap: tally(withoutMap) };
    });
    linkToFolder(root, places.images);
    const areas = images.list.map(({ area }) => area).filter((area) => area !== null);
    const summary: NonHumanMapsSummary = {
      made,
      maps: areas.length,
      withoutMap: images.withoutMap,
      area: areas.length === 0 ? null : areas.reduce((sum, area) => sum + area, 0) / areas.length,
      images: images.list,
    };
    const paths = inRoot.map((path) => posix(join("images", path)));
    writeFileAtomic(places.manifest, manifestOf(samples, paths, summary));
    writeFileAtomic(join(place, "summary.json"), `${JSON.stringify(summary, null, 1)}\n`);
    return summary;
  } finally {
    lock.release();
  }
}

function factsOf(found: ImageMap): { map: string | null; area: number | null; from?: string } {
  if ("without" in found) return { map: null, area: null };
  const { file, map, from } = found;
  const white = map.grey.reduce((sum, value) => sum + value, 0) / (255 * map.grey.length);
  return { map: posix(join("saliency", file)), area: white, ...(from === undefined ? {} : { from }) };
}

function tally(reasons: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const reason of reasons) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

function encode({ width, height, grey }: GreyMap): Promise<Buffer> {
  return sharp(grey, { raw: { width, height, channels: 1 } })
    .toColourspace("b-w")
    .png()
    .toBuffer();
}

/** The manifest's columns, and `saliency`. */
function manifestOf(samples: readonly Sample[], paths: readonly string[], { images }: NonHumanMapsSummary): string {
  const optional = (["source", "subject"] as const).filter((column) =>
    samples.some((sample) => sample[column] !== undefined),
  );
  const rows = samples.map((sample, i) => {
    const rest = optional.map((column) => sample[column] ?? "");
    return [sample.split, sample.label, paths[i], images[i].map ?? "", ...rest];
  });
  return stringify([["split", "label", "path", "saliency", ...optional], ...rows]);
}

const posix = (path: string) => path.split(sep).join("/");

/** A few lines for a terminal. */
export function renderSummary({ made, maps, withoutMap, area, images }: NonHumanMapsSummary): string {
  const settings = Object.entries(made).map(([name, value]) => `${name} ${value}`);
  const without = Object.entries(withoutMap).map(([reason, count]) => `${count} (${reason})`);
  const rows = [
    `maps of ${maps} of ${images.length} images: ${settings.join(", ")}`,
    `  without a map  ${without.join(", ") || "none"}`,
    `  mean area      ${area === null ? "–" : `${(100 * area).toFixed(1)} %`}`,
  ];
  return `${rows.join("\n")}\n`;
}
