/** The detector in a thread of its own, so that the page answers while it works. */
import type { BrowserDetector } from "../../src/detector/browser.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { readPixels } from "./pixels.ts";

let detector: BrowserDetector | undefined;
/** One image after the other: each has all its pixels in memory. */
let last: Promise<void> = Promise.resolve();

const tell = (message: FromWorker) => globalThis.postMessage(message);

addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  last = last.then(() => ("load" in data ? load(data.load) : judge(data.judge)));
});

async function load({ folder }: { folder: string }): Promise<void> {
  try {
    // A file of its own: onnxruntime starts its threads by loading the file that it is in.
    const { loadDetector } = await import("../../src/detector/browser.ts");
    detector = await loadDetector(folder, { onProgress: (done, total) => tell({ progress: { done, total } }) });
    tell({ ready: { about: detector.about, provider: detector.provider } });
  } catch (error) {
    tell({ broken: { message: wordsOf(error) } });
  }
}

async function judge({ ticket, file, crop }: Extract<ToWorker, { judge: object }>["judge"]): Promise<void> {
  try {
    const begun = performance.now();
    const [judgement] = await detector!.score([await readPixels(file, crop)]);
    tell({ judged: { ticket, judgement, seconds: (performance.now() - begun) / 1000 } });
  } catch (error) {
    tell({ failed: { ticket, message: wordsOf(error) } });
  }
}

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
