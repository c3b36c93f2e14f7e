/** Manifests, their checks, and images as tensors: from the cache for training, straight from files for scoring. */

export { type CheckOptions, checkData, type DataCheck, isHarmful } from "./check.ts";
export { renderCheck } from "./check-report.ts";
export { type Dataset, type DatasetOptions, openDataset } from "./dataset.ts";
export {
  type Manifest,
  type ManifestOptions,
  readManifest,
  requireSamples,
  requireTrainable,
  samplesOf,
} from "./manifest.ts";
export { type Sample, type Split, splits } from "./sample.ts";
export type { Shortcut } from "./shortcuts.ts";
export { batches, type ImageBatch, type StreamOptions } from "./stream.ts";
