/** The page's side of the worker that judges. */
import type { DetectorFile, Judgement } from "../../src/detector/browser.ts";
import type { Crop } from "./crop.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

export interface Loaded {
  about: DetectorFile;
  provider: "webgpu" | "wasm";
}

export interface Judged {
  judgement: Judgement;
  /** What was judged, of the upright image. */
  crop: Crop;
  /** From the file to the judgement. */
  seconds: number;
}

export class Judge {
  readonly loaded: Promise<Loaded>;
  private readonly worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  private readonly waiting = new Map<number, { crop: Crop } & PromiseWithResolvers<Judged>>();
  private tickets = 0;

  /** @param folder where `detector.json` and `model.onnx` lie; `onProgress` tells bytes of the model */
  constructor(folder: string, onProgress: (done: number, total: number | undefined) => void) {
    this.loaded = new Promise((resolve, reject) => {
      this.worker.onerror = () => reject(new Error("The page’s own files are incomplete: its worker does not start."));
      this.worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
        if ("progress" in data) onProgress(data.progress.done, data.progress.total);
        else if ("ready" in data) resolve(data.ready);
        else if ("broken" in data) reject(new Error(data.broken.message));
        else this.answer(data);
      };
    });
    this.send({ load: { folder } });
  }

  /** Waits for the detector where it is still being loaded. @throws Error in plain words */
  judge(file: Blob, crop: Crop): Promise<Judged> {
    const ticket = ++this.tickets;
    const result = withResolvers<Judged>();
    this.waiting.set(ticket, { crop, ...result });
    this.loaded.then(() => this.send({ judge: { ticket, file, crop } }), result.reject);
    return result.promise;
  }

  stop(): void {
    this.worker.terminate();
  }

  private answer(data: Extract<FromWorker, { judged: object } | { failed: object }>): void {
    const { ticket } = "judged" in data ? data.judged : data.failed;
    const { crop, resolve, reject } = this.waiting.get(ticket)!;
    this.waiting.delete(ticket);
    if ("failed" in data) reject(new Error(data.failed.message));
    else resolve({ judgement: data.judged.judgement, seconds: data.judged.seconds, crop });
  }

  private send(message: ToWorker): void {
    this.worker.postMessage(message);
  }
}

interface PromiseWithResolvers<T> {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (reason: unknown) => void;
}

/** `Promise.withResolvers`, which browsers have since 2024 alone. */
function withResolvers<T>(): PromiseWithResolvers<T> {
  let settle!: Omit<PromiseWithResolvers<T>, "promise">;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...settle };
}
