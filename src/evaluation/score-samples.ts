/** Scores of a list of images from their files, with the mean class activation map of each class on the way. */
import type { Sample } from "../data/sample.ts";
import { batches } from "../data/stream.ts";
import { scope } from "../torch/scope.ts";
import { classActivationMap, normaliseMap } from "../vision/cam.ts";
import type { Classifier } from "../vision/classifier.ts";
import type { FeatureTap } from "../vision/networks/index.ts";
import { scoreBatch } from "./score-images.ts";
import type { ScoreRow } from "./scores.ts";

/** A map h×w, row-major. */
export interface Plane {
  width: number;
  height: number;
  values: Float64Array;
}

export interface ScoredSamples {
  /** One row an image, in the order of the samples. */
  rows: ScoreRow[];
  /** By true class: the mean over its images of the normalised CAM of the class that the network answered; in 0..1. */
  meanCams: Map<string, Plane>;
}

export interface ScoringOptions {
  /** Images a forward pass. */
  batch: number;
  /** The feature map that CAMs read. */
  tap: FeatureTap;
  onProgress?: (done: number, total: number) => void;
}

/** @throws InputError naming the first image that cannot be read */
export async function scoreSamples(
  classifier: Classifier,
  samples: readonly Sample[],
  { batch, tap, onProgress }: ScoringOptions,
): Promise<ScoredSamples> {
  classifier.network.train(false);
  const rows: ScoreRow[] = [];
  const sums = new Map<string, Plane & { count: number }>();
  for await (const { samples: seen, pixels } of batches(samples, { size: classifier.input.size, batch })) {
    const scores = scoreBatch(classifier, pixels, (features, logits) => {
      const weight = classifier.network.classifier.weight;
      const cams = scope(() => normaliseMap(classActivationMap(features[tap], weight, logits.argmax(1))));
      const [, height, width] = cams.shape;
      const values = cams.float64();
      seen.forEach(({ label }, image) => {
        const sum = sums.get(label) ?? { width, height, values: new Float64Array(width * height), count: 0 };
        for (let i = 0; i < sum.values.length; i++) sum.values[i] += values[image * sum.values.length + i];
        sum.count += 1;
        sums.set(label, sum);
      });
    });
    pixels.dispose();
    seen.forEach(({ name, label, source }, image) => {
      const { predicted, ...score } = scores[image];
      rows.push({ path: name, label, source: source ?? "", ...score, predicted: classifier.classes[predicted] });
    });
    onProgress?.(rows.length, samples.length);
  }
  const meanCams = [...sums].map(([label, { count, values, ...size }]) => {
    return [label, { ...size, values: values.map((value) => value / count) }] as const;
  });
  return { rows, meanCams: new Map(meanCams) };
}
