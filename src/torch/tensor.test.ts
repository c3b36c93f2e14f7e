import { describe, expect, test } from "vitest";
import { indices, ones, rand, tensor, zeros } from "./create.ts";
import { averagePool2d, conv2d, crossEntropy, maxPool2d, resizeBilinear } from "./functional.ts";
import { autocast, liveTensorCount, manualSeed, noGrad, randomState, setRandomState } from "./modes.ts";
import { chain, keep, scope } from "./scope.ts";

describe("tensors", () => {
  test("carry values, shapes and types in and out", () => {
    const given = tensor(Int32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
    expect(given.shape).toEqual([2, 3]);
    expect(given.dtype).toBe("int32");
    expect(given.permute(1, 0).values()).toEqual([1, 4, 2, 5, 3, 6]);
    expect(given.to("float64").div(4).float64()).toEqual(Float64Array.of(0.25, 0.5, 0.75, 1, 1.25, 1.5));
    expect(indices([7]).dtype).toBe("int64");
  });
  test("refuse data that does not fill the shape, and say so", () => {
    expect(() => tensor([1, 2, 3], [2, 2])).toThrow(/2, 2.*16 bytes.*12/);
  });
  test("name the operator and the shapes when libtorch refuses", () => {
    expect(() => zeros([2, 3]).matmul(zeros([2, 3]))).toThrow(/matmul.*2, 3/s);
    expect(() => crossEntropy(zeros([2, 3]), indices([0, 9]))).toThrow(/cross_entropy_loss.*9/s);
  });
  test("cannot be used after they were disposed of", () => {
    const gone = ones([1]);
    gone.dispose();
    gone.dispose();
    expect(() => gone.add(1)).toThrow(/disposed/);
  });
});

describe("autograd", () => {
  test("differentiates, accumulates, and keeps still in noGrad", () => {
    const x = tensor([2, 3]).setRequiresGrad();
    x.square().sum().backward();
    x.square().sum().backward();
    expect(x.grad!.values()).toEqual([8, 12]);
    expect(noGrad(() => x.mul(2)).requiresGrad).toBe(false);
    expect(x.detach().requiresGrad).toBe(false);
  });
  test("autocast computes convolutions in bfloat16, and is off again after an error", () => {
    const [input, weight] = [rand([1, 3, 8, 8]), rand([4, 3, 3, 3])];
    expect(autocast("cpu", "bfloat16", () => conv2d(input, weight, null)).dtype).toBe("bfloat16");
    expect(() =>
      autocast("cpu", "bfloat16", () => {
        throw new Error("x");
      }),
    ).toThrow("x");
    expect(conv2d(input, weight, null).dtype).toBe("float32");
  });
});

describe("scope", () => {
  test("frees what was made inside, except what is returned or kept", () => {
    const before = liveTensorCount();
    let kept: ReturnType<typeof ones> | undefined;
    const { a, list } = scope(() => {
      const made = ones([3]);
      kept = keep(made.add(1));
      return { a: made.mul(2), list: [made.mul(3)] };
    });
    expect(liveTensorCount()).toBe(before + 3);
    expect([a, list[0], kept!].map((value) => value.values()[0])).toEqual([2, 3, 2]);
    for (const value of [a, list[0], kept!]) value.dispose();
    expect(liveTensorCount()).toBe(before);
  });
  test("hands returned tensors to the enclosing scope", () => {
    const before = liveTensorCount();
    scope(() => {
      scope(() => ones([1]));
      return undefined;
    });
    expect(liveTensorCount()).toBe(before);
  });
  test("frees also when the body throws", () => {
    const before = liveTensorCount();
    expect(() =>
      scope(() => {
        ones([1]);
        throw new Error("x");
      }),
    ).toThrow("x");
    expect(liveTensorCount()).toBe(before);
  });
  test("does not disturb a graph that is yet to be walked backward", () => {
    const x = tensor([3]).setRequiresGrad();
    scope(() => scope(() => x.square().mul(x))).backward();
    expect(x.grad!.item()).toBe(27);
  });
  test("refuses asynchronous bodies", () => {
    expect(() => scope(async () => ones([1]))).toThrow(/asynchronous/);
  });
  test("chain frees what one step hands to the next, never its input", () => {
    const input = ones([1]);
    const before = liveTensorCount();
    const result = chain(input, [(x) => x.add(1), (x) => x.mul(5), (x) => x.reluInPlace()]);
    expect(result.item()).toBe(10);
    expect(input.item()).toBe(1);
    expect(liveTensorCount()).toBe(before + 1);
  });
});

describe("random state", () => {
  test("is saved and put back", () => {
    manualSeed(1);
    const state = randomState();
    const first = rand([4]).values();
    setRandomState(state);
    expect(rand([4]).values()).toEqual(first);
  });
});

describe("operations of networks", () => {
  test("grouped convolution", () => {
    const input = tensor([1, 2, 10, 20], [1, 2, 1, 2]);
    const weight = tensor([2, 3], [2, 1, 1, 1]);
    expect(conv2d(input, weight, null, { groups: 2 }).values()).toEqual([2, 4, 30, 60]);
  });
  test("pooling", () => {
    const input = tensor([1, 2, 3, 4], [1, 1, 2, 2]);
    expect(maxPool2d(input, 2).values()).toEqual([4]);
    expect(averagePool2d(input, 2).values()).toEqual([2.5]);
  });
  test("antialiased resizing averages what it shrinks", () => {
    const input = tensor([0, 0, 1, 1, 0, 0, 1, 1], [1, 1, 2, 4]);
    expect(resizeBilinear(input, 2, 4).values()).toEqual(input.values());
    expect(resizeBilinear(input, 1, 2).values()[0]).toBeCloseTo(1 / 7, 6);
  });
});
