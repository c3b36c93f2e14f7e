/**
 * Human saliency maps from image files: how much people looked at, or marked, each place. Only the shape of a map
 * counts, so each is stretched to 0..1 (min-max, as CYBORG's loss compares them).
 */
import { InputError } from "../base/errors.ts";
import {
  explainDecodeError,
  type ImageSource,
  nameOf,
  openImage,
  readImage,
  readMetadata,
} from "../vision/image-source.ts";

export interface SaliencyMap {
  /** Pixels. */
  width: number;
  height: number;
  /** height × width, rows from the top, least 0 and greatest 1; all 0 when blank. */
  values: Float32Array;
  /** One value everywhere: the map says nothing. */
  blank: boolean;
}

/** How far a pixel's channels may differ, in shares of the full range, and the map still count as grey. */
const greyTolerance = 8 / 255;

/**
 * Reads grey in 8 or 16 bits (all 16 are used) or floating point, colour files whose channels are (nearly) equal, and
 * any of them with alpha, which is laid on black: where a map is transparent nobody looked. Of several frames the first.
 * @param name what errors call the map; its path without it
 * @throws InputError naming the file when it cannot be read, holds values that are not finite, or is a colour picture
 * (a heat map in colours has no one scale that could be undone)
 */
export async function readMap(source: ImageSource, name = nameOf(source)): Promise<SaliencyMap> {
  const { width, height, channels, data, full } = await readChannels(source, name);
  const alphaAt = channels % 2 === 0 ? channels - 1 : undefined;
  const colours = alphaAt ?? channels;
  const values = new Float32Array(width * height);
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (let pixel = 0, at = 0; pixel < values.length; pixel++, at += channels) {
    let sum = data[at];
    if (colours === 3) {
      const spread = Math.max(data[at], data[at + 1], data[at + 2]) - Math.min(data[at], data[at + 1], data[at + 2]);
      if (spread > greyTolerance * full) throw colourPicture(name);
      sum = (sum + data[at + 1] + data[at + 2]) / 3;
    }
    const value = alphaAt === undefined ? sum : (sum * data[at + alphaAt]) / full;
    if (!Number.isFinite(value)) throw new InputError(`${name}: the map holds a value that is not a finite number`);
    values[pixel] = value;
    least = Math.min(least, values[pixel]);
    greatest = Math.max(greatest, values[pixel]);
  }
  const range = greatest - least;
  for (let pixel = 0; pixel < values.length; pixel++) values[pixel] = range === 0 ? 0 : (values[pixel] - least) / range;
  return { width, height, values, blank: range === 0 };
}

interface Channels {
  width: number;
  height: number;
  /** 1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha. */
  channels: number;
  data: Float32Array;
  /** The value of white, and of opaque alpha. */
  full: number;
}

/** White in the colour spaces that hold a map. */
const fullOf: Record<string, number> = { "b-w": 255, srgb: 255, grey16: 65535, rgb16: 65535 };

/** The values as they are stored: a map holds numbers, not colours, so no profile is applied. */
async function readChannels(source: ImageSource, name: string): Promise<Channels> {
  const content = readImage(source, name);
  const { depth, space, channels: stored } = await readMetadata(content, name);
  const full = fullOf[space];
  const plain = depth === "uchar" || depth === "ushort" || stored === 1;
  if (full === undefined || !plain) throw colourPicture(name);
  try {
    const { data, info } = await openImage(content, { ignoreIcc: true })
      .toColourspace(space)
      .raw({ depth: "float" })
      .toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    // Copied: a Buffer may begin at any address.
    return { width, height, channels, data: new Float32Array(new Uint8Array(data).buffer), full };
  } catch (error) {
    throw await explainDecodeError(error, content, name);
  }
}

function colourPicture(name: string): InputError {
  return new InputError(
    `${name}: a saliency map must be grey, this is a picture in colours (a heat map? save the values, not their colours)`,
  );
}
