/** Manifests, their checks, and images as tensors: from the cache for training, straight from files for scoring. */
export { type Dataset, type DatasetOptions, openDataset } from "./dataset.ts";
export { type Sample, type Split, splits } from "./sample.ts";
export { batches, type ImageBatch, type StreamOptions } from "./stream.ts";
