/**
 * Image files as sharp opens them, with the checks and the one clear line that every reader of images wants. sharp runs
 * on libuv's threads: many images are read at once by asking for many at once, and go on while JavaScript is busy.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import sharp, { type Metadata, type Sharp } from "sharp";
import { explainSystemError, InputError } from "../base/errors.ts";

/** A file's path, or a file's content. */
export type ImageSource = string | Uint8Array;

/** More pixels than this are refused before anything is decoded: a header may claim any size. */
export const pixelLimit = 100_000_000;

/** Every file is read once, so what libvips would remember of it is only in the way, and may be out of date. */
sharp.cache(false);

export interface ImageHeader {
  /** `jpeg`, `png`, `webp`, `gif`, `tiff`, `heif`, … */
  format: string;
  /** Pixels, as the image is to be seen (EXIF orientation applied). */
  width: number;
  height: number;
  /** Bits per channel. */
  bits: number;
  /** 1 grey, 3 colour, 4 CMYK, … and one more with alpha. */
  channels: number;
  /** `4:2:0`, `4:4:4`, …; JPEG, WebP and AVIF only. */
  chromaSubsampling?: string;
}

/**
 * Format and size from the header alone; nothing is decoded, so a damaged body is not noticed.
 * @param name what errors call the image; its path without it
 * @throws InputError when it is missing, a folder, empty, not an image, or larger than `pixelLimit`
 */
export async function imageHeader(source: ImageSource, name = nameOf(source)): Promise<ImageHeader> {
  const { format, autoOrient, depth, channels, chromaSubsampling } = await readMetadata(readImage(source, name), name);
  const { width, height } = autoOrient;
  if (width * height > pixelLimit) throw tooLarge(name, width, height);
  const header = { format, width, height, bits: bitsOf[depth] ?? 8, channels };
  return chromaSubsampling === undefined ? header : { ...header, chromaSubsampling };
}

const bitsOf: Record<string, number> = { ushort: 16, short: 16, uint: 32, int: 32, float: 32, double: 64 };

/** What `source` is called where nobody says. */
export function nameOf(source: ImageSource): string {
  return typeof source === "string" ? source : "the image";
}

/**
 * The content of an image file. sharp decodes from memory in half the time that it takes from a file, and a decoder that
 * has its bytes waits for nobody.
 * @throws InputError when there is no such file, it is none, it is empty or larger than 1 GB, or its first bytes are
 * those of no format that is read (SVG, which sharp would draw, is none)
 */
export function readImage(source: ImageSource, name: string): Uint8Array {
  const content = typeof source === "string" ? readWhole(source, name) : source;
  if (content.byteLength === 0) throw new InputError(`${name}: the file is empty (0 bytes)`);
  if (!signatures.some((signature) => signature.test(headOf(content)))) throw noImage(name);
  return content;
}

/** TIFF and BigTIFF, in both byte orders. */
const tiff = /^(?:II[*+]\0|MM\0[*+])/;
/** JPEG, PNG, GIF, WebP, AVIF and its kin, TIFF. */
const signatures = [/^\xff\xd8\xff/, /^\x89PNG/, /^GIF8/, /^RIFF.{4}WEBP/s, /^.{4}ftyp/s, tiff];
const fileLimit = 1e9;

export function isTiff(content: Uint8Array): boolean {
  return tiff.test(headOf(content));
}

function headOf(content: Uint8Array): string {
  return Buffer.from(content.subarray(0, 12)).toString("latin1");
}

function readWhole(path: string, name: string): Uint8Array {
  try {
    // Non-blocking, or a pipe without a writer would hold the process for ever.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const status = fstatSync(file);
      if (status.isDirectory()) throw new InputError(`cannot read ${name}: it is a folder, not a file`);
      if (!status.isFile()) throw new InputError(`cannot read ${name}: it is not a regular file`);
      if (status.size > fileLimit) throw new InputError(`${name}: the file is larger than the limit of 1 GB`);
      return readFileSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw explainSystemError(error, "read", name);
  }
}

/** A pipeline on the first frame, turned upright. */
export function openImage(content: Uint8Array, options: { ignoreIcc?: boolean } = {}): Sharp {
  // "warning" also refuses what libjpeg calls corrupt data: such an image is half grey.
  return sharp(content, { failOn: "warning", limitInputPixels: pixelLimit, autoOrient: true, ...options });
}

/** The header as sharp gives it, whatever the image's size. */
export async function readMetadata(content: Uint8Array, name: string): Promise<Metadata> {
  try {
    return await sharp(content, { limitInputPixels: false }).metadata();
  } catch (error) {
    throw await explainDecodeError(error, content, name);
  }
}

/** sharp's error as a person's line. */
export async function explainDecodeError(error: unknown, content: Uint8Array, name: string): Promise<unknown> {
  if (!(error instanceof Error) || error instanceof InputError) return error;
  const reason = error.message.split("\n")[0];
  if (reason.includes("exceeds pixel limit")) {
    const { width, height } = await readMetadata(content, name);
    return tooLarge(name, width, height);
  }
  if (reason.includes("unsupported image format")) return noImage(name);
  return new InputError(`${name}: the image is truncated or damaged (${reason.trim()})`);
}

function noImage(name: string): InputError {
  return new InputError(`${name}: not an image that can be read (JPEG, PNG, WebP, GIF, TIFF and AVIF can)`);
}

function tooLarge(name: string, width: number, height: number): InputError {
  return new InputError(
    `${name}: ${width} × ${height} pixels are more than the limit of ${pixelLimit / 1e6} megapixels`,
  );
}
