/**
 * A folder of label images, one a part and image, as CelebAMask-HQ has them: `00000_l_eye.png`, in any folders below. The
 * part is what stands after the first underscore that begins a known part's name; what stands before it names the image.
 */
import { readdirSync } from "node:fs";
import { join, parse } from "node:path";
import { explainSystemError, InputError } from "../../base/errors.ts";
import { labelParts } from "../../saliency/non-human/face-regions.ts";
import type { Size } from "../../saliency/scan-lines.ts";
import { decodeImage } from "../../vision/decode.ts";

export interface LabelFolder {
  /**
   * The files of an image's parts by the part's name; undefined where there are none. CelebAMask-HQ numbers its labels
   * `00012` and its images `12`: numbers that are equal are the same image.
   * @param stem the image's name without folder and ending
   */
  partsOf(stem: string): ReadonlyMap<string, string> | undefined;
}

export interface Labels extends Size {
  /** 1 where a pixel is of the part, by the part's name; all of one size. */
  parts: Map<string, Uint8Array>;
}

// Longest first: "l_eye" would be found in "00000_ll_eye" otherwise.
const parts = [...labelParts].sort((a, b) => b.length - a.length);

/** @throws InputError when the folder cannot be read, holds no labels, or two of one part and image */
export function openLabelFolder(folder: string): LabelFolder {
  const images = new Map<string, Map<string, string>>();
  for (const path of filesBelow(folder)) {
    const { name, ext } = parse(path);
    if (ext.toLowerCase() !== ".png") continue;
    const part = parts.find((part) => name.endsWith(`_${part}`));
    if (part === undefined) continue;
    const key = keyOf(name.slice(0, -part.length - 1));
    const found = images.get(key) ?? new Map<string, string>();
    if (found.has(part))
      throw new InputError(`${folder}: ${found.get(part)} and ${path} are labels of one part and image`);
    images.set(key, found.set(part, join(folder, path)));
  }
  if (images.size === 0) {
    throw new InputError(
      `${folder}: no labels: expected files like 00000_skin.png and 00000_l_eye.png, in it or in folders below`,
    );
  }
  return { partsOf: (stem) => images.get(keyOf(stem)) };
}

const keyOf = (stem: string) => (/^\d+$/.test(stem) ? stem.replace(/^0+(?=\d)/, "") : stem);

function filesBelow(folder: string): string[] {
  try {
    return (readdirSync(folder, { recursive: true }) as string[]).sort();
  } catch (error) {
    throw explainSystemError(error, "read the folder", folder);
  }
}

/**
 * A pixel is of a part where its label is at least half white.
 * @throws InputError naming the file that cannot be read, or has another size than the image's first
 */
export async function readLabels(files: ReadonlyMap<string, string>): Promise<Labels> {
  const parts = new Map<string, Uint8Array>();
  let first: (Size & { file: string }) | undefined;
  for (const [part, file] of files) {
    const { width, height, data } = await decodeImage(file, { background: "#000000" });
    first ??= { width, height, file };
    if (width !== first.width || height !== first.height) {
      throw new InputError(
        `${file}: the label has ${width} × ${height} pixels, ${first.file} of the same image ${first.width} × ${first.height}`,
      );
    }
    const mask = new Uint8Array(width * height);
    for (let i = 0; i < mask.length; i++) mask[i] = data[3 * i] + data[3 * i + 1] + data[3 * i + 2] >= 384 ? 1 : 0;
    parts.set(part, mask);
  }
  if (first === undefined) throw new Error("an image in a label folder has at least one label");
  return { width: first.width, height: first.height, parts };
}
