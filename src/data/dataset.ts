/**
 * Images and saliency maps decoded once, kept in files that are mapped into memory: pages are read when touched and
 * shared by all runs on the machine. Images and maps are cached apart, so that runs with and without guidance share the
 * images. A cache is keyed by the content of its files, in order, never by their names or times.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../base/errors.ts";
import { mapFile } from "../torch/create.ts";
import { keep, scope } from "../torch/scope.ts";
import type { Tensor } from "../torch/tensor.ts";
import { type ContentHash, contentHashes, fileStamp } from "./content-hash.ts";
import { lookAhead } from "./look-ahead.ts";
import { findRowCache, type RowCache, requireSpace, writeRowCache } from "./row-cache.ts";
import type { Sample } from "./sample.ts";
import { squareImage, squareMap } from "./square.ts";

export interface Dataset {
  samples: readonly Sample[];
  /** uint8, N×size×size×3, in the samples' order. */
  images: Tensor;
  /** uint8, N×size×size, each stretched to 0..255; 0 where there is none. undefined when no sample has a map. */
  maps: Tensor | undefined;
  /** For each sample 1 when it has a map that is not blank, else 0. */
  guided: Uint8Array;
  /** Samples with a map that says something, with a blank one, with none. */
  counts: { withMap: number; blank: number; withoutMap: number };
  /** SHA-256 of all contents, the size and the version of this code: the same data, the same fingerprint. */
  fingerprint: string;
  /** Frees the tensors. */
  close(): void;
}

export interface DatasetOptions {
  /** Side of the square that images and maps are squeezed to, in pixels. */
  size: number;
  /** Whether to open the maps; without them every sample counts as one without a map. */
  maps: boolean;
  cacheFolder: string;
  /** Counts files, first while their contents are hashed, then while they are decoded; not called for a whole cache. */
  onProgress?: (done: number, total: number) => void;
}

/** To be raised whenever other pixels come of the same files. */
const codeVersion = 1;
const filesAtOnce = 16;

/** For each sample: `m` a map, `b` a blank map, `-` none. */
type MapKind = "m" | "b" | "-";
const imagesSchema = z.object({ images: z.number(), size: z.number() });
const mapsSchema = z.object({ maps: z.string(), size: z.number() });

/**
 * Opens the decoded data of `samples`, decoding what is not in the cache yet.
 * @throws InputError naming the file when an image or map cannot be read, a map has another aspect ratio than its
 * image, or the disk has not the space; no half-made cache is left
 */
export async function openDataset(samples: readonly Sample[], options: DatasetOptions): Promise<Dataset> {
  const { size, cacheFolder, onProgress } = options;
  if (samples.length === 0) throw new InputError("there are no images to open");
  const folder = join(cacheFolder, "datasets");
  const pairs = samples.map(({ path, saliency }) => ({ path, saliency: options.maps ? saliency : undefined }));
  const contents = await hashPairs(pairs, folder, onProgress);
  const imageHashes = pairs.map(({ path }) => contents.get(path)!.hash);
  const mapHashes = pairs.map(({ saliency }) => (saliency === undefined ? "" : contents.get(saliency)!.hash));
  const imagesKey = digest("images", size, imageHashes);
  // The images count too: a map must have its image's aspect ratio.
  const mapsKey = digest("maps", size, imageHashes, mapHashes);
  const anyMap = mapHashes.some((hash) => hash !== "");

  const rows = samples.length;
  const images: RowCache = { file: join(folder, `${imagesKey}.images`), rows, rowLength: size * size * 3 };
  const maps: RowCache | undefined = anyMap
    ? { file: join(folder, `${mapsKey}.maps`), rows, rowLength: size * size }
    : undefined;
  const imagesFound = findRowCache(images, imagesSchema) !== undefined;
  let kinds = maps && findRowCache(maps, mapsSchema)?.maps;
  const missing = [...(imagesFound ? [] : [images]), ...(maps && kinds === undefined ? [maps] : [])];
  if (missing.length > 0) requireSpace(folder, missing);
  let done = 0;
  const decoded = (...paths: (string | undefined)[]) => {
    for (const path of paths) if (path !== undefined) requireUnchanged(path, contents.get(path)!);
    onProgress?.(++done, missing.length * rows);
  };
  if (!imagesFound) {
    const source = decodeImages(pairs, size, decoded);
    await writeRowCache(images, source, () => ({ images: rows, size }));
  }
  if (maps && kinds === undefined) {
    const seen: MapKind[] = [];
    await writeRowCache(maps, decodeMaps(pairs, size, seen, decoded), () => ({ maps: seen.join(""), size }));
    kinds = seen.join("");
  }
  return assemble(samples, size, images, maps, kinds ?? "-".repeat(rows), digest(imagesKey, mapsKey));
}

