/**
 * `last.safetensors`: everything from which a run goes on bit for bit (on CPU), in one file, so that it is either the
 * old state or the new one: weights, the optimiser's velocities, libtorch's random state, and the position.
 */
import { existsSync } from "node:fs";
import { z } from "zod";
import { InputError } from "../base/errors.ts";
import { fromHost, toHost } from "../torch/create.ts";
import type { HostTensor } from "../torch/files/host-tensor.ts";
import {
  parseSafetensors,
  readSafetensors,
  type Safetensors,
  safetensorsParts,
  writeSafetensors,
} from "../torch/files/safetensors.ts";
import { randomState, setRandomState } from "../torch/modes.ts";
import type { StateDict } from "../torch/nn/module.ts";
import type { Sgd } from "../torch/optim/sgd.ts";
import type { ProcessGroup } from "../torch/process-group.ts";
import type { Network } from "../vision/networks/index.ts";

/** Sums over the images that an unfinished epoch has seen. */
export const epochSumsSchema = z.object({
  images: z.number(),
  guided: z.number(),
  loss: z.number(),
  crossEntropy: z.number(),
  /** Of the guidance term, over guided images. */
  guidance: z.number(),
  correct: z.number(),
  seconds: z.number(),
});
export type EpochSums = z.infer<typeof epochSumsSchema>;

export const positionSchema = z.object({
  /** Epochs finished. */
  epoch: z.int().nonnegative(),
  /** Steps done in the epoch that is under way. */
  step: z.int().nonnegative(),
  sums: epochSumsSchema,
  /** The epoch whose weights are in `best.safetensors`, counted from 1, and its value; null before the first. */
  best: z.object({ epoch: z.int().positive(), value: z.number() }).nullable(),
});
export type Position = z.infer<typeof positionSchema>;

export interface Trained {
  network: Network;
  optimiser: Sgd;
  device: string;
}

const parts = { network: "network.", optimiser: "optimiser.", random: "random." } as const;

export function saveCheckpoint(path: string, trained: Trained, position: Position): void {
  const { tensors, metadata } = capture(trained, position);
  writeSafetensors(path, tensors, metadata);
}

function capture({ network, optimiser, device }: Trained, position: Position): Safetensors {
  const tensors = new Map<string, HostTensor>();
  for (const [name, value] of network.stateDict()) tensors.set(parts.network + name, value);
  for (const [name, value] of optimiser.state()) tensors.set(parts.optimiser + name, value);
  for (const generator of generators(device)) {
    const state = randomState(generator);
    tensors.set(parts.random + generator, toHost(state));
    state.dispose();
  }
  return { tensors, metadata: { position: JSON.stringify(position) } };
}

/** Puts everything back. @returns the position, or undefined where there is no checkpoint */
export function loadCheckpoint(path: string, trained: Trained): Position | undefined {
  return existsSync(path) ? restore(readSafetensors(path), trained, path) : undefined;
}

/**
 * Puts into every process of the group what process 0 has, so that all go on from the same bits: one checkpoint that one
 * process has read, or first weights that one processor has drawn.
 * @returns process 0's position
 */
export function shareState(group: ProcessGroup, trained: Trained, position: Position): Position {
  const first = group.rank === 0;
  const { tensors, metadata } = first ? capture(trained, position) : { tensors: new Map(), metadata: {} };
  const parts = first ? safetensorsParts(tensors, metadata) : [];
  const received = group.broadcast(
    Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part))),
  );
  return first ? position : restore(parseSafetensors(received, sharedState), trained, sharedState);
}
const sharedState = "the state that process 0 sent";

function restore({ tensors, metadata }: Safetensors, { network, optimiser, device }: Trained, path: string): Position {
  network.loadStateDict(startingWith(tensors, parts.network), path);
  optimiser.loadState(startingWith(tensors, parts.optimiser));
  for (const generator of generators(device)) {
    const state = tensors.get(parts.random + generator);
    if (state === undefined)
      throw new InputError(`${path}: has no random state of ${generator}: it ran on another device`);
    const restored = fromHost(state);
    setRandomState(restored, generator);
    restored.dispose();
  }
  const position = positionSchema.safeParse(JSON.parse(metadata.position ?? "null"));
  if (!position.success) throw new InputError(`${path}: is not a checkpoint of a run: it has no position`);
  return position.data;
}

/** The random generators that a run on `device` may draw from. */
function generators(device: string): string[] {
  return device === "cpu" ? ["cpu"] : ["cpu", device];
}

function startingWith(tensors: ReadonlyMap<string, HostTensor>, prefix: string): StateDict {
  return new Map(
    [...tensors].filter(([name]) => name.startsWith(prefix)).map(([name, value]) => [name.slice(prefix.length), value]),
  );
}
