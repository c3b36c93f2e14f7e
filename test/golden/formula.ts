/** bench/peer/formula.py in TypeScript: tensors that both sides rebuild from names alone. */

import { tensor } from "../../src/torch/create.ts";
import { noGrad } from "../../src/torch/modes.ts";
import { BatchNorm2d } from "../../src/torch/nn/layers.ts";
import { scope } from "../../src/torch/scope.ts";
import type { Tensor } from "../../src/torch/tensor.ts";
import type { Network } from "../../src/vision/networks/index.ts";

function fnv1a32(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/** Values in [-1, 1) for `name`. */
export function uniform(name: string, length: number): Float64Array {
  const shift = (fnv1a32(name) % 1000) * 78.233;
  const values = new Float64Array(length);
  for (let index = 0; index < length; index++) {
    const value = Math.sin(index * 12.9898 + shift) * 43758.5453;
    values[index] = (value - Math.floor(value)) * 2 - 1;
  }
  return values;
}

export function fillState(network: Network): void {
  const norms = new Set(
    [...network.modules()].filter(([, module]) => module instanceof BatchNorm2d).map(([path]) => path),
  );
  const state = new Map([...network.namedParameters(), ...network.namedBuffers()]);
  for (const [name, target] of state) {
    const cut = name.lastIndexOf(".");
    const [owner, leaf] = [name.slice(0, cut), name.slice(cut + 1)];
    const fanIn = target.shape.slice(1).reduce((product, length) => product * length, 1);
    const scale = norms.has(owner)
      ? (u: number) => (leaf === "weight" ? 1 + 0.1 * u : leaf === "running_var" ? 1 + 0.5 * Math.abs(u) : 0.1 * u)
      : leaf === "bias"
        ? (u: number) => 0.1 * u
        : (u: number) => u * Math.sqrt(3 / fanIn);
    noGrad(() =>
      scope(() => {
        const values = uniform(name, target.size);
        for (let index = 0; index < values.length; index++) values[index] = scale(values[index]);
        target.copyFrom(tensor(values, target.shape));
      }),
    );
  }
}

/** Images N×3×size×size in [-1, 1); maps N×map×map, min-max per image. */
export function batch(size: number, mapSize: number, count: number): { images: Tensor; maps: Tensor } {
  const images = tensor(Float32Array.from(uniform("images", count * 3 * size * size)), [count, 3, size, size]);
  const raw = tensor(Float32Array.from(uniform("maps", count * mapSize * mapSize)), [count, mapSize, mapSize]);
  const shifted = raw.sub(raw.amin([1, 2], true));
  return { images, maps: shifted.div(shifted.amax([1, 2], true)) };
}
