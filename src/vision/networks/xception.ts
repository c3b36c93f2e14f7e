/**
 * Xception (Chollet 2017) with the names of Cadene's pretrained-models port. The official tap is the last pointwise
 * convolution's output, before its batch norm.
 */

import { normal } from "../../torch/nn/initialise.ts";
import { BatchNorm2d, Conv2d, Linear, MaxPool2d, ReLU, Sequential } from "../../torch/nn/layers.ts";
import { Module } from "../../torch/nn/module.ts";
import { chain, scope } from "../../torch/scope.ts";
import type { Tensor } from "../../torch/tensor.ts";
import { type FeatureMaps, Network } from "./network.ts";

/** A 3×3 convolution of each channel alone, then a 1×1 over all. */
class SeparableConv2d extends Module {
  readonly #depthwise: Conv2d;
  readonly #pointwise: Conv2d;

  constructor(inputs: number, outputs: number) {
    super();
    this.#depthwise = this.child("conv1", new Conv2d(inputs, inputs, 3, { padding: 1, groups: inputs }));
    this.#pointwise = this.child("pointwise", new Conv2d(inputs, outputs, 1));
  }
  forward(input: Tensor): Tensor {
    return scope(() => this.#pointwise.forward(this.#depthwise.forward(input)));
  }
}

interface BlockPlan {
  /** Channels after each separable convolution. */
  widths: readonly number[];
  stride: number;
  /** Whether it begins with a ReLU of its input. */
  startWithRelu: boolean;
}

class XceptionBlock extends Module {
  readonly #skip: Conv2d | undefined;
  readonly #skipNorm: BatchNorm2d | undefined;
  readonly #residual: Sequential;

  constructor(inputs: number, plan: BlockPlan) {
    super();
    const outputs = plan.widths.at(-1)!;
    if (outputs !== inputs || plan.stride !== 1) {
      this.#skip = this.child("skip", new Conv2d(inputs, outputs, 1, { stride: plan.stride }));
      this.#skipNorm = this.child("skipbn", new BatchNorm2d(outputs));
    }
    let channels = inputs;
    const steps = plan.widths.flatMap((width) => {
      const step = [new ReLU(), new SeparableConv2d(channels, width), new BatchNorm2d(width)];
      channels = width;
      return step;
    });
    if (!plan.startWithRelu) steps.shift();
    if (plan.stride !== 1) steps.push(new MaxPool2d(3, { stride: plan.stride, padding: 1 }));
    this.#residual = this.child("rep", new Sequential(steps));
  }
  forward(input: Tensor): Tensor {
    return scope(() => {
      const shortcut = this.#skip && this.#skipNorm ? this.#skipNorm.forward(this.#skip.forward(input)) : input;
      return this.#residual.forward(input).add(shortcut);
    });
  }
}

const blocks: readonly BlockPlan[] = [
  { widths: [128, 128], stride: 2, startWithRelu: false },
  { widths: [256, 256], stride: 2, startWithRelu: true },
  { widths: [728, 728], stride: 2, startWithRelu: true },
  ...Array.from({ length: 8 }, () => ({ widths: [728, 728, 728], stride: 1, startWithRelu: true })),
  { widths: [728, 1024], stride: 2, startWithRelu: true },
];

interface Stage {
  conv: Module;
  norm: BatchNorm2d;
}

export class Xception extends Network {
  readonly classifier: Linear;
  readonly #entry: Stage[];
  readonly #blocks: XceptionBlock[];
  readonly #third: Stage;
  readonly #fourth: Stage;

  constructor(classes: number) {
    super();
    const stage = (index: number, conv: Module, channels: number): Stage => ({
      conv: this.child(`conv${index}`, conv),
      norm: this.child(`bn${index}`, new BatchNorm2d(channels)),
    });
    this.#entry = [stage(1, new Conv2d(3, 32, 3, { stride: 2 }), 32), stage(2, new Conv2d(32, 64, 3), 64)];
    let channels = 64;
    this.#blocks = blocks.map((plan, index) => {
      const block = this.child(`block${index + 1}`, new XceptionBlock(channels, plan));
      channels = plan.widths.at(-1)!;
      return block;
    });
    this.#third = stage(3, new SeparableConv2d(channels, 1536), 1536);
    this.#fourth = stage(4, new SeparableConv2d(1536, 2048), 2048);
    this.classifier = this.child("last_linear", new Linear(2048, classes));
    for (const module of this.modules().values()) {
      if (!(module instanceof Conv2d)) continue;
      const [outputs, , height, width] = module.weight.shape;
      normal(module.weight, Math.sqrt(2 / (outputs * height * width)));
    }
  }

  featureMaps(images: Tensor): FeatureMaps {
    return scope(() => {
      const activated =
        ({ conv, norm }: Stage) =>
        (value: Tensor) =>
          norm.forward(conv.forward(value)).reluInPlace();
      const through = chain(images, [
        ...this.#entry.map(activated),
        ...this.#blocks.map((block) => (value: Tensor) => block.forward(value)),
        activated(this.#third),
      ]);
      const official = this.#fourth.conv.forward(through);
      return { gap: this.#fourth.norm.forward(official).reluInPlace(), official };
    });
  }
}

export function xception(classes: number): Xception {
  return new Xception(classes);
}
