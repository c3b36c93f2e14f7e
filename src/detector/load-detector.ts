/** The detector in Node.js: from a folder or a web address, on all cores. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { explainSystemError, InputError } from "../base/errors.ts";
import { parseJson, readJsonFile } from "../base/schema.ts";
import { type Detector, requirePixels } from "./detector.ts";
import { type DetectorFile, detectorFile, detectorName, modelName } from "./detector-file.ts";
import { InferencePool, type ThreadData } from "./inference-pool.ts";

export interface LoadOptions {
  /** Threads that judge, each with the model once in its memory; the processor's cores without it. */
  threads?: number | undefined;
  /** Told when a thread has died of itself; the detector then judges nothing any more. */
  onFailure?: ((error: Error) => void) | undefined;
}

export interface NodeDetector extends Detector {
  /** The first 16 hexadecimal digits of the SHA-256 of `model.onnx`: which model gave a score. */
  model: string;
  threads: number;
  /** Images that wait or are being judged. */
  readonly pending: number;
}

/**
 * @param source the folder that `oversight export` made, or its address (http or https)
 * @throws InputError when a file is missing, is none of a detector, or cannot be fetched
 */
export async function loadDetector(source: string | URL, options: LoadOptions = {}): Promise<NodeDetector> {
  const { threads = availableParallelism(), onFailure } = options;
  const files = /^https?:/i.test(String(source)) ? await fetchFiles(String(source)) : await readFiles(source);
  const { about, model, bytes, place } = files;
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  const pool = await openPool({ model, about }, place, { threads, onFailure });
  return {
    ...{ about, model: hash, threads },
    get pending() {
      return pool.pending;
    },
    score: async (images) => {
      images.forEach(requirePixels);
      return Promise.all(images.map((image) => pool.judge(image)));
    },
    close: () => pool.close(),
  };
}

interface DetectorFiles {
  about: DetectorFile;
  bytes: Uint8Array;
  /** What the threads open. */
  model: ThreadData["model"];
  /** Of the model, for errors. */
  place: string;
}

async function readFiles(source: string | URL): Promise<DetectorFiles> {
  const folder = source instanceof URL ? fileURLToPath(source) : source;
  const place = join(folder, modelName);
  const about = readJsonFile(detectorFile, join(folder, detectorName));
  try {
    // Each thread reads the file by itself: onnxruntime then keeps no copy of its bytes.
    return { about, bytes: await readFile(place), model: place, place };
  } catch (error) {
    throw explainSystemError(error, "read", place);
  }
}

async function fetchFiles(source: string): Promise<DetectorFiles> {
  const folder = source.replace(/\/?$/, "/");
  const fetchFile = async (name: string) => {
    const response = await fetch(folder + name).catch((error: Error) => {
      throw new InputError(
        `cannot fetch ${folder}${name}: ${error.cause instanceof Error ? error.cause.message : error}`,
      );
    });
    if (!response.ok) throw new InputError(`cannot fetch ${folder}${name}: the server answers ${response.status}`);
    return response;
  };
  const place = folder + modelName;
  const about = parseJson(detectorFile, await (await fetchFile(detectorName)).text(), folder + detectorName);
  const fetched = new Uint8Array(await (await fetchFile(modelName)).arrayBuffer());
  // Shared memory, so that threads have one copy.
  const bytes = new Uint8Array(new SharedArrayBuffer(fetched.byteLength));
  bytes.set(fetched);
  return { about, bytes, model: bytes, place };
}

async function openPool(
  data: ThreadData,
  place: string,
  { threads, onFailure }: { threads: number; onFailure: LoadOptions["onFailure"] },
): Promise<InferencePool> {
  try {
    return await InferencePool.open(data, threads, onFailure);
  } catch (error) {
    throw new InputError(`${place}: onnxruntime cannot use it (${(error as Error).message.split("\n")[0]})`);
  }
}
