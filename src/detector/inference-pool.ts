/** Threads that judge images, and the line of images that wait for them. */
import { Worker } from "node:worker_threads";
import type { RgbImage } from "../vision/decode.ts";
import { batchFor, type Judgement } from "./detector.ts";
import type { DetectorFile } from "./detector-file.ts";

export interface ThreadData {
  /** The model's file, or its bytes in shared memory. */
  model: string | Uint8Array;
  about: DetectorFile;
}
/** Without images: to end. */
export interface ThreadTask {
  images: readonly RgbImage[];
}
export type ThreadAnswer = { ready: true } | { judgements: Judgement[] } | { failure: string };

interface Thread {
  worker: Worker;
  /** In shared memory: 1 while onnxruntime may be at work there. */
  busy: Int32Array;
  ended: Promise<void>;
}

interface Waiting {
  image: RgbImage;
  resolve: (judgement: Judgement) => void;
  reject: (error: Error) => void;
}

/** The compiled thread; the same from src/ and from dist/. */
const script = new URL("../../dist/detector/inference-thread.js", import.meta.url);

/** Milliseconds that the end of the process waits for. */
const longestPass = 10_000;

/**
 * A thread that is free takes what waits at once, as many images as a pass is best for, and never waits for more: going
 * together costs nobody time.
 */
export class InferencePool {
  readonly threads: number;
  private readonly all: Thread[] = [];
  private readonly free: Thread[] = [];
  private readonly underWay = new Map<Thread, Waiting[]>();
  private readonly waiting: Waiting[] = [];
  private readonly atOnce: number;
  private onFailure: (error: Error) => void = () => {};
  private broken: Error | undefined;
  private onIdle: (() => void) | undefined;

  private constructor(threads: number, about: DetectorFile) {
    this.threads = threads;
    this.atOnce = batchFor(about.inputSize);
  }

  /**
   * @param onFailure told when a thread dies of itself later: the pool then judges nothing any more
   * @throws Error when onnxruntime refuses the model
   */
  static async open(
    data: ThreadData,
    threads: number,
    onFailure: (error: Error) => void = () => {},
  ): Promise<InferencePool> {
    const pool = new InferencePool(threads, data.about);
    try {
      await Promise.all(Array.from({ length: threads }, () => pool.addThread(data)));
      pool.onFailure = onFailure;
      return pool;
    } catch (error) {
      await pool.terminate();
      throw error;
    }
  }

  /** Images that wait or are being judged. */
  get pending(): number {
    return this.waiting.length + [...this.underWay.values()].reduce((sum, tasks) => sum + tasks.length, 0);
  }

  /** @throws Error when the model fails on the image or the pool is closed */
  judge(image: RgbImage): Promise<Judgement> {
    if (this.broken !== undefined) return Promise.reject(this.broken);
    return new Promise((resolve, reject) => {
      this.waiting.push({ image, resolve, reject });
      this.handOut();
    });
  }

  /** What waits and is under way ends first. */
  async close(): Promise<void> {
    if (this.pending > 0) {
      await new Promise<void>((resolve) => {
        this.onIdle = resolve;
      });
    }
    await this.terminate();
  }

  private async terminate(): Promise<void> {
    this.broken ??= new Error("the detector is closed");
    for (const { worker } of this.all) {
      worker.ref();
      worker.postMessage({ images: [] } satisfies ThreadTask);
    }
    await Promise.all(this.all.map(({ ended }) => ended));
    process.off("exit", this.awaitThreads);
  }

  /** A thread that is ended in the midst of native code takes the process down with it, whatever its exit code was to be. */
  private readonly awaitThreads = () => {
    for (const { busy } of this.all) Atomics.wait(busy, 0, 1, longestPass);
  };

  private addThread(data: ThreadData): Promise<void> {
    const busy = new Int32Array(new SharedArrayBuffer(4)).fill(1);
    const worker = new Worker(script, { workerData: { ...data, busy } });
    if (this.all.length === 0) process.on("exit", this.awaitThreads);
    return new Promise((resolve, reject) => {
      const onEnd = (error: Error) => {
        Atomics.store(busy, 0, 0);
        reject(error);
        this.fail(error);
      };
      worker.once("error", onEnd);
      const ended = new Promise<void>((end) => {
        worker.once("exit", (code) => {
          onEnd(new Error(`an inference thread ended with code ${code}`));
          end();
        });
      });
      const thread: Thread = { worker, busy, ended };
      this.all.push(thread);
      worker.on("message", (message: ThreadAnswer) => {
        if ("ready" in message) resolve();
        else this.take(thread, message);
        // An idle thread keeps no process alive.
        worker.unref();
        this.free.push(thread);
        this.handOut();
      });
    });
  }

  private take(thread: Thread, message: Exclude<ThreadAnswer, { ready: true }>): void {
    const tasks = this.underWay.get(thread) ?? [];
    this.underWay.delete(thread);
    for (const [index, { resolve, reject }] of tasks.entries()) {
      if ("judgements" in message) resolve(message.judgements[index]);
      else reject(new Error(`the model failed: ${message.failure}`));
    }
  }

  private handOut(): void {
    while (this.waiting.length > 0 && this.free.length > 0) {
      const thread = this.free.shift()!;
      // Two free threads share what waits.
      const share = Math.ceil(this.waiting.length / (this.free.length + 1));
      const tasks = this.waiting.splice(0, Math.min(this.atOnce, share));
      this.underWay.set(thread, tasks);
      thread.busy[0] = 1;
      thread.worker.ref();
      const images = tasks.map(({ image }) => copy(image));
      const transfer = images.map(({ data }) => data.buffer as ArrayBuffer);
      thread.worker.postMessage({ images } satisfies ThreadTask, transfer);
    }
    if (this.pending === 0) this.onIdle?.();
  }

  /** A thread that has died of itself takes the pool with it: why it died, nobody knows. */
  private fail(error: Error): void {
    if (this.broken !== undefined) return;
    this.broken = error;
    for (const { reject } of [...this.underWay.values()].flat()) reject(error);
    for (const { reject } of this.waiting.splice(0)) reject(error);
    this.underWay.clear();
    this.onIdle?.();
    this.onFailure(error);
  }
}

/** What goes to a thread is gone here; and a Buffer may be a part of memory that others have their bytes in. */
function copy({ width, height, data }: RgbImage): RgbImage {
  return { width, height, data: new Uint8Array(data) };
}
