/** Configuration, the training loop and run folders. */
export { parseConfig, presets, type TrainingConfig, type TrainingConfigInput } from "./config.ts";
export { type Batch, gradientStep, type StepResult } from "./gradient-step.ts";
export { type EpochMetrics, readMetrics } from "./metrics.ts";
export { type PreparedRun, prepareRun } from "./prepare.ts";
export { openRunFolder, type RunFolder, readRunConfig } from "./run-folder.ts";
export { gatherConfig } from "./settings.ts";
export { train } from "./train.ts";
export { openTrainedRun, type TrainedRun } from "./trained-run.ts";
