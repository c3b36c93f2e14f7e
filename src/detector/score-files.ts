/**
 * Files to scores: decoding, judging and writing overlap, in a window that bounds how much is under way; lines come in
 * the order of the files, whichever is ready first.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, normalize, sep } from "node:path";
import { explainSystemError, InputError } from "../base/errors.ts";
import { batchFor } from "./detector.ts";
import type { Found } from "./find-images.ts";
import { ImageReader } from "./image-reader.ts";
import type { NodeDetector } from "./load-detector.ts";
import { overlayPng } from "./overlay-png.ts";
import type { ScoreLine } from "./score-lines.ts";

export interface ScoreFilesOptions {
  /** Folder for an overlay of each image; none are made without it. */
  explain?: string | undefined;
}

/**
 * A line for each file; for one that cannot be judged, a line with the error.
 * @throws InputError when an overlay cannot be written; whatever `found` throws
 */
export async function* scoreFiles(
  found: AsyncIterable<Found>,
  detector: NodeDetector,
  { explain }: ScoreFilesOptions = {},
): AsyncGenerator<ScoreLine> {
  const { about, model } = detector;
  const reader = new ImageReader();
  async function scoreOne(item: Found): Promise<ScoreLine> {
    if ("error" in item) return { ...item, model };
    const { path } = item;
    try {
      return await reader.with(path, path, async (image) => {
        const [{ score, verdict, logits, cam }] = await detector.score([image]);
        const byClass = Object.fromEntries(about.classes.map((name, index) => [name, logits[index]]));
        const line = { path, score, verdict, logits: byClass, model };
        if (explain === undefined) return line;
        const overlay = join(explain, overlayName(path));
        await writeOverlay(overlay, await overlayPng(image, cam));
        return { ...line, overlay };
      });
    } catch (error) {
      if (!(error instanceof InputError) || error instanceof OverlayError) throw error;
      return { path, error: withoutPath(error.message, path), model };
    }
  }
  // A pass for each thread, and as many decoded for the next.
  const window = 2 * detector.threads * batchFor(about.inputSize) + 4;
  yield* inOrder(found, window, scoreOne);
}

/** The overlay of `a/b.jpg` is `a/b.jpg.png`, of `/x/y.jpg` `x/y.jpg.png`, of `../z.jpg` `_/z.jpg.png`: all inside. */
export function overlayName(path: string): string {
  const parts = normalize(path)
    .split(sep)
    .map((part) => (part === ".." ? "_" : part.replace(/:$/, "")));
  return `${parts.filter((part) => part !== "" && part !== ".").join(sep)}.png`;
}

/** A disk that takes no overlay takes none of the next. */
class OverlayError extends InputError {}

async function writeOverlay(path: string, png: Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, png);
  } catch (error) {
    const explained = explainSystemError(error, "write", path);
    throw explained instanceof InputError ? new OverlayError(explained.message) : explained;
  }
}

/** The line names the path already. */
function withoutPath(message: string, path: string): string {
  return message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message;
}

/** As base/in-order.ts, over items that may themselves be awaited. */
async function* inOrder<T, R>(items: AsyncIterable<T>, limit: number, work: (item: T) => Promise<R>) {
  const running: Promise<R>[] = [];
  for await (const item of items) {
    const result = work(item);
    // A failure is reported when its turn comes; until then it must not count as unhandled.
    result.catch(() => {});
    running.push(result);
    if (running.length >= limit) yield await running.shift()!;
  }
  while (running.length > 0) yield await running.shift()!;
}
