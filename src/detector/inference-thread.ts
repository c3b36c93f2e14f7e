/**
 * A thread with a session of its own. onnxruntime-node runs a model on the thread that asks, so that nothing else would
 * go on there; a thread for each core, each with one thread of onnxruntime, is also the fastest way to use the cores.
 */
import { parentPort, workerData } from "node:worker_threads";
import * as runtime from "onnxruntime-node";
import { detectorOf } from "./detector.ts";
import type { ThreadAnswer, ThreadData, ThreadTask } from "./inference-pool.ts";

const { model, about, busy } = workerData as ThreadData & { busy: Int32Array };
const port = parentPort!;

function answer(message: ThreadAnswer, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
  Atomics.store(busy, 0, 0);
  Atomics.notify(busy, 0);
}

async function run({ images }: ThreadTask): Promise<void> {
  if (images.length === 0) {
    await detector.close();
    port.close();
    return;
  }
  try {
    const judgements = await detector.score(images);
    answer(
      { judgements },
      judgements.map(({ cam }) => cam.values.buffer as ArrayBuffer),
    );
  } catch (error) {
    answer({ failure: error instanceof Error ? error.message : String(error) });
  }
}

const options = { intraOpNumThreads: 1, interOpNumThreads: 1 };
const session =
  typeof model === "string"
    ? await runtime.InferenceSession.create(model, options)
    : // onnxruntime does not read shared memory.
      await runtime.InferenceSession.create(new Uint8Array(model), options);
const detector = detectorOf(runtime, session, about);
port.on("message", run);
answer({ ready: true });
