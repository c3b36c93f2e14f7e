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

/**
 * Sets libtorch up for computing on a device. On a GPU float32 stays float32, where cuDNN would round it to TF32, and
 * cuDNN takes the fastest of its algorithms by timing them, so that last digits differ from run to run.
 */
export function setUpDevice(device: string): void {
  if (device !== "cpu") native.configureCuda(false, true);
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
  /** What processes that train together can talk by: Gloo on the CPU, NCCL between GPUs. */
  collectives: ("Gloo" | "NCCL")[];
}

export function torchInfo(): TorchInfo {
  const { configuration, ...rest } = native.info();
  return {
    ...rest,
    cpuCapability: /CPU capability usage: (\S+)/.exec(configuration)?.[1] ?? "unknown",
    collectives: native.openGroup === undefined ? [] : native.hasNccl ? ["Gloo", "NCCL"] : ["Gloo"],
  };
}
