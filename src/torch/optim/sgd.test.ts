import { describe, expect, test } from "vitest";
import { tensor } from "../create.ts";
import { liveTensorCount } from "../modes.ts";
import type { Tensor } from "../tensor.ts";
import { learningRate } from "./schedule.ts";
import { Sgd } from "./sgd.ts";

/** torch.optim.SGD's formula on plain numbers, with the gradient 2·w of the loss Σ w². */
function reference(start: number, steps: number, rate: number, momentum: number, decay: number): number {
  let [weight, velocity] = [start, 0];
  for (let step = 0; step < steps; step++) {
    const gradient = 2 * weight + decay * weight;
    velocity = step === 0 ? gradient : momentum * velocity + gradient;
    weight -= rate * velocity;
  }
  return weight;
}

function descend(weights: Tensor, optimiser: Sgd, steps: number, rate: number): void {
  for (let step = 0; step < steps; step++) {
    optimiser.zeroGrad();
    weights.square().sum().backward();
    optimiser.step(rate);
  }
}

describe("Sgd", () => {
  test.each([
    [0, 0],
    [0.9, 0],
    [0.9, 0.1],
    [0, 0.1],
  ])("momentum %f, weight decay %f follow the formula", (momentum, weightDecay) => {
    const weights = tensor(Float64Array.of(1, -2)).setRequiresGrad();
    descend(weights, new Sgd(new Map([["w", weights]]), { momentum, weightDecay }), 5, 0.05);
    weights.values().forEach((value, index) => {
      expect(value).toBeCloseTo(reference([1, -2][index], 5, 0.05, momentum, weightDecay), 12);
    });
  });

  test("goes on from its saved state as if never interrupted", () => {
    const options = { momentum: 0.9, weightDecay: 0.01 };
    const whole = tensor(Float64Array.of(3)).setRequiresGrad();
    descend(whole, new Sgd(new Map([["w", whole]]), options), 6, 0.1);

    const first = tensor(Float64Array.of(3)).setRequiresGrad();
    const before = new Sgd(new Map([["w", first]]), options);
    descend(first, before, 3, 0.1);
    const second = tensor(first.float64()).setRequiresGrad();
    const after = new Sgd(new Map([["w", second]]), options);
    after.loadState(before.state());
    descend(second, after, 3, 0.1);
    expect(second.values()).toEqual(whole.values());
  });

  test("leaves a parameter alone that backward has not reached", () => {
    const [used, unused] = [tensor([1]).setRequiresGrad(), tensor([5]).setRequiresGrad()];
    const optimiser = new Sgd(new Map(Object.entries({ used, unused })), { momentum: 0.9, weightDecay: 0.5 });
    descend(used, optimiser, 2, 0.1);
    expect(unused.item()).toBe(5);
    expect([...optimiser.state().keys()]).toEqual(["used"]);
  });

  test("clips by the joint norm of all gradients", () => {
    const [a, b] = [tensor([3]).setRequiresGrad(), tensor([4]).setRequiresGrad()];
    const optimiser = new Sgd(new Map(Object.entries({ a, b })), { momentum: 0, weightDecay: 0 });
    a.square().add(b.square()).sum().backward();
    expect(optimiser.clipGradients(5)).toBeCloseTo(10, 6);
    expect(a.grad!.item()).toBeCloseTo(3, 6);
    expect(b.grad!.item()).toBeCloseTo(4, 6);
    expect(optimiser.clipGradients(5.5)).toBeCloseTo(5, 6);
    expect(a.grad!.item()).toBeCloseTo(3, 6);
  });

  test("holds no more tensors after many steps than after a few", () => {
    const weights = tensor([1, 2, 3]).setRequiresGrad();
    const optimiser = new Sgd(new Map([["w", weights]]), { momentum: 0.9, weightDecay: 0.1 });
    const step = () => {
      weights.grad?.dispose();
      optimiser.step(0.01);
    };
    const loss = weights.square().sum();
    loss.backward();
    step();
    const before = liveTensorCount();
    for (let i = 0; i < 50; i++) step();
    expect(liveTensorCount()).toBe(before);
  });
});

describe("learningRate", () => {
  test("falls in steps", () => {
    const schedule = { kind: "step", every: 12, factor: 0.1 } as const;
    expect([0, 11, 12, 23, 24].map((epoch) => learningRate(schedule, 0.005, epoch, 50))).toEqual(
      [0.005, 0.005, 0.0005, 0.0005, 0.00005].map((rate) => expect.closeTo(rate, 12)),
    );
  });
  test("falls along a cosine", () => {
    const schedule = { kind: "cosine" } as const;
    expect(learningRate(schedule, 1, 0, 10)).toBe(1);
    expect(learningRate(schedule, 1, 5, 10)).toBeCloseTo(0.5, 12);
    expect(learningRate(schedule, 1, 9, 10)).toBeCloseTo((1 + Math.cos(0.9 * Math.PI)) / 2, 12);
  });
  test("stays", () => {
    expect(learningRate({ kind: "constant" }, 0.3, 40, 50)).toBe(0.3);
  });
});
