/**
 * Inception-v3 (Szegedy et al. 2016) as torchvision has it, without the auxiliary head. Images arrive with ImageNet's
 * normalisation and are changed to the ±1 range of the original weights (`transform_input`). Both taps read `Mixed_7c`.
 */
import { tensor } from "../../torch/create.ts";
import { averagePool2d, type ConvolutionOptions, concatenate, maxPool2d, type Pair } from "../../torch/functional.ts";
import { ConvNorm } from "../../torch/nn/conv-norm.ts";
import { normal } from "../../torch/nn/initialise.ts";
import { BatchNorm2d, Conv2d, Linear } from "../../torch/nn/layers.ts";
import { Module } from "../../torch/nn/module.ts";
import { chain, scope } from "../../torch/scope.ts";
import type { Tensor } from "../../torch/tensor.ts";
import { type FeatureMaps, Network } from "./network.ts";
import { imageNetMean, imageNetStd } from "./normalisation.ts";

class BasicConv2d extends Module {
  readonly #convNorm: ConvNorm;

  constructor(inputs: number, outputs: number, kernel: Pair, options: ConvolutionOptions = {}) {
    super();
    const conv = this.child("conv", new Conv2d(inputs, outputs, kernel, options));
    this.#convNorm = new ConvNorm(conv, this.child("bn", new BatchNorm2d(outputs, { eps: 0.001 })));
  }
  forward(input: Tensor): Tensor {
    return scope(() => this.#convNorm.forward(input).reluInPlace());
  }
}

/** [name, outputs, kernel, options]; the padding of a stride-1 convolution keeps the size. */
type Step = readonly [name: string, outputs: number, kernel: Pair, stride?: number];
/** Steps one after the other; a list of steps at the end are taken side by side and concatenated. */
interface Branch {
  pool?: "average";
  steps: readonly Step[];
  fork?: readonly Step[];
}

interface MixedPlan {
  branches: readonly Branch[];
  /** Whether the last branch is a max pooling of the input that halves its size. */
  maxPool?: boolean;
}

/** Branches side by side, their channels concatenated. One class for torchvision's InceptionA to InceptionE. */
class Mixed extends Module {
  readonly #plan: MixedPlan;
  readonly #convolutions = new Map<Step, BasicConv2d>();
  readonly outputs: number;

  constructor(inputs: number, plan: MixedPlan) {
    super();
    this.#plan = plan;
    let outputs = plan.maxPool ? inputs : 0;
    for (const { steps, fork } of plan.branches) {
      const through = steps.reduce((channels, step) => this.#add(channels, step), inputs);
      if (fork === undefined) outputs += through;
      else for (const step of fork) outputs += this.#add(through, step);
    }
    this.outputs = outputs;
  }
  #add(inputs: number, step: Step): number {
    const [name, outputs, kernel, stride = 1] = step;
    const [height, width] = typeof kernel === "number" ? [kernel, kernel] : kernel;
    const padding: Pair = stride === 1 ? [(height - 1) / 2, (width - 1) / 2] : 0;
    this.#convolutions.set(step, this.child(name, new BasicConv2d(inputs, outputs, kernel, { stride, padding })));
    return outputs;
  }
  forward(input: Tensor): Tensor {
    return scope(() => {
      const outputs = this.#plan.branches.flatMap(({ pool, steps, fork }) => {
        const start = pool === "average" ? averagePool2d(input, 3, { stride: 1, padding: 1 }) : input;
        const through = steps.reduce((value, step) => this.#convolutions.get(step)!.forward(value), start);
        return fork === undefined ? [through] : fork.map((step) => this.#convolutions.get(step)!.forward(through));
      });
      if (this.#plan.maxPool) outputs.push(maxPool2d(input, 3, { stride: 2 }));
      return concatenate(outputs, 1);
    });
  }
}

const inceptionA = (pool: number): MixedPlan => ({
  branches: [
    { steps: [["branch1x1", 64, 1]] },
    {
      steps: [
        ["branch5x5_1", 48, 1],
        ["branch5x5_2", 64, 5],
      ],
    },
    {
      steps: [
        ["branch3x3dbl_1", 64, 1],
        ["branch3x3dbl_2", 96, 3],
        ["branch3x3dbl_3", 96, 3],
      ],
    },
    { pool: "average", steps: [["branch_pool", pool, 1]] },
  ],
});

const inceptionB: MixedPlan = {
  branches: [
    { steps: [["branch3x3", 384, 3, 2]] },
    {
      steps: [
        ["branch3x3dbl_1", 64, 1],
        ["branch3x3dbl_2", 96, 3],
        ["branch3x3dbl_3", 96, 3, 2],
      ],
    },
  ],
  maxPool: true,
};

const inceptionC = (width: number): MixedPlan => ({
  branches: [
    { steps: [["branch1x1", 192, 1]] },
    {
      steps: [
        ["branch7x7_1", width, 1],
        ["branch7x7_2", width, [1, 7]],
        ["branch7x7_3", 192, [7, 1]],
      ],
    },
    {
      steps: [
        ["branch7x7dbl_1", width, 1],
        ["branch7x7dbl_2", width, [7, 1]],
        ["branch7x7dbl_3", width, [1, 7]],
        ["branch7x7dbl_4", width, [7, 1]],
        ["branch7x7dbl_5", 192, [1, 7]],
      ],
    },
    { pool: "average", steps: [["branch_pool", 192, 1]] },
  ],
});

const inceptionD: MixedPlan = {
  branches: [
    {
      steps: [
        ["branch3x3_1", 192, 1],
        ["branch3x3_2", 320, 3, 2],
      ],
    },
    {
      steps: [
        ["branch7x7x3_1", 192, 1],
        ["branch7x7x3_2", 192, [1, 7]],
        ["branch7x7x3_3", 192, [7, 1]],
        ["branch7x7x3_4", 192, 3, 2],
      ],
    },
  ],
  maxPool: true,
};

const inceptionE = (): MixedPlan => ({
  branches: [
    { steps: [["branch1x1", 320, 1]] },
    {
      steps: [["branch3x3_1", 384, 1]],
      fork: [
        ["branch3x3_2a", 384, [1, 3]],
        ["branch3x3_2b", 384, [3, 1]],
      ],
    },
    {
      steps: [
        ["branch3x3dbl_1", 448, 1],
        ["branch3x3dbl_2", 384, 3],
      ],
      fork: [
        ["branch3x3dbl_3a", 384, [1, 3]],
        ["branch3x3dbl_3b", 384, [3, 1]],
      ],
    },
    { pool: "average", steps: [["branch_pool", 192, 1]] },
  ],
});

const mixedPlans: Readonly<Record<string, MixedPlan>> = {
  Mixed_5b: inceptionA(32),
  Mixed_5c: inceptionA(64),
  Mixed_5d: inceptionA(64),
  Mixed_6a: inceptionB,
  Mixed_6b: inceptionC(128),
  Mixed_6c: inceptionC(160),
  Mixed_6d: inceptionC(160),
  Mixed_6e: inceptionC(192),
  Mixed_7a: inceptionD,
  Mixed_7b: inceptionE(),
  Mixed_7c: inceptionE(),
};

export class Inception3 extends Network {
  readonly classifier: Linear;
  protected override readonly dropout: number;
  readonly #stem: BasicConv2d[][];
  readonly #mixed: Mixed[];

