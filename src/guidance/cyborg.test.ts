import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { indices, ones, randn, tensor, zeros } from "../torch/create.ts";
import { manualSeed } from "../torch/modes.ts";
import { scope } from "../torch/scope.ts";
import type { Tensor } from "../torch/tensor.ts";
import { type CyborgOptions, cyborgLoss } from "./cyborg.ts";

const paper: CyborgOptions = { blend: { alpha: 0.5 }, explainedClass: "true", tap: "gap", camWeights: "attached" };

interface Given {
  features: Tensor;
  headWeight: Tensor;
  logits: Tensor;
  labels: Tensor;
  maps: Tensor | undefined;
  weights: Tensor;
}

function compute(options: CyborgOptions, { features, ...rest }: Given) {
  return cyborgLoss(options).compute({ ...rest, features: { gap: features, official: features } });
}

/** The hand oracle: one channel [[1, 2], [3, 4]] with weight 1, H = [[0, 0], [0, 1]], logits that give CE = ln 2. */
function oracle(features = [1, 2, 3, 4]): Given {
  return {
    features: tensor(features, [1, 1, 2, 2]),
    headWeight: tensor([1, 1], [2, 1]),
    logits: tensor([0, 0], [1, 2]),
    labels: indices([0]),
    maps: tensor([0, 0, 0, 1], [1, 2, 2]),
    weights: ones([1]),
  };
}

describe("the value", () => {
  test("the hand oracle: mean square error 5/36, loss 0.416018", () => {
    const { loss, guidance, crossEntropy } = compute(paper, oracle());
    expect(guidance!.item()).toBeCloseTo(5 / 36, 6);
    expect(crossEntropy.item()).toBeCloseTo(Math.LN2, 6);
    expect(loss.item()).toBeCloseTo(0.416018, 6);
  });

  test("alpha 1 is plain cross-entropy; lambda adds to it whole", () => {
    expect(compute({ ...paper, blend: { alpha: 1 } }, oracle()).loss.item()).toBeCloseTo(Math.LN2, 6);
    expect(compute({ ...paper, blend: { lambda: 2 } }, oracle()).loss.item()).toBeCloseTo(Math.LN2 + 10 / 36, 6);
  });

  test("the guidance term does not change under S → cS + b, c > 0", () => {
    const number = { noNaN: true, noDefaultInfinity: true } as const;
    fc.assert(
      fc.property(
        fc.array(fc.double({ ...number, min: -1, max: 1 }), { minLength: 4, maxLength: 4 }),
        fc.double({ ...number, min: 0.01, max: 100 }),
        fc.double({ ...number, min: -5, max: 5 }),
        (values, scale, shift) => {
          fc.pre(Math.max(...values) - Math.min(...values) > 0.01);
          scope(() => {
            const before = compute(paper, oracle(values)).guidance!.item();
            const after = compute(paper, oracle(values.map((value) => scale * value + shift))).guidance!.item();
            expect(after).toBeCloseTo(before, 3);
          });
        },
      ),
      { numRuns: 50 },
    );
  });

  test("explains the label or the network's answer, as asked", () => {
    const given = { ...oracle(), headWeight: tensor([1, -1], [2, 1]), logits: tensor([0, 1], [1, 2]) };
    const asLabel = compute(paper, given).guidance!.item();
    const asAnswer = compute({ ...paper, explainedClass: "predicted" }, given).guidance!.item();
    expect(asLabel).toBeCloseTo(5 / 36, 6);
    // The other class's map is the negative: 1, 2/3, 1/3, 0 against 0, 0, 0, 1.
    expect(asAnswer).toBeCloseTo((1 + 4 / 9 + 1 / 9 + 1) / 4, 6);
  });

  test("maps of any size and range are brought to the CAM's", () => {
    const large = zeros([1, 8, 8]);
    large.narrow(1, 4, 4).narrow(2, 4, 4).fill(200);
    const small = compute(paper, { ...oracle([0, 0, 0, 1]), maps: large }).guidance!.item();
    expect(small).toBeLessThan(0.02);
  });
});

