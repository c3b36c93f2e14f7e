/**
 * A detector over any onnxruntime: Node's or the browser's, which share one interface. No Node, no DOM and no zod, so
 * that a page can use it as it is.
 */
import type { InferenceSession, Tensor } from "onnxruntime-node";
import type { RgbImage } from "../vision/decode.ts";
import type { DetectorFile } from "./detector-file.ts";
import { squeeze } from "./squeeze.ts";

export interface Judgement {
  /** Calibrated probability of the positive class, 0..1. */
  score: number;
  /** The positive class when the score reaches the threshold, else the class with the greatest logit among the others. */
  verdict: string;
  /** In the order of the classes. */
  logits: number[];
  /** Where the evidence for the positive class is: 0 least, 1 greatest; all 0 where the map has no shape. */
  cam: Cam;
}

export interface Cam {
  width: number;
  height: number;
  /** height × width, rows from the top. */
  values: Float32Array;
}

export interface Detector {
  about: DetectorFile;
  /**
   * Judges images of any sizes, each on its own: what else is in the call changes nothing.
   * @returns in the images' order
   * @throws RangeError when an image has no pixels or not as many as its size says
   */
  score(images: readonly RgbImage[]): Promise<Judgement[]>;
  /** Frees the model; what is under way ends first. */
  close(): Promise<void>;
}

/** The part of `onnxruntime-node` and `onnxruntime-web` that is used. */
export interface OnnxRuntime {
  InferenceSession: {
    create(model: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  Tensor: new (type: "uint8", data: Uint8Array, dims: readonly number[]) => Tensor;
}

/** Name of the model's Resize, which onnxruntime's WebGPU cannot run: it knows no antialiasing there. */
export const resizeNode = "resized";

/**
 * Pixels that one pass takes. More in a pass is slower, not faster, on a processor: what the layers hand on no longer
 * stays in its cache. (DenseNet-121 and ResNet-50 at 224², milliseconds of one core an image: 39 and 54 one by one, 42
 * and 53 in twos, 68 and 80 in eights.)
 */
const pixelsAtOnce = 2 * 224 * 224;

/** How many images of a network with this input one pass takes. */
export function batchFor(inputSize: number): number {
  return Math.max(1, Math.floor(pixelsAtOnce / inputSize ** 2));
}

/**
 * @param model the bytes of `model.onnx`
 * @param about what `detector.json` says
 * @param options for onnxruntime: execution providers, threads
 */
export async function makeDetector(
  runtime: OnnxRuntime,
  model: Uint8Array,
  about: DetectorFile,
  options: InferenceSession.SessionOptions = {},
): Promise<Detector> {
  return detectorOf(runtime, await runtime.InferenceSession.create(model, options), about);
}

/** A detector over a session that has been opened. */
export function detectorOf(
  runtime: Pick<OnnxRuntime, "Tensor">,
  session: InferenceSession,
  about: DetectorFile,
): Detector {
  const atOnce = batchFor(about.inputSize);
  let last: Promise<unknown> = Promise.resolve();
  async function judge(images: readonly RgbImage[]): Promise<Judgement[]> {
    const judged: Judgement[] = [];
    for (let first = 0; first < images.length; first += atOnce) {
      judged.push(...(await runBatch(runtime, session, about, images.slice(first, first + atOnce))));
    }
    return judged;
  }
  return {
    about,
    score(images) {
      images.forEach(requirePixels);
      // A session of onnxruntime-web takes one call at a time.
      const result = last.then(() => judge(images));
      last = result.catch(() => {});
      return result;
    },
    async close() {
      await last;
      await session.release();
    },
  };
}

async function runBatch(
  { Tensor }: Pick<OnnxRuntime, "Tensor">,
  session: InferenceSession,
  about: DetectorFile,
  images: readonly RgbImage[],
): Promise<Judgement[]> {
  const size = about.inputSize;
  const pixels = new Uint8Array(images.length * size * size * 3);
  for (const [index, image] of images.entries()) pixels.set(squeeze(image, size).data, index * size * size * 3);
  const outputs = await session.run({ images: new Tensor("uint8", pixels, [images.length, size, size, 3]) });
  const scores = outputs.score.data as Float32Array;
  const logits = outputs.logits.data as Float32Array;
  const [, height, width] = outputs.cam.dims;
  const cams = outputs.cam.data as Float32Array;
  const classes = about.classes.length;
  const judged = images.map((_, index) => {
    const own = Array.from(logits.subarray(index * classes, (index + 1) * classes));
    const values = cams.slice(index * width * height, (index + 1) * width * height);
    const score = scores[index];
    return { score, verdict: verdictOf(about, score, own), logits: own, cam: { width, height, values } };
  });
  for (const output of Object.values(outputs)) output.dispose();
  return judged;
}

function verdictOf({ classes, positive, threshold }: DetectorFile, score: number, logits: readonly number[]): string {
  if (score >= threshold) return positive;
  const others = classes.map((name, index) => ({ name, logit: logits[index] })).filter(({ name }) => name !== positive);
  return others.reduce((best, other) => (other.logit > best.logit ? other : best)).name;
}

/** @throws RangeError when the image has no pixels or not as many as its size says */
export function requirePixels({ width, height, data }: RgbImage): void {
  const whole = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0;
  if (whole && data.length === width * height * 3) return;
  throw new RangeError(
    `an image of ${width} × ${height} pixels with ${data.length} bytes; expected width × height × 3`,
  );
}

/** The colours of a canvas' `ImageData`; transparent pixels are laid on white, as `decodeImage` lays them. */
export function fromRgba({
  width,
  height,
  data,
}: {
  width: number;
  height: number;
  data: ArrayLike<number>;
}): RgbImage {
  const rgb = new Uint8Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const alpha = data[pixel * 4 + 3] / 255;
    for (let channel = 0; channel < 3; channel++) {
      rgb[pixel * 3 + channel] = Math.round(data[pixel * 4 + channel] * alpha + 255 * (1 - alpha));
    }
  }
  return { width, height, data: rgb };
}