  constructor(classes: number, dropout: number) {
    super();
    this.dropout = dropout;
    this.#stem = [
      [
        this.child("Conv2d_1a_3x3", new BasicConv2d(3, 32, 3, { stride: 2 })),
        this.child("Conv2d_2a_3x3", new BasicConv2d(32, 32, 3)),
        this.child("Conv2d_2b_3x3", new BasicConv2d(32, 64, 3, { padding: 1 })),
      ],
      [
        this.child("Conv2d_3b_1x1", new BasicConv2d(64, 80, 1)),
        this.child("Conv2d_4a_3x3", new BasicConv2d(80, 192, 3)),
      ],
    ];
    let channels = 192;
    this.#mixed = Object.entries(mixedPlans).map(([name, plan]) => {
      const mixed = this.child(name, new Mixed(channels, plan));
      channels = mixed.outputs;
      return mixed;
    });
    this.classifier = this.child("fc", new Linear(channels, classes));
    // torchvision truncates this normal at ±2, twenty deviations out.
    for (const module of this.modules().values()) {
      if (module instanceof Conv2d || module instanceof Linear) normal(module.weight, 0.1);
    }
  }

  featureMaps(images: Tensor): FeatureMaps {
    return scope(() => {
      const apply = (module: Module) => (value: Tensor) => module.forward(value);
      const pool = (value: Tensor) => maxPool2d(value, 3, { stride: 2 });
      const [early, late] = this.#stem;
      const steps = [transformInput, ...early.map(apply), pool, ...late.map(apply), pool, ...this.#mixed.map(apply)];
      const features = chain(images, steps);
      return { gap: features, official: features };
    });
  }
}

/** From (x − mean) / std with ImageNet's values to (x − 0.5) / 0.5. */
function transformInput(images: Tensor): Tensor {
  const perChannel = (of: (channel: number) => number) =>
    tensor(Float64Array.from([0, 1, 2], of), [3, 1, 1])
      .to(images.dtype)
      .toDevice(images.device);
  const scale = perChannel((channel) => imageNetStd[channel] / 0.5);
  const shift = perChannel((channel) => (imageNetMean[channel] - 0.5) / 0.5);
  return images.mul(scale).add(shift);
}

export function inceptionV3(classes: number, dropout = 0.5): Inception3 {
  return new Inception3(classes, dropout);
}
