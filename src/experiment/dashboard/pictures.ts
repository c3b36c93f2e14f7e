/** Images as browsers show them, decoded as the networks get them; the small ones made last are kept. */
import sharp from "sharp";
import { decodeImage } from "../../vision/decode.ts";

/** Pixels on the longest side. */
const sides = { small: 160, large: 512 } as const;
export type PictureSize = keyof typeof sides;

/** About 6 kB each. */
const mostKept = 1000;
/** Decoded at once: a whole image may take much memory. */
const mostDecoded = 2;

export class Pictures {
  private readonly kept = new Map<string, Buffer>();
  private readonly waiting: (() => void)[] = [];
  private decoding = 0;

  /**
   * JPEG with the image's aspect ratio.
   * @param stamp changes with the file
   * @throws InputError naming the file when it cannot be read
   */
  async get(path: string, size: PictureSize, stamp: string): Promise<Buffer> {
    const key = `${stamp} ${path}`;
    const known = size === "small" ? this.kept.get(key) : undefined;
    if (known !== undefined) return known;
    const made = await this.inTurn(() => makePicture(path, sides[size]));
    if (size === "small") this.kept.set(key, made);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= mostKept) break;
      this.kept.delete(oldest);
    }
    return made;
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.decoding >= mostDecoded) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.decoding++;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.decoding--;
      else next();
    }
  }
}

async function makePicture(path: string, side: number): Promise<Buffer> {
  const { width, height, data } = await decodeImage(path);
  return sharp(data, { raw: { width, height, channels: 3 } })
    .resize(side, side, { fit: "inside", withoutEnlargement: true })
    .jpeg({ quality: 88 })
    .toBuffer();
}
