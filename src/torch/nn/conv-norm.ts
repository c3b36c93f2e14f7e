/**
 * A convolution and the batch norm behind it. In inference (evaluation mode, no gradients) the norm is an affine map of
 * each channel, so it is folded into the convolution's weights once: a pass over memory less per layer.
 */
import { conv2d } from "../functional.ts";
import { autocastType, noGrad, recordsGradients } from "../modes.ts";
import type { NativeTensor } from "../native.ts";
import { keep, scope } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import type { BatchNorm2d, Conv2d } from "./layers.ts";

interface Folded {
  weight: Tensor;
  bias: Tensor;
  /** What it was computed from: it holds as long as these are the same. */
  from: readonly (NativeTensor | number | string)[];
}

export class ConvNorm {
  readonly conv: Conv2d;
  readonly norm: BatchNorm2d;
  #folded: Folded | undefined;

  /** Both must be children of a module; this adds no name of its own. */
  constructor(conv: Conv2d, norm: BatchNorm2d) {
    this.conv = conv;
    this.norm = norm;
  }

  forward(input: Tensor): Tensor {
    if (this.norm.training || recordsGradients()) return scope(() => this.norm.forward(this.conv.forward(input)));
    const { weight, bias } = this.#fold();
    return conv2d(input, weight, bias, this.conv.options);
  }

  #fold(): Folded {
    const { conv, norm } = this;
    const sources = [conv.weight, norm.weight, norm.bias, norm.runningMean, norm.runningVar];
    const type = autocastType() ?? conv.weight.dtype;
    // Training moves the running statistics without counting as a write to them.
    const from = [type, norm.batches, ...sources.flatMap((source) => [source.handle, source.version])];
    if (this.#folded?.from.every((value, index) => value === from[index])) return this.#folded;
    this.#folded?.weight.dispose();
    this.#folded?.bias.dispose();
    this.#folded = noGrad(() =>
      scope(() => {
        const scale = norm.weight.div(norm.runningVar.add(norm.eps).sqrt());
        const weight = conv.weight.mul(scale.reshape(scale.size, 1, 1, 1)).to(type);
        const shift = norm.bias.sub(norm.runningMean.mul(scale));
        const bias = (conv.bias === null ? shift : shift.add(conv.bias.mul(scale))).to(type);
        return { weight: keep(weight), bias: keep(bias), from };
      }),
    );
    return this.#folded;
  }
}