interface Pair {
  path: string;
  saliency: string | undefined;
}

async function hashPairs(
  pairs: readonly Pair[],
  folder: string,
  onProgress: DatasetOptions["onProgress"],
): Promise<Map<string, ContentHash>> {
  const paths = pairs.flatMap(({ path, saliency }) => (saliency === undefined ? [path] : [path, saliency]));
  const contents = await contentHashes(paths, join(folder, "content-hashes.json"), onProgress);
  return new Map(paths.map((path, index) => [path, contents[index]]));
}

/** What was decoded must be what was hashed, or the cache would hold other pixels than its key says. */
function requireUnchanged(path: string, { stamp }: ContentHash): void {
  if (fileStamp(path) !== stamp) throw new InputError(`${path}: the file changed while it was read; try again`);
}

async function* decodeImages(
  pairs: readonly Pair[],
  size: number,
  decoded: (path: string) => void,
): AsyncGenerator<Uint8Array> {
  const work = async ({ path }: Pair) => ({ path, ...(await squareImage(path, size)) });
  for await (const { path, pixels } of lookAhead(pairs, filesAtOnce, work)) {
    decoded(path);
    yield pixels;
  }
}

async function* decodeMaps(
  pairs: readonly Pair[],
  size: number,
  kinds: MapKind[],
  decoded: (path: string, saliency: string | undefined) => void,
): AsyncGenerator<Uint8Array> {
  const none = { pixels: new Uint8Array(size * size), memory: 0, kind: "-" as MapKind };
  const work = async (pair: Pair) => {
    if (pair.saliency === undefined) return { pair, ...none };
    const { blank, ...map } = await squareMap(pair.saliency, pair.path, size);
    return { pair, ...map, kind: blank ? ("b" as const) : ("m" as const) };
  };
  for await (const { pair, pixels, kind } of lookAhead(pairs, filesAtOnce, work)) {
    decoded(pair.path, pair.saliency);
    kinds.push(kind);
    yield pixels;
  }
}

function assemble(
  samples: readonly Sample[],
  size: number,
  images: RowCache,
  maps: RowCache | undefined,
  kinds: string,
  fingerprint: string,
): Dataset {
  const count = (kind: MapKind) => kinds.split(kind).length - 1;
  const open = ({ file, rows, rowLength }: RowCache, ...shape: number[]) =>
    keep(scope(() => mapFile(file, rows * rowLength).reshape(rows, ...shape)));
  const imageTensor = open(images, size, size, 3);
  const mapTensor = maps && open(maps, size, size);
  return {
    samples,
    images: imageTensor,
    maps: mapTensor,
    guided: Uint8Array.from(kinds, (kind) => (kind === "m" ? 1 : 0)),
    counts: { withMap: count("m"), blank: count("b"), withoutMap: count("-") },
    fingerprint,
    close() {
      imageTensor.dispose();
      mapTensor?.dispose();
    },
  };
}

function digest(...parts: unknown[]): string {
  return createHash("sha256")
    .update(JSON.stringify([codeVersion, ...parts]))
    .digest("hex");
}
