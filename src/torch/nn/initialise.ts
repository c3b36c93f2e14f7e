/** Initial weights, drawn with libtorch's own random state: `manualSeed` fixes them. In place; the tensor is returned. */
import { noGrad } from "../modes.ts";
import { operatorInPlace, type Tensor } from "../tensor.ts";

/** Inputs that one output element sums over. */
function fanIn(weight: Tensor): number {
  return weight.size / weight.shape[0];
}
function fanOut(weight: Tensor): number {
  return weight.size / weight.shape[1];
}

export function normal(target: Tensor, deviation: number): Tensor {
  noGrad(() => operatorInPlace("normal_", "", target, 0, deviation));
  return target;
}

/** Uniform in ±1/√fan-in of `weight`: PyTorch's default for linear layers, convolutions and their biases. */
export function linearUniform(target: Tensor, weight: Tensor): Tensor {
  const bound = 1 / Math.sqrt(fanIn(weight));
  noGrad(() => operatorInPlace("uniform_", "", target, -bound, bound));
  return target;
}

/** He et al. 2015 for ReLU: normal with deviation √(2 / fan). */
export function kaimingNormal(target: Tensor, fan: "in" | "out"): Tensor {
  return normal(target, Math.sqrt(2 / (fan === "in" ? fanIn(target) : fanOut(target))));
}
