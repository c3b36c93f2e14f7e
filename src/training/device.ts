/** Where a run computes, and how finely. */
import { hasFastBfloat16 } from "../base/cpu.ts";
import { InputError } from "../base/errors.ts";
import { torchInfo } from "../torch/modes.ts";
import type { Precision } from "../vision/classifier.ts";

/**
 * @param cudaDevices GPUs that libtorch sees
 * @throws InputError when the device is not there
 */
export function chooseDevice(asked: string, cudaDevices = torchInfo().cudaDevices): string {
  if (asked === "auto") return cudaDevices > 0 ? "cuda:0" : "cpu";
  if (asked === "cpu") return asked;
  const index = Number(/:(\d+)$/.exec(asked)?.[1] ?? 0);
  if (index >= cudaDevices) {
    throw new InputError(
      `device: ${asked} is not there: libtorch sees ${cudaDevices} CUDA devices (see \`oversight doctor\`)`,
    );
  }
  return `cuda:${index}`;
}

/** Processes that share every batch. */
export interface Processes {
  total: number;
  /** Those of this machine, and which of them this one is, from 0. */
  here: number;
  local: number;
}

/**
 * The device of one of several processes: all train on the CPU, or each on a GPU of its own.
 * @throws InputError when one GPU is named, or there are too few
 */
export function chooseOwnDevice(
  asked: string,
  { here, local }: Processes,
  cudaDevices = torchInfo().cudaDevices,
): string {
  if (chooseDevice(asked, cudaDevices) === "cpu") return "cpu";
  if (/:\d+$/.test(asked))
    throw new InputError(`device: each of several processes takes a GPU of its own: say cuda, not ${asked}`);
  if (here > cudaDevices)
    throw new InputError(
      `device: ${here} processes take a GPU each, and libtorch sees ${cudaDevices}: start fewer, or set --device cpu`,
    );
  return `cuda:${local}`;
}

/** bfloat16 where it is fast: on GPUs, and on processors that have instructions for it. */
export function choosePrecision(asked: "auto" | Precision, device: string): Precision {
  if (asked !== "auto") return asked;
  return device !== "cpu" || hasFastBfloat16() === true ? "bfloat16" : "float32";
}
