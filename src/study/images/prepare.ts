/**
 * The images as participants get them: upright 8-bit RGB, reduced to the protocol's size, PNG files that hold nothing
 * but pixels and are all of one length, under names that tell nothing. So neither bytes, headers nor metadata give a
 * label away; what the pixels show is the study's matter.
 */
import { createHash } from "node:crypto";
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
} from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { explainSystemError, InputError, systemErrorCode } from "../../base/errors.ts";
import { writeFileAtomic } from "../../base/files.ts";
import { inOrder } from "../../base/in-order.ts";
import { decodeImage, type RgbImage } from "../../vision/decode.ts";
import { readImage } from "../../vision/image-source.ts";
import type { Study, StudyImage } from "../study-file.ts";
import { studyPaths } from "../study-folder.ts";
import { paddedHeadBytes, padPng, plainPng, unpaddedBytes } from "./png.ts";
import { shownSize } from "./shown-size.ts";

/** Another where the same original would become another file. */
const recipe = 1;
/** Errors name so many images; a study may have thousands that are not there. */
const namedAtMost = 5;
/** A temporary file that nobody has written to for so long (ms) was left by a process that was killed. */
const abandonedAfter = 3_600_000;

export interface PreparedImages {
  /** Made now; the others were there. */
  made: number;
  /** The length of every file. */
  bytes: number;
}

type PreparedStudy = Pick<Study, "folder" | "images" | "protocol">;

/** Where the prepared image lies: always the same for the same content shown in the same size. */
export function preparedPath({ folder, protocol }: Omit<PreparedStudy, "images">, { hash }: StudyImage): string {
  const identity = `${recipe} ${protocol.images.longestSide} ${hash}`;
  const name = createHash("sha256").update(identity).digest("base64url").slice(0, 22);
  return join(studyPaths(folder).images, `${name}.png`);
}

/**
 * Prepares what is not prepared yet. A run that was stopped midway is gone on with by the next; two at once do the work
 * twice and harm nothing. Files that are there are trusted: each was written whole or not at all.
 * @param onProgress counts the images that are made, then anew those that are brought to one length
 * @throws InputError naming the images that cannot be shown, when the rest is done; or a disk that is full
 */
export async function prepareImages(
  study: PreparedStudy,
  onProgress?: (done: number, total: number) => void,
): Promise<PreparedImages> {
  removeAbandoned(studyPaths(study.folder).images);
  const missing = study.images.filter((image) => lengthsOf(preparedPath(study, image)) === undefined);
  const faults: string[] = [];
  let done = 0;
  const make = (image: StudyImage) => prepareOne(study, image).catch(faultOf);
  for await (const fault of inOrder(missing, 2 * availableParallelism(), make)) {
    if (fault !== undefined) faults.push(fault);
    onProgress?.(++done, missing.length);
  }
  if (faults.length > 0) {
    const more = faults.length > namedAtMost ? `; and ${faults.length - namedAtMost} more` : "";
    const count = faults.length === 1 ? "1 image cannot be shown" : `${faults.length} images cannot be shown`;
    throw new InputError(`${count}: ${faults.slice(0, namedAtMost).join("; ")}${more}`);
  }
  const bytes = await padAll(study, onProgress);
  return { made: missing.length, bytes };
}

/** The complaint about one image; anything that is no fault of the image ends the work. */
function faultOf(error: unknown): string {
  if (error instanceof ImageFault) return error.message;
  throw error;
}

class ImageFault extends Error {}

async function prepareOne(study: PreparedStudy, image: StudyImage): Promise<undefined> {
  const { longestSide } = study.protocol.images;
  const decoded = await decodeUnchanged(image);
  const { width, height, data } = decoded;
  const shown = shownSize(decoded, longestSide);
  const raw = sharp(data, { raw: { width, height, channels: 3 } });
  if (shown.width !== width || shown.height !== height) raw.resize(shown.width, shown.height, { fit: "fill" });
  const png = await raw.png({ adaptiveFiltering: true, palette: false }).toBuffer();
  writeFileAtomic(preparedPath(study, image), plainPng(png));
  return undefined;
}

/** What was read when the study was opened must be what is shown under its name. */
async function decodeUnchanged({ file, name, hash }: StudyImage): Promise<RgbImage> {
  try {
    const content = readImage(file, name);
    if (createHash("sha256").update(content).digest("hex") !== hash) {
      throw new InputError(`${name}: the file changed since the study was opened; start again`);
    }
    return await decodeImage(content, { name });
  } catch (error) {
    throw error instanceof InputError ? new ImageFault(error.message) : error;
  }
}

/** Brings all files to the length of the longest. @returns that length */
async function padAll(study: PreparedStudy, onProgress?: (done: number, total: number) => void): Promise<number> {
  const files = study.images.map((image) => {
    const path = preparedPath(study, image);
    const lengths = lengthsOf(path);
    if (lengths === undefined) throw new InputError(`cannot read ${path}: it was there a moment ago`);
    return { path, ...lengths };
  });
  const longest = files.reduce((most, { plain }) => Math.max(most, plain), 0);
  const others = files.filter(({ whole }) => whole !== longest);
  for (const [index, { path }] of others.entries()) {
    writeFileAtomic(path, padPng(readFileSync(path), longest));
    onProgress?.(index + 1, others.length);
  }
  return longest;
}

/** A prepared file's length, whole and without its padding; undefined when there is none. */
function lengthsOf(path: string): { whole: number; plain: number } | undefined {
  try {
    const file = openSync(path, "r");
    try {
      const head = Buffer.alloc(paddedHeadBytes);
      const read = readSync(file, head, 0, paddedHeadBytes, 0);
      const whole = fstatSync(file).size;
      const plain = unpaddedBytes(head.subarray(0, read), whole);
      return plain === undefined ? undefined : { whole, plain };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw explainSystemError(error, "read", path);
  }
}

/** What `writeFileAtomic` had begun when its process was killed. */
function removeAbandoned(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    if (!name.endsWith(".tmp")) continue;
    const path = join(folder, name);
    const status = statSync(path, { throwIfNoEntry: false });
    if (status !== undefined && Date.now() - status.mtimeMs > abandonedAfter) rmSync(path, { force: true });
  }
}
