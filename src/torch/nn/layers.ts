/** The layers of convolutional networks. Shapes, defaults and parameter names are PyTorch's. */
import { ones, zeros } from "../create.ts";
import { type ConvolutionOptions, conv2d, linear, maxPool2d, type Pair, type PoolOptions } from "../functional.ts";
import { currentShare } from "../process-group.ts";
import { chain } from "../scope.ts";
import { operator, type Tensor } from "../tensor.ts";
import { linearUniform } from "./initialise.ts";
import { Module } from "./module.ts";

/** Square kernels unless a [height, width] is given. */
export class Conv2d extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor | null;
  readonly options: ConvolutionOptions;

  constructor(inputs: number, outputs: number, kernel: Pair, options: ConvolutionOptions & { bias?: boolean } = {}) {
    super();
    const { bias = false, ...convolution } = options;
    this.options = convolution;
    const [height, width] = typeof kernel === "number" ? [kernel, kernel] : kernel;
    const weight = zeros([outputs, inputs / (options.groups ?? 1), height, width]);
    this.weight = this.parameter("weight", linearUniform(weight, weight));
    this.bias = bias ? this.parameter("bias", linearUniform(zeros([outputs]), weight)) : null;
  }
  forward(input: Tensor): Tensor {
    return conv2d(input, this.weight, this.bias, this.options);
  }
}

export class Linear extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor;

  constructor(inputs: number, outputs: number) {
    super();
    const weight = zeros([outputs, inputs]);
    this.weight = this.parameter("weight", linearUniform(weight, weight));
    this.bias = this.parameter("bias", linearUniform(zeros([outputs]), weight));
  }
  forward(input: Tensor): Tensor {
    return linear(input, this.weight, this.bias);
  }
}

/**
 * In training the batch's statistics, which also move the running ones by `momentum`; else the running ones. Inside
 * `inShare` those of the whole batch, over all processes.
 */
export class BatchNorm2d extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor;
  readonly runningMean: Tensor;
  readonly runningVar: Tensor;
  readonly eps: number;
  readonly #momentum: number;
  #batches = 0;

  constructor(channels: number, options: { eps?: number; momentum?: number } = {}) {
    super();
    this.eps = options.eps ?? 1e-5;
    this.#momentum = options.momentum ?? 0.1;
    this.weight = this.parameter("weight", ones([channels]));
    this.bias = this.parameter("bias", zeros([channels]));
    this.runningMean = this.buffer("running_mean", zeros([channels]));
    this.runningVar = this.buffer("running_var", ones([channels]));
  }
  forward(input: Tensor): Tensor {
    if (this.training) this.#batches += 1;
    const { weight, bias, runningMean, runningVar } = this;
    const momentum = this.#momentum;
    const share = this.training ? currentShare() : undefined;
    if (share !== undefined)
      return share.batchNorm(input, { weight, bias, runningMean, runningVar }, momentum, this.eps);
    return operator(
      "batch_norm",
      "",
      input,
      weight,
      bias,
      runningMean,
      runningVar,
      this.training,
      momentum,
      this.eps,
      true,
    );
  }
  /** Batches that have moved the running statistics. */
  get batches(): number {
    return this.#batches;
  }
  protected override counters(): Map<string, number> {
    return new Map([["num_batches_tracked", this.#batches]]);
  }
  protected override setCounter(_name: string, value: number): void {
    this.#batches = value;
  }
}

export class ReLU extends Module {
  forward(input: Tensor): Tensor {
    return input.relu();
  }
}

export class MaxPool2d extends Module {
  readonly #kernel: Pair;
  readonly #options: PoolOptions;

  constructor(kernel: Pair, options: PoolOptions = {}) {
    super();
    this.#kernel = kernel;
    this.#options = options;
  }
  forward(input: Tensor): Tensor {
    return maxPool2d(input, this.#kernel, this.#options);
  }
}

/** Modules one after the other, named by number or by the given names. */
export class Sequential extends Module {
  readonly #steps: Module[];

  constructor(steps: readonly Module[] | Readonly<Record<string, Module>>) {
    super();
    this.#steps = Object.entries(steps).map(([name, step]) => this.child(name, step));
  }
  forward(input: Tensor): Tensor {
    return chain(
      input,
      this.#steps.map((step) => (value) => step.forward(value)),
    );
  }
}
