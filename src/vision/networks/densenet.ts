/** DenseNet-121 (Huang et al. 2017), as torchvision has it. The official tap is the feature map before the last ReLU. */
import { averagePool2d, concatenate, maxPool2d } from "../../torch/functional.ts";
import { ConvNorm } from "../../torch/nn/conv-norm.ts";
import { kaimingNormal } from "../../torch/nn/initialise.ts";
import { BatchNorm2d, Conv2d, Linear, Sequential } from "../../torch/nn/layers.ts";
import { Module } from "../../torch/nn/module.ts";
import { scope } from "../../torch/scope.ts";
import type { Tensor } from "../../torch/tensor.ts";
import { type FeatureMaps, Network } from "./network.ts";

const growth = 32;
const bottleneck = 4 * growth;

/** From all features so far to `growth` new ones. */
class DenseLayer extends Module {
  readonly #norm1: BatchNorm2d;
  readonly #reduce: ConvNorm;
  readonly #conv2: Conv2d;

  constructor(inputs: number) {
    super();
    this.#norm1 = this.child("norm1", new BatchNorm2d(inputs));
    const reduce = this.child("conv1", new Conv2d(inputs, bottleneck, 1));
    this.#reduce = new ConvNorm(reduce, this.child("norm2", new BatchNorm2d(bottleneck)));
    this.#conv2 = this.child("conv2", new Conv2d(bottleneck, growth, 3, { padding: 1 }));
  }
  forward(input: Tensor): Tensor {
    return scope(() => {
      const reduced = this.#reduce.forward(this.#norm1.forward(input).reluInPlace());
      return this.#conv2.forward(reduced.reluInPlace());
    });
  }
}

class DenseBlock extends Module {
  readonly #layers: DenseLayer[];

  constructor(layers: number, inputs: number) {
    super();
    this.#layers = Array.from({ length: layers }, (_, index) =>
      this.child(`denselayer${index + 1}`, new DenseLayer(inputs + index * growth)),
    );
  }
  forward(input: Tensor): Tensor {
    return scope(() => {
      const features = [input];
      for (const layer of this.#layers) features.push(scope(() => layer.forward(concatenate(features, 1))));
      return concatenate(features, 1);
    });
  }
}

/** Half the channels, half the size. */
class Transition extends Module {
  readonly #norm: BatchNorm2d;
  readonly #conv: Conv2d;

  constructor(inputs: number) {
    super();
    this.#norm = this.child("norm", new BatchNorm2d(inputs));
    this.#conv = this.child("conv", new Conv2d(inputs, inputs / 2, 1));
  }
  forward(input: Tensor): Tensor {
    return scope(() => averagePool2d(this.#conv.forward(this.#norm.forward(input).reluInPlace()), 2));
  }
}

export class DenseNet extends Network {
  readonly classifier: Linear;
  readonly #stem: ConvNorm;
  readonly #trunk: Sequential;

  constructor(depths: readonly number[], classes: number) {
    super();
    let channels = 2 * growth;
    const conv0 = new Conv2d(3, channels, 7, { stride: 2, padding: 3 });
    const norm0 = new BatchNorm2d(channels);
    this.#stem = new ConvNorm(conv0, norm0);
    const trunk: Record<string, Module> = {};
    depths.forEach((depth, index) => {
      trunk[`denseblock${index + 1}`] = new DenseBlock(depth, channels);
      channels += depth * growth;
      if (index === depths.length - 1) return;
      trunk[`transition${index + 1}`] = new Transition(channels);
      channels /= 2;
    });
    trunk.norm5 = new BatchNorm2d(channels);
    this.#trunk = new Sequential(trunk);
    this.child("features", new Sequential({ conv0, norm0, ...trunk }));
    this.classifier = this.child("classifier", new Linear(channels, classes));
    for (const module of this.modules().values()) if (module instanceof Conv2d) kaimingNormal(module.weight, "in");
  }

  featureMaps(images: Tensor): FeatureMaps {
    return scope(() => {
      const stem = this.#stem.forward(images).reluInPlace();
      const official = this.#trunk.forward(maxPool2d(stem, 3, { stride: 2, padding: 1 }));
      return { gap: official.relu(), official };
    });
  }
}

export function densenet121(classes: number): DenseNet {
  return new DenseNet([6, 12, 24, 16], classes);
}
