/**
 * Residual networks (He et al. 2016): ResNet-50 as torchvision has it (stride in the 3×3 convolution), and a small one
 * of basic blocks for quick work on small images. Names are torchvision's.
 */
import { maxPool2d } from "../../torch/functional.ts";
import { kaimingNormal } from "../../torch/nn/initialise.ts";
import { BatchNorm2d, Conv2d, Linear, Sequential } from "../../torch/nn/layers.ts";
import { Module } from "../../torch/nn/module.ts";
import { chain, scope } from "../../torch/scope.ts";
import type { Tensor } from "../../torch/tensor.ts";
import { type FeatureMaps, Network } from "./network.ts";

/** A block with a shortcut. `residual` ends in a batch norm; `official` is what entered that. */
abstract class Block extends Module {
  readonly #downsample: Sequential | undefined;

  constructor(downsample: Sequential | undefined) {
    super();
    this.#downsample = downsample;
  }
  protected abstract residual(input: Tensor): { residual: Tensor; official: Tensor };

  featureMaps(input: Tensor): FeatureMaps {
    return scope(() => {
      const { residual, official } = this.residual(input);
      const shortcut = this.#downsample?.forward(input) ?? input;
      return { gap: residual.addInPlace(shortcut).reluInPlace(), official };
    });
  }
  forward(input: Tensor): Tensor {
    return scope(() => this.featureMaps(input).gap);
  }
}

/** The shortcut's own convolution, where shape changes; registered last, as torchvision does. */
function downsample(inputs: number, outputs: number, stride: number): Sequential | undefined {
  if (stride === 1 && inputs === outputs) return undefined;
  return new Sequential([new Conv2d(inputs, outputs, 1, { stride }), new BatchNorm2d(outputs)]);
}

class Bottleneck extends Block {
  static readonly expansion = 4;
  readonly #conv1: Conv2d;
  readonly #bn1: BatchNorm2d;
  readonly #conv2: Conv2d;
  readonly #bn2: BatchNorm2d;
  readonly #conv3: Conv2d;
  readonly #bn3: BatchNorm2d;

  constructor(inputs: number, width: number, stride: number) {
    const outputs = width * Bottleneck.expansion;
    const shortcut = downsample(inputs, outputs, stride);
    super(shortcut);
    this.#conv1 = this.child("conv1", new Conv2d(inputs, width, 1));
    this.#bn1 = this.child("bn1", new BatchNorm2d(width));
    this.#conv2 = this.child("conv2", new Conv2d(width, width, 3, { stride, padding: 1 }));
    this.#bn2 = this.child("bn2", new BatchNorm2d(width));
    this.#conv3 = this.child("conv3", new Conv2d(width, outputs, 1));
    this.#bn3 = this.child("bn3", new BatchNorm2d(outputs));
    if (shortcut !== undefined) this.child("downsample", shortcut);
  }
  protected residual(input: Tensor) {
    const reduced = this.#bn1.forward(this.#conv1.forward(input)).reluInPlace();
    const spatial = this.#bn2.forward(this.#conv2.forward(reduced)).reluInPlace();
    const official = this.#conv3.forward(spatial);
    return { residual: this.#bn3.forward(official), official };
  }
}

class BasicBlock extends Block {
  static readonly expansion = 1;
  readonly #conv1: Conv2d;
  readonly #bn1: BatchNorm2d;
  readonly #conv2: Conv2d;
  readonly #bn2: BatchNorm2d;

  constructor(inputs: number, width: number, stride: number) {
    const shortcut = downsample(inputs, width, stride);
    super(shortcut);
    this.#conv1 = this.child("conv1", new Conv2d(inputs, width, 3, { stride, padding: 1 }));
    this.#bn1 = this.child("bn1", new BatchNorm2d(width));
    this.#conv2 = this.child("conv2", new Conv2d(width, width, 3, { padding: 1 }));
    this.#bn2 = this.child("bn2", new BatchNorm2d(width));
    if (shortcut !== undefined) this.child("downsample", shortcut);
  }
  protected residual(input: Tensor) {
    const hidden = this.#bn1.forward(this.#conv1.forward(input)).reluInPlace();
    const official = this.#conv2.forward(hidden);
    return { residual: this.#bn2.forward(official), official };
  }
}

interface ResNetPlan {
  block: typeof Bottleneck | typeof BasicBlock;
  /** Blocks per stage. */
  depths: readonly number[];
  /** Channels inside the first stage's blocks; doubled at each later one. */
  width: number;
  /** Stride of each stage's first block. */
  strides: readonly number[];
  /** The 7×7 convolution and pooling that quarter the image, or a 3×3 convolution that keeps its size. */
  stem: "large" | "small";
}

/** The official tap is the last block's last convolution, before its batch norm, the addition and ReLU. */
export class ResNet extends Network {
  readonly classifier: Linear;
  readonly #plan: ResNetPlan;
  readonly #conv1: Conv2d;
  readonly #bn1: BatchNorm2d;
  readonly #blocks: Block[] = [];

  constructor(plan: ResNetPlan, classes: number) {
    super();
    this.#plan = plan;
    const { block, width, stem } = plan;
    this.#conv1 = this.child(
      "conv1",
      stem === "large" ? new Conv2d(3, width, 7, { stride: 2, padding: 3 }) : new Conv2d(3, width, 3, { padding: 1 }),
    );
    this.#bn1 = this.child("bn1", new BatchNorm2d(width));
    let channels = width;
    plan.depths.forEach((depth, stage) => {
      const blocks = Array.from({ length: depth }, (_, index) => {
        const made = new block(channels, width * 2 ** stage, index === 0 ? plan.strides[stage] : 1);
        channels = width * 2 ** stage * block.expansion;
        return made;
      });
      this.child(`layer${stage + 1}`, new Sequential(blocks));
      this.#blocks.push(...blocks);
    });
    this.classifier = this.child("fc", new Linear(channels, classes));
    for (const module of this.modules().values()) if (module instanceof Conv2d) kaimingNormal(module.weight, "out");
  }

  featureMaps(images: Tensor): FeatureMaps {
    return scope(() => {
      const stem = this.#bn1.forward(this.#conv1.forward(images)).reluInPlace();
      const start = this.#plan.stem === "large" ? maxPool2d(stem, 3, { stride: 2, padding: 1 }) : stem;
      const through = chain(
        start,
        this.#blocks.slice(0, -1).map((block) => (value) => block.forward(value)),
      );
      return this.#blocks.at(-1)!.featureMaps(through);
    });
  }
}

export function resnet50(classes: number): ResNet {
  const depths = [3, 4, 6, 3];
  return new ResNet({ block: Bottleneck, depths, width: 64, strides: [1, 2, 2, 2], stem: "large" }, classes);
}

/** 64² → a map of 8×8 with 96 channels; 0.3 million parameters. */
export function resnetSmall(classes: number): ResNet {
  return new ResNet({ block: BasicBlock, depths: [1, 1, 1], width: 24, strides: [2, 2, 2], stem: "small" }, classes);
}
