/** Landmarks of all faces of a manifest, found once and kept in a file: what is in the file is not looked for again. */
import { existsSync } from "node:fs";
import { writeFileAtomic } from "../../base/files.ts";
import { inOrder } from "../../base/in-order.ts";
import { acquirePidLock } from "../../base/pid-lock.ts";
import { readManifest } from "../../data/manifest.ts";
import { decodeImage, type RgbImage } from "../../vision/decode.ts";
import { formatLandmarks, readLandmarks } from "./landmark-file.ts";
import type { LandmarkFinder } from "./landmark-finder.ts";

export interface FindLandmarksOptions {
  manifest: string;
  imageRoot?: string | undefined;
  /** The CSV file; it grows while it is worked on. */
  to: string;
  find: LandmarkFinder;
  onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface FoundLandmarks {
  /** Images with landmarks, those of before among them. */
  found: number;
  /** Images without a face that could be found, as the manifest names them. */
  without: string[];
}

/** Images that are decoded at once; the finder takes one at a time. */
const atOnce = 4;
/** What is lost, at most, when the process is killed. */
const secondsBetweenWrites = 20;

/**
 * @throws InputError when the manifest, an image or what is in the file cannot be read, or the file cannot be written or is
 *   another process's
 */
export async function findLandmarks({
  manifest,
  imageRoot,
  to,
  find,
  onProgress,
}: FindLandmarksOptions): Promise<FoundLandmarks> {
  const { samples } = readManifest(manifest, { imageRoot });
  const paths = new Map(samples.map(({ name, path }) => [name, path]));
  const lock = acquirePidLock(`${to}.lock`, "the landmarks");
  try {
    const landmarks = existsSync(to) ? readLandmarks(to) : new Map();
    const left = [...paths].filter(([name]) => !landmarks.has(name));
    const without: string[] = [];
    const save = () => {
      if (landmarks.size > 0) writeFileAtomic(to, formatLandmarks(landmarks));
      return performance.now();
    };
    let done = paths.size - left.length;
    let saved = performance.now();
    try {
      for await (const [name, image] of inOrder(left, atOnce, decode)) {
        const points = await find(image);
        if (points === undefined) without.push(name);
        else landmarks.set(name, points);
        onProgress?.(++done, paths.size);
        if (performance.now() - saved > secondsBetweenWrites * 1000) saved = save();
      }
    } finally {
      save();
    }
    return { found: [...paths.keys()].filter((name) => landmarks.has(name)).length, without };
  } finally {
    lock.release();
  }
}

async function decode([name, path]: readonly [name: string, path: string]): Promise<[name: string, image: RgbImage]> {
  return [name, await decodeImage(path)];
}
