/** Scores of a list of images from their files, and on the way where the network looked at each class. */
import type { Sample } from "../data/sample.ts";
import { squareMap } from "../data/square.ts";
import { batches } from "../data/stream.ts";
import { resizeBilinear } from "../torch/functional.ts";
import { scope } from "../torch/scope.ts";
import type { Tensor } from "../torch/tensor.ts";
import { classActivationMap, normaliseMap } from "../vision/cam.ts";
import type { Classifier } from "../vision/classifier.ts";
import type { FeatureTap } from "../vision/networks/index.ts";
import { type Attention, AttentionSum, alignment, alignmentGrid } from "./attention.ts";
import { scoreBatch } from "./score-images.ts";
import type { ScoreRow } from "./scores.ts";

export interface ScoredSamples {
  /** One row an image, in the order of the samples. */
  rows: ScoreRow[];
  /** By true class, from the CAM of the class that the network answered. */
  attention: Map<string, Attention>;
}

export interface ScoringOptions {
  /** Images a forward pass. */
  batch: number;
  /** The feature map that CAMs read. */
  tap: FeatureTap;
  onProgress?: (done: number, total: number) => void;
}

/** @throws InputError naming the first image or map that cannot be read */
export async function scoreSamples(
  classifier: Classifier,
  samples: readonly Sample[],
  { batch, tap, onProgress }: ScoringOptions,
): Promise<ScoredSamples> {
  classifier.network.train(false);
  const rows: ScoreRow[] = [];
  const sums = new Map<string, AttentionSum>();
  for await (const { samples: seen, pixels } of batches(samples, { size: classifier.input.size, batch })) {
    const humanMaps = await Promise.all(seen.map(readHumanMap));
    const scores = scoreBatch(classifier, pixels, (features, logits) => {
      const weight = classifier.network.classifier.weight;
      const cams = scope(() => normaliseMap(classActivationMap(features[tap], weight, logits.argmax(1))));
      const [, height, width] = cams.shape;
      const values = cams.float64();
      const enlarged = humanMaps.some((map) => map !== undefined) ? onAlignmentGrid(cams) : undefined;
      seen.forEach(({ label }, image) => {
        if (!sums.has(label)) sums.set(label, new AttentionSum(width, height));
        const human = humanMaps[image];
        const aligned = human && alignment(imageOf(enlarged!, image, alignmentGrid ** 2), human);
        sums.get(label)!.add(imageOf(values, image, width * height), aligned);
      });
    });
    pixels.dispose();
    seen.forEach(({ name, label, source }, image) => {
      const { predicted, ...score } = scores[image];
      rows.push({ path: name, label, source: source ?? "", ...score, predicted: classifier.classes[predicted] });
    });
    onProgress?.(rows.length, samples.length);
  }
  return { rows, attention: new Map([...sums].map(([label, sum]) => [label, sum.result()])) };
}

/** Undefined for an image without one. */
async function readHumanMap({ saliency, path }: Sample): Promise<Uint8Array | undefined> {
  return saliency === undefined ? undefined : (await squareMap(saliency, path, alignmentGrid)).pixels;
}

function onAlignmentGrid(cams: Tensor): Float64Array {
  // Between the values of a map, so no less than 0 but for rounding.
  return scope(() => resizeBilinear(cams.unsqueeze(1), alignmentGrid, alignmentGrid).clamp(0, 1).float64());
}

const imageOf = (values: Float64Array, image: number, length: number) =>
  values.subarray(image * length, (image + 1) * length);
