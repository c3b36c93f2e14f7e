/** Whether the exported graph says what the network says: onnxruntime against libtorch on the same image files. */
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import type { Sample } from "../data/sample.ts";
import { batches } from "../data/stream.ts";
import { squeeze } from "../detector/squeeze.ts";
import { auc } from "../evaluation/ranking.ts";
import { scoreBatch } from "../evaluation/score-images.ts";
import { scoreLogits, splitScores } from "../evaluation/scores.ts";
import type { Classifier } from "../vision/classifier.ts";
import { decodeImage, type RgbImage } from "../vision/decode.ts";

export interface SelfCheck {
  images: number;
  /** Of all logits of all images, as `loadDetector` runs the model: images squeezed to its input before it. */
  largestDifference: number;
  /** The same of the model alone, which squeezes by a filter of onnxruntime's. */
  largestDifferenceAlone: number;
  /** The largest logit's magnitude, to which the differences are small. */
  largestLogit: number;
  /** Null where a class is absent among the images. */
  auc: { libtorch: number; onnx: number } | null;
}

/** @param model the bytes of the `.onnx` file */
export async function selfCheck(
  model: Uint8Array,
  classifier: Classifier,
  samples: readonly Sample[],
  onProgress?: (done: number, total: number) => void,
): Promise<SelfCheck> {
  const session = await InferenceSession.create(model);
  const run = async ({ width, height, data }: RgbImage) => {
    const { logits } = await session.run({ images: new OrtTensor("uint8", data, [1, height, width, 3]) });
    return logits.data as Float32Array;
  };
  const { classes, positive, input } = classifier;
  const target = classes.indexOf(positive);
  const rows: { label: string; libtorch: number; onnx: number }[] = [];
  let largestDifference = 0;
  let largestDifferenceAlone = 0;
  let largestLogit = 0;
  for await (const { samples: seen, pixels } of batches(samples, { size: input.size, batch: 8 })) {
    let expected: ArrayLike<number> = [];
    const scores = scoreBatch(classifier, pixels, (_, logits) => {
      expected = logits.float64();
    });
    pixels.dispose();
    for (const [index, { path, label }] of seen.entries()) {
      const own = Array.from(classes, (_, k) => expected[index * classes.length + k]);
      largestLogit = Math.max(largestLogit, ...own.map(Math.abs));
      const image = await decodeImage(path);
      const squeezed = squeeze(image, input.size);
      const found = await run(squeezed);
      largestDifference = Math.max(largestDifference, distance(found, own));
      // An image of the input's size is squeezed by neither.
      const alone = squeezed.data === image.data ? found : await run(image);
      largestDifferenceAlone = Math.max(largestDifferenceAlone, distance(alone, own));
      rows.push({ label, libtorch: scores[index].score, onnx: scoreLogits(found, target).score });
    }
    onProgress?.(rows.length, samples.length);
  }
  await session.release();
  const split = (by: "libtorch" | "onnx") =>
    splitScores(
      rows.map((row) => ({ label: row.label, score: row[by] })),
      positive,
    );
  const { positives, negatives } = split("libtorch");
  const both = positives.length > 0 && negatives.length > 0;
  const areas = both ? { libtorch: auc(split("libtorch")), onnx: auc(split("onnx")) } : null;
  return { images: rows.length, largestDifference, largestDifferenceAlone, largestLogit, auc: areas };
}

const distance = (found: Float32Array, expected: readonly number[]) =>
  Math.max(...expected.map((value, k) => Math.abs(found[k] - value)));
