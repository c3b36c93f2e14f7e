/**
 * The whole surface of the native addon (native/), typed. Nothing but this file loads it, and nothing outside
 * `torch/` calls it.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { InputError } from "../base/errors.ts";

/** An at::Tensor held from JavaScript. Opaque; freed by `release` or by the garbage collector. */
export interface NativeTensor {
  readonly __nativeTensor: never;
}

/** What an operator takes and gives, tensors as handles. Devices are strings; dtypes and memory formats integers. */
export type NativeValue = NativeTensor | number | boolean | string | null | undefined | readonly NativeValue[];

/** A c10d::Store and a process group, held from JavaScript. Opaque. */
export interface NativeStore {
  readonly __nativeStore: never;
}
export interface NativeGroup {
  readonly __nativeGroup: never;
}

/** What several processes compute together; absent where libtorch was built without Gloo. Documented in process-group.ts. */
export interface NativeProcessGroups {
  openFileStore(path: string, size: number): NativeStore;
  openTcpStore(host: string, port: number, serve: boolean, timeout: number): NativeStore;
  storeSet(store: NativeStore, key: string, value: string): void;
  storeHas(store: NativeStore, key: string): boolean;
  storeGet(store: NativeStore, key: string): string;
  openGroup(
    store: NativeStore,
    rank: number,
    size: number,
    address: string,
    device: string,
    timeout: number,
  ): NativeGroup;
  closeGroup(group: NativeGroup): void;
  /** Whether a collective has failed. */
  groupLost(group: NativeGroup): boolean;
  /** Each overwrites a contiguous tensor. */
  allReduce(group: NativeGroup, tensor: NativeTensor): void;
  broadcast(group: NativeGroup, tensor: NativeTensor): void;
  backwardTogether(
    group: NativeGroup,
    loss: NativeTensor,
    parameters: readonly NativeTensor[],
    bucketBytes: number,
  ): void;
  syncBatchNorm(
    group: NativeGroup,
    images: readonly number[],
    rank: number,
    input: NativeTensor,
    weight: NativeTensor,
    bias: NativeTensor,
    runningMean: NativeTensor,
    runningVar: NativeTensor,
    momentum: number,
    eps: number,
  ): NativeTensor;
  /** Whether the addon was built with NCCL, without which processes do not train together on GPUs. */
  hasNccl: boolean;
}

export interface NativeTorch extends Partial<NativeProcessGroups> {
  /**
   * Calls any operator of libtorch's dispatcher, e.g. `call("aten::add", "Tensor", [a, b], true)`. Arguments left out
   * take the schema's defaults. With `wantResult` false nothing is returned (for operators that work in place).
   * @throws Error naming the operator, with the shapes it was given
   */
  call(name: string, overload: string, args: readonly NativeValue[], wantResult: boolean): NativeValue;
  /** A CPU tensor with a copy of `bytes`: row-major, in the machine's byte order. */
  fromBytes(bytes: Uint8Array, shape: readonly number[], dtype: number): NativeTensor;
  /** A copy of the tensor's values, row-major. */
  toBytes(tensor: NativeTensor): ArrayBuffer;
  meta(tensor: NativeTensor): { shape: number[]; dtype: number; device: string };
  release(tensor: NativeTensor): void;
  isReleased(tensor: NativeTensor): boolean;
  backward(scalar: NativeTensor, keepGraph: boolean): void;
  setRequiresGrad(tensor: NativeTensor, requiresGrad: boolean): void;
  requiresGrad(tensor: NativeTensor): boolean;
  /** The gradient of each tensor, null where backward has not reached it. */
  gradients(tensors: readonly NativeTensor[]): (NativeTensor | null)[];
  clearGradients(tensors: readonly NativeTensor[]): void;
  /** → the mode before. */
  setGradMode(enabled: boolean): boolean;
  /** → whether it was on before for this kind of device. */
  setAutocast(device: string, enabled: boolean, dtype: number): boolean;
  setThreads(count: number): void;
  seed(seed: number): void;
  randomState(device: string): NativeTensor;
  setRandomState(device: string, state: NativeTensor): void;
  configureCuda(tf32: boolean, benchmark: boolean): void;
  info(): { version: string; threads: number; cudaDevices: number; configuration: string };
  /** Tensors that JavaScript holds at this moment, in the whole process. */
  liveTensorCount(): number;
}

function load(): NativeTorch {
  // The same relative place from src/torch and from dist/torch.
  const path = fileURLToPath(new URL("../../native/build/torch.node", import.meta.url));
  if (!existsSync(path)) throw new InputError("the native addon is not built: run `npm run setup`");
  return createRequire(import.meta.url)(path);
}

export const native: NativeTorch = load();