describe("images without a usable map", () => {
  function pair(second: { map?: number[]; features?: number[]; weight?: number }): Given {
    const first = oracle();
    return {
      features: tensor([1, 2, 3, 4, ...(second.features ?? [9, 1, 1, 1])], [2, 1, 2, 2]).setRequiresGrad(),
      headWeight: tensor([1, 1], [2, 1]).setRequiresGrad(),
      logits: zeros([2, 2]),
      labels: indices([0, 0]),
      maps: tensor([...first.maps!.values(), ...(second.map ?? [0, 1, 0, 0])], [2, 2, 2]),
      weights: tensor([1, second.weight ?? 1]),
    };
  }

  test("are not guided: neither in the value nor in the gradient", () => {
    const given = pair({ weight: 0 });
    const { loss, guidance } = compute(paper, given);
    expect(guidance!.item()).toBeCloseTo(5 / 36, 6);
    loss.backward();
    expect(given.features.grad!.values().slice(4)).toEqual([0, 0, 0, 0]);
    expect(
      given.features
        .grad!.values()
        .slice(0, 4)
        .some((value) => value !== 0),
    ).toBe(true);
  });

  test("a blank map counts as none", () => {
    const { guidance } = compute(paper, pair({ map: [0.3, 0.3, 0.3, 0.3] }));
    expect(guidance!.item()).toBeCloseTo(5 / 36, 6);
  });

  test("a batch without any map has no guidance term", () => {
    const { loss, guidance } = compute(paper, { ...oracle(), maps: undefined });
    expect(guidance).toBeUndefined();
    expect(loss.item()).toBeCloseTo(Math.LN2 / 2, 6);
  });

  test.each([
    ["zeros", [0, 0, 0, 0]],
    ["all alike", [7, 7, 7, 7]],
    ["alike but for rounding", [1, 1, 1, 1 + 2 ** -23]],
  ])("a constant CAM (%s) gives a finite loss and finite gradients", (_, features) => {
    const given = pair({ features });
    const { loss } = compute(paper, given);
    loss.backward();
    expect(Number.isFinite(loss.item())).toBe(true);
    for (const { grad } of [given.features, given.headWeight]) {
      for (const value of grad!.values()) expect(Math.abs(value)).toBeLessThan(10);
    }
  });
});

describe("the gradient", () => {
  test.each([
    ["attached", "true"],
    ["detached", "true"],
    ["attached", "predicted"],
  ] as const)("agrees with finite differences in float64 (CAM weights %s, class %s)", (camWeights, explainedClass) => {
    manualSeed(11);
    const options = { ...paper, camWeights, explainedClass };
    const features = randn([3, 4, 5, 5]).to("float64");
    const headWeight = randn([2, 4]).to("float64");
    const maps = randn([3, 10, 10]).to("float64");
    const weights = tensor(Float64Array.of(1, 0, 1));
    const labels = indices([0, 1, 1]);
    // The logits of the network itself, so that cross-entropy is differentiated through the same tensors.
    const lossOf = (f: Tensor, w: Tensor) => {
      const logits = f.mean([2, 3]).matmul(w.permute(1, 0));
      return compute(options, { features: f, headWeight: w, logits, labels, maps, weights }).loss;
    };
    const leaf = { features: features.clone().setRequiresGrad(), weight: headWeight.clone().setRequiresGrad() };
    lossOf(leaf.features, leaf.weight).backward();

    const slope = (target: Tensor, index: number, evaluate: () => number) => {
      const flat = target.reshape(target.size).narrow(0, index, 1);
      const step = 1e-6;
      const original = flat.item();
      flat.fill(original + step);
      const above = evaluate();
      flat.fill(original - step);
      const below = evaluate();
      flat.fill(original);
      return (above - below) / (2 * step);
    };
    const evaluate = () => scope(() => lossOf(features, headWeight).item());
    const analytic = leaf.features.grad!.values();
    for (let index = 0; index < features.size; index += 7) {
      expect(slope(features, index, evaluate)).toBeCloseTo(analytic[index], 7);
    }
    if (camWeights === "attached") {
      const weightGradient = leaf.weight.grad!.values();
      for (let index = 0; index < headWeight.size; index++) {
        expect(slope(headWeight, index, evaluate)).toBeCloseTo(weightGradient[index], 7);
      }
    } else {
      // Detached, the head learns from cross-entropy alone.
      const plain = headWeight.clone().setRequiresGrad();
      const logits = features.mean([2, 3]).matmul(plain.permute(1, 0));
      compute(
        { ...options, blend: { alpha: 0.5 } },
        { features, headWeight: plain.detach(), logits, labels, maps, weights },
      ).loss.backward();
      plain.grad!.values().forEach((value, index) => {
        expect(leaf.weight.grad!.values()[index]).toBeCloseTo(value, 12);
      });
    }
  });
});
