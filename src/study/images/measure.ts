/**
 * Content and size of a study's images. Both are remembered in the study's `images/`, so that a study of thousands
 * opens at once; files that changed are read again.
 */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { writeFileAtomic } from "../../base/files.ts";
import { inOrder } from "../../base/in-order.ts";
import { readJsonFile } from "../../base/schema.ts";
import { contentHashes } from "../../data/content-hash.ts";
import type { Sample } from "../../data/sample.ts";
import { imageHeader } from "../../vision/image-source.ts";

export interface MeasuredImage {
  /** SHA-256 of the file, hexadecimal. */
  hash: string;
  /** Pixels, upright. */
  width: number;
  height: number;
}

/** By content. */
const sizesSchema = z.record(z.string(), z.tuple([z.int().positive(), z.int().positive()]));

/**
 * In the samples' order.
 * @param folder where it is remembered
 * @throws InputError naming the image that cannot be read, with its line in the manifest
 */
export async function measureImages(
  samples: readonly (Sample & { manifest: string })[],
  folder: string,
  onProgress?: (done: number, total: number) => void,
): Promise<MeasuredImage[]> {
  const sizesFile = join(folder, "sizes.json");
  const hashes = await contentHashes(
    samples.map(({ path }) => path),
    join(folder, "contents.json"),
    onProgress,
  );
  const sizes = readSizes(sizesFile);
  const measure = async (sample: (typeof samples)[number], index: number): Promise<MeasuredImage> => {
    const { hash } = hashes[index];
    const known = sizes.get(hash);
    if (known !== undefined) return { hash, width: known[0], height: known[1] };
    const { width, height } = await imageHeader(sample.path, `${sample.manifest}:${sample.line}: ${sample.path}`);
    sizes.set(hash, [width, height]);
    return { hash, width, height };
  };
  const before = sizes.size;
  const measured: MeasuredImage[] = [];
  for await (const image of inOrder(samples, 4 * availableParallelism(), measure)) measured.push(image);
  if (sizes.size > before) writeFileAtomic(sizesFile, JSON.stringify(Object.fromEntries(sizes)));
  return measured;
}

function readSizes(file: string): Map<string, [width: number, height: number]> {
  try {
    return new Map(Object.entries(readJsonFile(sizesSchema, file)));
  } catch {
    // None yet, or a damaged one: it only saves time, so that must not stop the work.
    return new Map();
  }
}
