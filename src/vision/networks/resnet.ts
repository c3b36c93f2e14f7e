/**
 * Residual networks (He et al. 2016): ResNet-50 as torchvision has it (stride in the 3×3 convolution), and a small one
 * of basic blocks for quick work on small images. Names are torchvision's.
 */
import { maxPool2d } from "../../torch/functional.ts";
import { ConvNorm } from "../../torch/nn/conv-norm.ts";
import { kaimingNormal } from "../../torch/nn/initialise.ts";
import { BatchNorm2d, Conv2d, Linear, Sequential } from "../../torch/nn/layers.ts";
import { Module } from "../../torch/nn/module.ts";
import { chain, scope } from "../../torch/scope.ts";
import type { Tensor } from "../../torch/tensor.ts";
import { type FeatureMaps, Network } from "./network.ts";

/** A block with a shortcut around its convolutions. */
abstract class Block extends Module {
  readonly #shortcut: Shortcut | undefined;
  protected abstract readonly last: ConvNorm;

  constructor(shortcut: Shortcut | undefined) {
    super();
    this.#shortcut = shortcut;
  }
  /** Everything before the last convolution. */
  protected abstract upToLast(input: Tensor): Tensor;

  protected convNorm(index: number, conv: Conv2d): ConvNorm {
    const norm = new BatchNorm2d(conv.weight.shape[0]);
    return new ConvNorm(this.child(`conv${index}`, conv), this.child(`bn${index}`, norm));
  }
  #join(residual: Tensor, input: Tensor): Tensor {
    return residual.addInPlace(this.#shortcut?.forward(input) ?? input).reluInPlace();
  }
  forward(input: Tensor): Tensor {
    return scope(() => this.#join(this.last.forward(this.upToLast(input)), input));
  }
  /** As `forward`, with the last convolution's output before its batch norm. */
  featureMaps(input: Tensor): FeatureMaps {
    return scope(() => {
      const official = this.last.conv.forward(this.upToLast(input));
      return { gap: this.#join(this.last.norm.forward(official), input), official };
    });
  }
}

/** The shortcut's own convolution, where the shape changes. */
class Shortcut extends Module {
  readonly #convNorm: ConvNorm;

  constructor(inputs: number, outputs: number, stride: number) {
    super();
    const conv = this.child("0", new Conv2d(inputs, outputs, 1, { stride }));
    this.#convNorm = new ConvNorm(conv, this.child("1", new BatchNorm2d(outputs)));
  }
  forward(input: Tensor): Tensor {
    return this.#convNorm.forward(input);
  }
}

function downsample(inputs: number, outputs: number, stride: number): Shortcut | undefined {
  return stride === 1 && inputs === outputs ? undefined : new Shortcut(inputs, outputs, stride);
}

class Bottleneck extends Block {
  static readonly expansion = 4;
  readonly #reduce: ConvNorm;
  readonly #spatial: ConvNorm;
  readonly last: ConvNorm;

  constructor(inputs: number, width: number, stride: number) {
    const outputs = width * Bottleneck.expansion;
    const shortcut = downsample(inputs, outputs, stride);
    super(shortcut);
    this.#reduce = this.convNorm(1, new Conv2d(inputs, width, 1));
    this.#spatial = this.convNorm(2, new Conv2d(width, width, 3, { stride, padding: 1 }));
    this.last = this.convNorm(3, new Conv2d(width, outputs, 1));
    if (shortcut !== undefined) this.child("downsample", shortcut);
  }
  protected upToLast(input: Tensor): Tensor {
    return this.#spatial.forward(this.#reduce.forward(input).reluInPlace()).reluInPlace();
  }
}

class BasicBlock extends Block {
  static readonly expansion = 1;
  readonly #first: ConvNorm;
  readonly last: ConvNorm;

  constructor(inputs: number, width: number, stride: number) {
    const shortcut = downsample(inputs, width, stride);
    super(shortcut);
    this.#first = this.convNorm(1, new Conv2d(inputs, width, 3, { stride, padding: 1 }));
    this.last = this.convNorm(2, new Conv2d(width, width, 3, { padding: 1 }));
    if (shortcut !== undefined) this.child("downsample", shortcut);
  }
  protected upToLast(input: Tensor): Tensor {
    return this.#first.forward(input).reluInPlace();
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
  /** A 7×7 convolution and pooling that quarter the image, or a 3×3 convolution that halves it. */
  stem: "large" | "small";
}

/** The official tap is the last block's last convolution, before its batch norm, the addition and ReLU. */
export class ResNet extends Network {
  readonly classifier: Linear;
  readonly #plan: ResNetPlan;
  readonly #stem: ConvNorm;
  readonly #blocks: Block[] = [];

  constructor(plan: ResNetPlan, classes: number) {
    super();
    this.#plan = plan;
    const { block, width, stem } = plan;
    const first =
      stem === "large"
        ? new Conv2d(3, width, 7, { stride: 2, padding: 3 })
        : new Conv2d(3, width, 3, { stride: 2, padding: 1 });
    this.#stem = new ConvNorm(this.child("conv1", first), this.child("bn1", new BatchNorm2d(width)));
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
      const stem = this.#stem.forward(images).reluInPlace();
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
  return new ResNet({ block: BasicBlock, depths: [1, 1, 1], width: 24, strides: [1, 2, 2], stem: "small" }, classes);
}
