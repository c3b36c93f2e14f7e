/**
 * Decodes many images at once within a bound of memory: a file's header says what its pixels will take, and it waits
 * until there is room for them. So one thread's worth of huge images, or a hundred small ones, are under way.
 */
import { InputError } from "../base/errors.ts";
import { decodeImage, type RgbImage } from "../vision/decode.ts";
import { pixelLimit, readImage, readMetadata } from "../vision/image-source.ts";

/** An image has more pixels than are allowed. */
export class TooManyPixelsError extends InputError {}

export interface ReaderLimits {
  /** Bytes that decoded images may take together; one that is larger by itself is decoded alone. */
  memory: number;
  /** Of one image; not more than `pixelLimit` of vision/image-source.ts, which holds without it. */
  pixels?: number | undefined;
}

export const defaultMemory = 512 * 2 ** 20;

export class ImageReader {
  private readonly limits: ReaderLimits;
  private taken = 0;
  private readonly line: { bytes: number; enter: () => void }[] = [];

  constructor(limits: ReaderLimits = { memory: defaultMemory }) {
    this.limits = limits;
  }

  /**
   * Decodes an image and hands it to `use`; its memory counts as taken until that ends.
   * @param source a file's path or its content
   * @param name what errors call it
   * @throws InputError as `decodeImage`; TooManyPixelsError
   */
  async with<T>(source: string | Uint8Array, name: string, use: (image: RgbImage) => Promise<T>): Promise<T> {
    const content = readImage(source, name);
    const { width, height } = (await readMetadata(content, name)).autoOrient;
    const pixels = Math.min(this.limits.pixels ?? pixelLimit, pixelLimit);
    if (width * height > pixels) {
      throw new TooManyPixelsError(
        `${name}: ${width} × ${height} pixels are more than the limit of ${pixels / 1e6} megapixels`,
      );
    }
    const bytes = content.byteLength + width * height * 3;
    await this.enter(bytes);
    try {
      return await use(await decodeImage(content, { name }));
    } finally {
      this.leave(bytes);
    }
  }

  private async enter(bytes: number): Promise<void> {
    if (this.line.length === 0 && this.fits(bytes)) this.taken += bytes;
    else await new Promise<void>((enter) => this.line.push({ bytes, enter }));
  }

  private leave(bytes: number): void {
    this.taken -= bytes;
    // In the order of arrival, or a large one would wait for ever.
    while (this.line.length > 0 && this.fits(this.line[0].bytes)) {
      const next = this.line.shift()!;
      this.taken += next.bytes;
      next.enter();
    }
  }

  private fits(bytes: number): boolean {
    return this.taken === 0 || this.taken + bytes <= this.limits.memory;
  }
}
