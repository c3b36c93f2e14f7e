/**
 * `detector.json`: what a detector is and was measured to do. It lies beside `model.onnx` and is written into it as
 * metadata, so that a model that has lost its folder still says what it is.
 */
import { z } from "zod";

const rate = z.number().min(0).max(1);

const measured = z.strictObject({
  name: z.string(),
  images: z.int(),
  /** With DeLong's 95 % interval; null where a class is absent. */
  auc: z.strictObject({ value: rate, low: rate, high: rate }).nullable(),
  /** At the operating threshold; null where the class is absent. */
  apcer: rate.nullable(),
  bpcer: rate.nullable(),
});

export const detectorFile = z.strictObject({
  format: z.literal(1),
  name: z.string().min(1),
  network: z.string(),
  /** In the order of the logits. */
  classes: z.array(z.string().min(1)).min(2),
  /** The class whose probability is the score. */
  positive: z.string().min(1),
  /** Side of the square, in pixels, that images are squeezed to inside the model. */
  inputSize: z.int().positive(),
  /** How the training images were framed, in their maker's words, so that others can frame theirs alike. */
  framing: z.string().min(1).optional(),
  /** An image is called positive when its score is at least this. */
  threshold: rate,
  /** How the threshold was chosen, on the validation images. */
  thresholdRule: z.string(),
  /** Other thresholds: the greatest share of positives found at a stated share of false alarms, on validation. */
  operatingPoints: z.array(
    z.strictObject({
      fpr: rate,
      threshold: rate,
      tpr: z.strictObject({ value: rate, low: rate, high: rate }),
    }),
  ),
  /** The score is σ(log-odds / temperature + bias); the expected calibration errors are of the images it was fitted on. */
  calibration: z.strictObject({
    temperature: z.number().positive(),
    bias: z.number(),
    images: z.int(),
    eceBefore: rate,
    eceAfter: rate,
  }),
  training: z.strictObject({
    /** Fingerprint of the training and validation images and maps. */
    data: z.string(),
    images: z.int(),
    guidance: z.string(),
    seed: z.int(),
  }),
  /** The threshold chosen on validation, on the test sets that the run was evaluated on. */
  tests: z.array(measured),
  licence: z.string(),
  oversight: z.string(),
});
export type DetectorFile = z.infer<typeof detectorFile>;

/** Names of the files in a detector's folder, and of the metadata in the model. */
export const modelName = "model.onnx";
export const detectorName = "detector.json";
export const metadataKey = "oversight.detector";
