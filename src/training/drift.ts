/** Processes that train one network must have the same weights to the last bit; anything else is a fault. */
import { createHash } from "node:crypto";
import type { Module } from "../torch/nn/module.ts";
import type { ProcessGroup } from "../torch/process-group.ts";

/** The first 48 bits, which a double holds, of the SHA-256 of all parameters and buffers. */
function digest(network: Module): number {
  const hash = createHash("sha256");
  for (const { data } of network.stateDict().values()) hash.update(data);
  return hash.digest().readUIntBE(0, 6);
}

/** @throws Error in every process of the group when one has other weights than process 0 */
export function requireSameWeights(network: Module, group: ProcessGroup): void {
  const own = digest(network);
  const digests = group.sum(Array.from({ length: group.size }, (_, rank) => (rank === group.rank ? own : 0)));
  const strayed = digests.findIndex((value) => value !== digests[0]);
  if (strayed >= 0) throw new Error(`process ${strayed} has other weights than process 0`);
}
