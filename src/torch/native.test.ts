/** What the addon says to misuse: an error that names operator and place, never the end of the process. */
import { once } from "node:events";
import { PerformanceObserver } from "node:perf_hooks";
import { setImmediate, setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { type NativeTensor, type NativeTorch, type NativeValue, native } from "./native.ts";

const float32 = 6;
const int64 = 4;

function floats(values: number[], shape = [values.length]): NativeTensor {
  return native.fromBytes(new Uint8Array(Float32Array.from(values).buffer), shape, float32);
}

function integers(values: bigint[]): NativeTensor {
  return native.fromBytes(new Uint8Array(BigInt64Array.from(values).buffer), [values.length], int64);
}

const readFloats = (tensor: NativeTensor) => Array.from(new Float32Array(native.toBytes(tensor)));
const call = (name: string, overload: string, ...args: NativeValue[]) => native.call(name, overload, args, true);

/** Calls with what the types forbid. */
const misuse = native as unknown as { [Name in keyof NativeTorch]-?: (...args: unknown[]) => unknown };

function thrownBy(body: () => unknown): Error {
  try {
    body();
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

describe("arguments of operators", () => {
  const vector = floats([1, 2]);

  test.each<[string, string, unknown[], RegExp]>([
    ["aten::relu", "", ["text"], /^aten::relu: argument self: expected a tensor, was given a string$/],
    ["aten::relu", "", [{}], /argument self: expected a tensor, was given an object/],
    ["aten::relu", "", [null], /argument self: expected a tensor, was given null/],
    ["aten::relu", "", [], /argument self: expected a tensor, was given undefined/],
    ["aten::relu", "", [[vector]], /argument self: expected a tensor, was given an array/],
    ["aten::relu", "", [vector, 1], /^aten::relu: takes at most 1 arguments, was given 2$/],
    ["aten::add", "Scalar", [vector, 1n], /argument other: expected a number, was given a bigint/],
    ["aten::add", "Scalar", [vector, vector], /argument other: expected a number, was given a tensor/],
    ["aten::select", "int", [vector, 0, "1"], /argument index: expected a whole number, was given a string/],
    ["aten::select", "int", [vector, 0, 0.5], /argument index: expected a whole number, was given 0.5/],
    ["aten::select", "int", [vector, 0, Number.NaN], /argument index: expected a whole number, was given NaN/],
    ["aten::select", "int", [vector, 0, 2 ** 63], /argument index: expected a whole number, was given 9223/],
    ["aten::sum", "dim_IntList", [vector, [0, true]], /argument dim: item 1: expected a whole number, was given true/],
    ["aten::sum", "dim_IntList", [vector, [0], 1], /argument keepdim: expected true or false, was given 1/],
    ["aten::reshape", "", [vector, { length: 1, 0: 2 }], /argument shape: expected an array, was given an object/],
    ["aten::dropout", "", [vector, "half", true], /argument p: expected a number, was given a string/],
    ["aten::cat", "", [[vector, 3]], /argument tensors: item 1: expected a tensor, was given 3/],
    ["aten::zeros", "", [[2], float32, null, 0], /argument device: expected a string, was given 0/],
    ["aten::zeros", "", [[2], 999], /argument dtype: there is no scalar type 999/],
    ["aten::zeros", "", [[2], -1], /argument dtype: there is no scalar type -1/],
    ["aten::clone", "", [vector, 77], /argument memory_format: there is no memory format 77/],
  ])("%s.%s refuses what it does not take (%#)", (name, overload, args, message) => {
    const error = thrownBy(() => misuse.call(name, overload, args, true));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(message);
  });

  test("call itself is strict", () => {
    expect(thrownBy(() => misuse.call(Symbol("relu"), "", [], true)).message).toMatch(/^call: expected a string/);
    expect(thrownBy(() => misuse.call("aten::relu", 1, [], true)).message).toMatch(/^aten::relu: expected a string/);
    expect(thrownBy(() => misuse.call("aten::relu", "", vector, true)).message).toMatch(/expected an array/);
    expect(thrownBy(() => misuse.call("aten::relu", "", [vector])).message).toMatch(/takes 4 arguments, was given 3/);
  });

  test("what a getter throws comes through as it is", () => {
    const args = Object.defineProperty([vector], 0, {
      get() {
        throw new RangeError("from the getter");
      },
    });
    expect(thrownBy(() => misuse.call("aten::relu", "", args, true))).toEqual(new RangeError("from the getter"));
  });

  test("a tensor that a getter disposes of midway is refused, not read", () => {
    const tensor = floats([1]);
    const args = Object.defineProperty([tensor, 0], 1, {
      get() {
        native.release(tensor);
        return tensor;
      },
    });
    expect(() => misuse.call("aten::add", "Tensor", args, true)).toThrow(
      /argument other: this tensor has been disposed/,
    );
  });

  test("kept as they are: 64-bit integers, negative zero, infinities", () => {
    const large = 2 ** 53 - 1;
    const sum = call("aten::add", "Scalar", integers([0n]), large) as NativeTensor;
    expect(new BigInt64Array(native.toBytes(sum))).toEqual(BigInt64Array.of(BigInt(large)));
    for (const value of [-0, Number.POSITIVE_INFINITY, 1e300]) {
      const filled = call("aten::full", "", [1], value, 7) as NativeTensor;
      expect(new Float64Array(native.toBytes(filled))[0]).toBe(value);
    }
  });

  test("an integer that no JavaScript number holds is an error, not another integer", () => {
    const read = (value: bigint) => call("aten::_local_scalar_dense", "", integers([value]));
    expect(read(-(2n ** 53n - 1n))).toBe(1 - 2 ** 53);
    expect(() => read(2n ** 53n + 1n)).toThrow(/_local_scalar_dense: the result 9007199254740993 is beyond/);
  });

  test("one number stands for a pair only where the schema says so", () => {
    const image = floats([1, 2, 3, 4], [1, 1, 2, 2]);
    const pooled = call("aten::avg_pool2d", "", image, 2) as NativeTensor;
    expect(readFloats(pooled)).toEqual([2.5]);
    expect(() => call("aten::reshape", "", image, 4)).toThrow(/argument shape: expected an array, was given 4/);
  });

  test("any mixture of values is answered or refused with one line that names the operator", () => {
    const value: fc.Arbitrary<unknown> = fc.oneof(
      fc.constantFrom(vector, null, undefined, "cpu", true, {}, Symbol.iterator, 3n, Number.NaN, -0),
      fc.integer({ min: -3, max: 20 }),
      fc.double(),
      fc.array(fc.oneof(fc.integer({ min: -2, max: 6 }), fc.constant(vector), fc.constant(null)), { maxLength: 4 }),
    );
    const operators = fc.constantFrom(
      ["aten::add", "Tensor"],
      ["aten::sum", "dim_IntList"],
      ["aten::cat", ""],
      ["aten::conv2d", ""],
      ["aten::zeros", ""],
      ["aten::index", "Tensor"],
      ["aten::max_pool2d", ""],
      ["aten::clamp", ""],
    );
    fc.assert(
      fc.property(operators, fc.array(value, { maxLength: 8 }), ([name, overload], args) => {
        try {
          misuse.call(name, overload, args, true);
        } catch (error) {
          expect((error as Error).message).toMatch(new RegExp(`^${name}: [^\\n]+$`));
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("failures of operators", () => {
  test("an operator or overload that is not there", () => {
    expect(() => call("aten::no_such", "")).toThrow(/^aten::no_such: libtorch [\d.]+ has no such operator$/);
    expect(() => call("aten::add", "Nope")).toThrow(/^aten::add: .* with the overload Nope$/);
    expect(() => call("", "")).toThrow(/has no such operator/);
  });

  test("the shapes that do not fit are named", () => {
    const [wide, tall] = [floats(Array(6).fill(1), [2, 3]), floats(Array(8).fill(1), [4, 2])];
    expect(() => call("aten::mm", "", wide, tall)).toThrow(
      /^aten::mm: .*\[given self=Float\[2, 3\], mat2=Float\[4, 2\]\]$/,
    );
    expect(() => call("aten::cat", "", [wide, tall], 0)).toThrow(/tensors=\[Float\[2, 3\], Float\[4, 2\]\], dim=0\]$/);
  });

  test("values and long lists are not spelt out", () => {
    const { message } = thrownBy(() =>
      call("aten::cat", "", [...Array(100).fill(floats([1])), floats([1, 2], [1, 2])]),
    );
    expect(message).toMatch(/Float\[1\], … 101 in all\]/);
    const indexing = thrownBy(() => call("aten::index", "Tensor", floats([5.5]), [null, integers([3n])]));
    expect(indexing.message).toMatch(/indices=\[None, Long\[1\]\]\]$/);
  });

  test("more memory than there is", () => {
    const { message } = thrownBy(() => call("aten::zeros", "", [2 ** 42], float32));
    expect(message).toMatch(/^aten::zeros: .*allocate.*\[given size=\[4398046511104\], dtype=6/);
    expect(() => native.fromBytes(new Uint8Array(4), [2 ** 31, 2 ** 31, 2 ** 31], float32)).toThrow(
      /^fromBytes: .*size/,
    );
    const huge = call("aten::expand", "", floats([1]), [2 ** 40]) as NativeTensor;
    expect(() => native.toBytes(huge)).toThrow(/^toBytes: Float\[1099511627776\] does not fit into one buffer/);
  });

  test("an operator that its device lacks: one paragraph, without libtorch's table of kernels", () => {
    const sparse = call("aten::to_sparse", "", floats([0, 1])) as NativeTensor;
    const { message } = thrownBy(() => call("aten::conv2d", "", sparse, floats([1], [1, 1, 1, 1])));
    expect(message).not.toMatch(/\n/);
    expect(message.length).toBeLessThan(2000);
  });

  test("a failure leaves nothing behind", () => {
    const vector = floats([1, 2]);
    const before = native.liveTensorCount();
    for (let i = 0; i < 20; ++i) expect(() => call("aten::mm", "", vector, vector)).toThrow();
    // Fewer when the collector has come by.
    expect(native.liveTensorCount()).toBeLessThanOrEqual(before);
  });
});

describe("tensors that are disposed of", () => {
  const gone = floats([1, 2]);
  native.release(gone);

  test("every use says so", () => {
    const uses: (() => unknown)[] = [
      () => native.toBytes(gone),
      () => native.meta(gone),
      () => native.backward(gone, false),
      () => native.requiresGrad(gone),
      () => native.setRequiresGrad(gone, true),
      () => native.gradients([gone]),
      () => native.clearGradients([gone]),
      () => native.setRandomState("cpu", gone),
      () => call("aten::relu", "", gone),
      () => call("aten::cat", "", [gone]),
      () => call("aten::index", "Tensor", floats([1]), [gone]),
    ];
    for (const use of uses) expect(use).toThrow(/this tensor has been disposed of$/);
  });

  test("disposing again is harmless and counted once", () => {
    const before = native.liveTensorCount();
    native.release(gone);
    expect(native.isReleased(gone)).toBe(true);
    expect(native.liveTensorCount()).toBe(before);
  });

  test("a view and a graph outlive the tensor that they come from", () => {
    const leaf = floats([1, 2, 3]);
    native.setRequiresGrad(leaf, true);
    const squared = call("aten::mul", "Tensor", leaf, leaf) as NativeTensor;
    const sum = call("aten::sum", "", squared) as NativeTensor;
    const view = call("aten::narrow", "", squared, 0, 1, 2) as NativeTensor;
    native.release(squared);
    native.backward(sum, false);
    expect(readFloats(view)).toEqual([4, 9]);
    expect(readFloats(native.gradients([leaf])[0]!)).toEqual([2, 4, 6]);
  });
});

describe("what is no operator", () => {
  afterEach(() => {
    native.setAutocast("cpu", false, 15);
    native.setGradMode(true);
  });

  test.each<[keyof NativeTorch, unknown[], RegExp]>([
    ["fromBytes", [], /takes 3 arguments, was given 0/],
    ["fromBytes", [[1, 2], [2], 0], /expected a Uint8Array, was given an array/],
    ["fromBytes", [new Float32Array(1), [1], float32], /expected a Uint8Array/],
    ["fromBytes", [new Uint8Array(2), 2, 0], /expected an array, was given 2/],
    ["fromBytes", [new Uint8Array(2), ["2"], 0], /expected a whole number, was given a string/],
    ["fromBytes", [new Uint8Array(2), [1.5], 0], /expected a whole number, was given 1.5/],
    ["fromBytes", [new Uint8Array(2), [2], 999], /there is no scalar type 999/],
    ["fromBytes", [new Uint8Array(2), [2], -1], /there is no scalar type -1/],
    ["toBytes", [{}], /expected a tensor, was given an object/],
    ["meta", ["x"], /expected a tensor, was given a string/],
    ["release", [7], /expected a tensor, was given 7/],
    ["isReleased", [null], /expected a tensor, was given null/],
    ["backward", [], /takes 2 arguments, was given 0/],
    ["setRequiresGrad", [floats([1]), "yes"], /expected true or false, was given a string/],
    ["requiresGrad", [undefined], /expected a tensor, was given undefined/],
    ["gradients", [floats([1])], /expected an array, was given a tensor/],
    ["gradients", [[1]], /expected a tensor, was given 1/],
    ["clearGradients", ["all"], /expected an array, was given a string/],
    ["setGradMode", [0], /expected true or false, was given 0/],
    ["setAutocast", ["cpu", true, 999], /there is no scalar type 999/],
    ["setAutocast", [0, true, 15], /expected a string, was given 0/],
    ["setThreads", [0], /expected a whole number from 1 to 1024, was given 0/],
    ["setThreads", [1e9], /expected a whole number from 1 to 1024/],
    ["setThreads", ["2"], /expected a whole number, was given a string/],
    ["seed", [-1], /expected a whole number from 0 to 9007199254740991, was given -1/],
    ["seed", [0.5], /expected a whole number, was given 0.5/],
    ["seed", [2 ** 53], /expected a whole number, was given 9007199254740992/],
    ["seed", ["1"], /expected a whole number, was given a string/],
    ["configureCuda", [true, "no"], /expected true or false, was given a string/],
    ["info", [1], /takes 0 arguments, was given 1/],
    ["openFileStore", [7, 2], /expected a string, was given 7/],
    ["openFileStore", ["store", 0], /expected a whole number from 1 to 65536, was given 0/],
    ["openTcpStore", ["127.0.0.1", 70000, true, 1000], /expected a whole number from 1 to 65535/],
    ["storeGet", [floats([1]), "key"], /expected a store, was given a tensor/],
    ["allReduce", ["group", floats([1])], /expected a process group, was given a string/],
    ["backwardTogether", [floats([1]), floats([1]), [], 1], /expected a process group, was given a tensor/],
  ])("%s refuses what it does not take (%#)", (name, args, message) => {
    const error = thrownBy(() => misuse[name](...args));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message.startsWith(`${name}: `)).toBe(true);
    expect(error.message).toMatch(message);
  });

  test.each<[string, () => unknown, RegExp]>([
    ["bytes of another number", () => native.fromBytes(new Uint8Array(3), [2], 0), /needs 2 bytes, was given 3/],
    ["a negative length", () => native.fromBytes(new Uint8Array(0), [-1], 0), /negative dimension -1/],
    [
      "a graph from many values",
      () => native.backward(floats([1, 2]), false),
      /^backward: needs .* one value.*Float\[2\]/,
    ],
    ["no graph", () => native.backward(floats([1]), false), /^backward: .*does not require grad/],
    ["gradients of integers", () => native.setRequiresGrad(integers([1n]), true), /^setRequiresGrad: .*floating point/],
    ["a device that is none", () => native.randomState("gpu0"), /^randomState: .*gpu0/],
    ["autocast where there is none", () => native.setAutocast("meta", true, 15), /^setAutocast: there is no autocast/],
    ["a random state that is none", () => native.setRandomState("cpu", floats([1])), /^setRandomState: /],
  ])("%s", (_, body, message) => {
    const error = thrownBy(body);
    expect(error.message).toMatch(message);
    expect(error.message).not.toMatch(/\n/);
  });

  test("what is refused changes nothing", () => {
    expect(() => misuse.setAutocast("cpu", true, 999)).toThrow();
    expect(native.setAutocast("cpu", false, 15)).toBe(false);
    expect(() => misuse.setGradMode("off")).toThrow();
    expect(native.setGradMode(true)).toBe(true);
    const { threads } = native.info();
    expect(() => native.setThreads(0)).toThrow();
    expect(native.info().threads).toBe(threads);
  });

  test("empty tensors and scalars go in and out", () => {
    expect(native.toBytes(native.fromBytes(new Uint8Array(0), [0, 3], float32)).byteLength).toBe(0);
    const scalar = native.fromBytes(new Uint8Array(Float32Array.of(7).buffer), [], float32);
    expect(native.meta(scalar)).toEqual({ shape: [], dtype: float32, device: "cpu" });
    expect(readFloats(scalar)).toEqual([7]);
  });

  test("a part of a larger buffer, and the copy is a copy", () => {
    const bytes = new Uint8Array(Float32Array.of(1, 2, 3).buffer, 4, 4);
    const tensor = native.fromBytes(bytes, [1], float32);
    bytes.fill(255);
    new Float32Array(native.toBytes(tensor)).fill(9);
    expect(readFloats(tensor)).toEqual([2]);
  });

  test("equal seeds give equal numbers up to the largest whole number, and a state can be returned to", () => {
    const draw = (seed: number) => {
      native.seed(seed);
      return readFloats(call("aten::rand", "", [3], float32) as NativeTensor);
    };
    expect(draw(Number.MAX_SAFE_INTEGER)).toEqual(draw(Number.MAX_SAFE_INTEGER));
    expect(draw(Number.MAX_SAFE_INTEGER)).not.toEqual(draw(Number.MAX_SAFE_INTEGER - 1));
    const state = native.randomState("cpu");
    const first = readFloats(call("aten::rand", "", [3], float32) as NativeTensor);
    native.setRandomState("cpu", state);
    expect(readFloats(call("aten::rand", "", [3], float32) as NativeTensor)).toEqual(first);
  });
});

test("the collector frees what nothing refers to, between turns of the event loop", async () => {
  const before = native.liveTensorCount();
  let most = 0;
  for (let i = 0; i < 400; ++i) {
    call("aten::zeros", "", [2 ** 21], 0);
    most = Math.max(most, native.liveTensorCount() - before);
    if (i % 10 === 0) await setImmediate();
  }
  expect(most).toBeLessThan(200);
});

test("views do not drive the collector by the memory that they only seem to hold", async () => {
  let collections = 0;
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().length;
  });
  observer.observe({ entryTypes: ["gc"] });
  const one = floats([1]);
  for (let i = 0; i < 100; ++i) native.release(call("aten::expand", "", one, [2 ** 40]) as NativeTensor);
  await setTimeout(50); // observers are told late
  observer.disconnect();
  expect(collections).toBeLessThan(50);
});

test("a worker loads the addon too, and ends with tensors alive", async () => {
  const code = `
    const { parentPort, workerData } = require("node:worker_threads");
    const native = require(workerData);
    globalThis.kept = Array.from({ length: 1000 }, () => native.call("aten::ones", "", [[10]], true));
    native.setGradMode(false);
    parentPort.postMessage("ready");
    setInterval(() => {}, 1000);`;
  const addon = fileURLToPath(new URL("../../native/build/torch.node", import.meta.url));
  const worker = new Worker(code, { eval: true, workerData: addon });
  await once(worker, "message");
  // The count is the whole process's, and the collector may free some of the tests' own meanwhile.
  const during = native.liveTensorCount();
  await worker.terminate();
  expect(during - native.liveTensorCount()).toBeGreaterThanOrEqual(1000);
  expect(native.setGradMode(true)).toBe(true);
});
