/** One row of a manifest held against the files that it names: read whole, decoded, hashed. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { explainSystemError, InputError } from "../base/errors.ts";
import { readMap, requireSameAspect } from "../saliency/index.ts";
import { decodeImage } from "../vision/decode.ts";
import { type ImageHeader, imageHeader } from "../vision/image-source.ts";
import type { Sample } from "./sample.ts";
import type { Appearance } from "./shortcuts.ts";

export interface Examined {
  sample: Sample;
  /** The complaint, or what was found. */
  image: { fault: string } | ReadableImage;
  /** undefined for a row that names no map. */
  map: MapState | undefined;
}

export interface ReadableImage {
  appearance: Appearance;
  /** Of the file's bytes. */
  bytesHash: string;
  /** Of the size and the decoded pixels: the same picture in another file has the same. */
  pixelsHash: string;
}

export type MapState =
  | { state: "good" | "blank" }
  /** Not there; cannot be read, or is in colours; of another shape than its image. */
  | { state: "missing" | "unusable" | "aspect"; fault: string };

/** Never throws for what the files hold. */
export async function examine(sample: Sample): Promise<Examined> {
  const { path, name, label } = sample;
  try {
    const header = await imageHeader(path, name);
    // One read serves the hash and the decoder.
    const content = await readFile(path).catch((error) => {
      throw explainSystemError(error, "read", name);
    });
    const { data, width, height } = await decodeImage(content, { name });
    const appearance = { label, format: describeFormat(header), width, height, bytes: content.byteLength };
    const pixelsHash = hash(`${width}×${height}`, data);
    const map = await examineMap(sample, header);
    return { sample, image: { appearance, bytesHash: hash(content), pixelsHash }, map };
  } catch (error) {
    return { sample, image: { fault: complaint(error) }, map: await examineMap(sample, undefined) };
  }
}

async function examineMap({ saliency, name }: Sample, image: ImageHeader | undefined): Promise<MapState | undefined> {
  if (saliency === undefined) return undefined;
  let state: MapState["state"] = existsSync(saliency) ? "unusable" : "missing";
  try {
    const map = await readMap(saliency);
    state = "aspect";
    if (image !== undefined) requireSameAspect(map, saliency, image, name);
    return { state: map.blank ? "blank" : "good" };
  } catch (error) {
    return { state, fault: complaint(error) };
  }
}

/** The complaint of an input error; other errors are faults of the program. */
function complaint(error: unknown): string {
  if (error instanceof InputError) return error.message;
  throw error;
}

/** Short, for a million of them are held: 126 bits leave chance no room. */
function hash(...parts: (string | Uint8Array)[]): string {
  const digest = createHash("sha256");
  for (const part of parts) digest.update(part);
  return digest.digest("base64url").slice(0, 21);
}

function describeFormat({ format, bits, channels, chromaSubsampling }: ImageHeader): string {
  const alpha = channels === 2 || (channels === 4 && format !== "jpeg");
  const details = [
    chromaSubsampling ?? "",
    channels <= 2 ? "grey" : channels === 4 && !alpha ? "CMYK" : "",
    alpha ? "with alpha" : "",
    bits === 8 ? "" : `${bits} bit`,
  ];
  return [format, ...details.filter((detail) => detail !== "")].join(" ");
}
