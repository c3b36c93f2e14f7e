/** What is switched on around code: gradients, autocast, threads, random state, the machine. */
import { native } from "./native.ts";
import { scalarType, Tensor } from "./tensor.ts";

let recording = true;

/** Runs `body` without recording a graph. */
export function noGrad<T>(body: () => T): T {
  const before = native.setGradMode(false);
  recording = false;
  try {
    return body();
  } finally {
    native.setGradMode(before);
    recording = before;
  }
}

/** Whether operations are recorded for backward, as they are outside `noGrad`. */
export function recordsGradients(): boolean {
  return recording;
}

let autocasting: "bfloat16" | undefined;

/** The type in which convolutions compute inside `autocast`; undefined outside. */
export function autocastType(): "bfloat16" | undefined {
  return autocasting;
}

/**
 * Runs `body` with mixed precision: convolutions and products in `dtype`, sums and losses in float32. Weights are cast
 * once and the copies dropped at the end. float32 means no autocast.
 */
export function autocast<T>(device: string, dtype: "float32" | "bfloat16", body: () => T): T {
  if (dtype === "float32") return body();
  const before = native.setAutocast(device, true, scalarType(dtype));
  const outer = autocasting;
  autocasting = dtype;
  try {
    return body();
  } finally {
    native.setAutocast(device, before, scalarType(dtype));
    autocasting = outer;
  }
}

/** Seeds libtorch's generators on every device. */
export function manualSeed(seed: number): void {
  native.seed(seed);
}

/** The state of a device's generator, as bytes that `setRandomState` takes back. */
export function randomState(device = "cpu"): Tensor {
  return new Tensor(native.randomState(device));
}

export function setRandomState(state: Tensor, device = "cpu"): void {
  native.setRandomState(device, state.handle);
}

/** Threads that one operator may use. */
export function setThreads(count: number): void {
  native.setThreads(count);
}

/** @param options tf32: float32 products may be rounded to TF32; benchmark: cuDNN may choose by timing */
export function configureCuda(options: { tf32: boolean; benchmark: boolean }): void {
  native.configureCuda(options.tf32, options.benchmark);
}

/** Tensors that JavaScript holds at this moment. Constant from step to step, or something leaks. */
export function liveTensorCount(): number {
  return native.liveTensorCount();
}

export interface TorchInfo {
  version: string;
  threads: number;
  cudaDevices: number;
  /** The widest vector instructions that libtorch's own kernels use: `AVX2`, `AVX512`, … */
  cpuCapability: string;
}

export function torchInfo(): TorchInfo {
  const { configuration, ...rest } = native.info();
  return { ...rest, cpuCapability: /CPU capability usage: (\S+)/.exec(configuration)?.[1] ?? "unknown" };
}
