/**
 * Images as batches straight from their files, for scoring: each is seen once, so nothing is cached. While the consumer
 * computes, which blocks JavaScript's thread, the images of the next batches are decoded in sharp's threads.
 */
import { InputError } from "../base/errors.ts";
import { tensor } from "../torch/create.ts";
import { keep } from "../torch/scope.ts";
import type { Tensor } from "../torch/tensor.ts";
import { lookAhead } from "./look-ahead.ts";
import type { Sample } from "./sample.ts";
import { squareImage } from "./square.ts";

export interface ImageBatch {
  samples: Sample[];
  /** uint8, samples × size × size × 3. The consumer's to dispose of. */
  pixels: Tensor;
}

export interface StreamOptions {
  /** Side of the square that images are squeezed to, in pixels. */
  size: number;
  /** Images a batch; the last may have fewer. */
  batch: number;
  /** Told of a sample whose image cannot be read, which is then left out. Without it the error is thrown. */
  onError?: (sample: Sample, error: InputError) => void;
}

/** Batches under way beside the one that the consumer works on. */
const batchesAhead = 2;

/**
 * The samples in their order, batch by batch.
 * @throws InputError naming the first image that cannot be read, unless there is `onError`
 */
export async function* batches(
  samples: Iterable<Sample>,
  { size, batch, onError }: StreamOptions,
): AsyncGenerator<ImageBatch, void, undefined> {
  const rowLength = size * size * 3;
  const buffer = new Uint8Array(batch * rowLength);
  let ready: Sample[] = [];
  const read = async (sample: Sample) => {
    try {
      return { sample, error: undefined, ...(await squareImage(sample.path, size)) };
    } catch (error) {
      if (onError === undefined || !(error instanceof InputError)) throw error;
      return { sample, error, memory: 0 };
    }
  };
  const take = (): ImageBatch => {
    const taken = ready;
    ready = [];
    const values = buffer.subarray(0, taken.length * rowLength);
    return { samples: taken, pixels: keep(tensor(values, [taken.length, size, size, 3])) };
  };
  for await (const result of lookAhead(samples, batch * batchesAhead + 1, read)) {
    if (result.error !== undefined) {
      onError!(result.sample, result.error);
      continue;
    }
    buffer.set(result.pixels, ready.length * rowLength);
    ready.push(result.sample);
    if (ready.length === batch) yield take();
  }
  if (ready.length > 0) yield take();
}
