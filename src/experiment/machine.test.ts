import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { secondsTogether } from "./estimate.ts";
import { shareOut } from "./machine.ts";

const gigabyte = 1e9;
const machine = { cores: 8, memory: 64 * gigabyte, cudaDevices: 0 };
const many = { runs: 40, memoryEach: gigabyte, device: "auto" };

describe("shareOut", () => {
  test("one thread a run while there are runs and memory for every core", () => {
    expect(shareOut(machine, many)).toEqual(Array(8).fill({ threads: 1, device: "cpu" }));
  });
  test("fewer runs, or less memory, and each gets more threads", () => {
    expect(shareOut(machine, { ...many, runs: 3 })).toEqual(Array(3).fill({ threads: 2, device: "cpu" }));
    expect(shareOut(machine, { ...many, memoryEach: 20 * gigabyte })).toEqual(
      Array(2).fill({ threads: 4, device: "cpu" }),
    );
    expect(shareOut(machine, { ...many, memoryEach: 99 * gigabyte })).toEqual([{ threads: 8, device: "cpu" }]);
  });
  test("what a person asks for is taken, unless the machine has not got it", () => {
    expect(shareOut(machine, { ...many, atOnce: 2 })).toEqual(Array(2).fill({ threads: 4, device: "cpu" }));
    expect(shareOut(machine, { ...many, threads: 3 })).toEqual(Array(2).fill({ threads: 3, device: "cpu" }));
    expect(() => shareOut(machine, { ...many, atOnce: 4, threads: 3 })).toThrow(
      /--at-once 4 with --threads 3 takes 12 cores, and there are 8/,
    );
    expect(() => shareOut(machine, { ...many, threads: 9 })).toThrow(
      /--threads: 9 is more than this machine's 8 cores/,
    );
    expect(() => shareOut(machine, { ...many, device: "cuda:0" })).toThrow(
      /--device: cuda:0 is not there; there are auto, cpu/,
    );
  });
  test("one run on each GPU, or several in turn", () => {
    const gpus = { ...machine, cudaDevices: 2 };
    const devices = (more: object) => shareOut(gpus, { ...many, ...more }).map(({ device }) => device);
    expect(shareOut(gpus, many)).toEqual([
      { threads: 4, device: "cuda:0" },
      { threads: 4, device: "cuda:1" },
    ]);
    expect(devices({ atOnce: 4 })).toEqual(["cuda:0", "cuda:1", "cuda:0", "cuda:1"]);
    expect(devices({ device: "cuda:1" })).toEqual(["cuda:1"]);
    expect(devices({ device: "cpu" })).toEqual(Array(8).fill("cpu"));
  });
  test("never more threads than cores, never fewer than one place", () => {
    const any = fc.record({
      machine: fc.record({
        cores: fc.integer({ min: 1, max: 256 }),
        memory: fc.integer({ min: 0, max: 1e12 }),
        cudaDevices: fc.integer({ min: 0, max: 16 }),
      }),
      runs: fc.integer({ min: 1, max: 1000 }),
      memoryEach: fc.integer({ min: 1e6, max: 1e11 }),
      atOnce: fc.option(fc.integer({ min: 1, max: 300 }), { nil: undefined }),
      threads: fc.option(fc.integer({ min: 1, max: 300 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(any, ({ machine, ...asked }) => {
        const { cores } = machine;
        const { atOnce = 1, threads = 1 } = asked;
        fc.pre(atOnce * threads <= cores);
        const slots = shareOut(machine, { ...asked, device: "auto" });
        expect(slots.length).toBeGreaterThan(0);
        expect(slots.length).toBeLessThanOrEqual(asked.runs);
        expect(slots.reduce((sum, slot) => sum + slot.threads, 0)).toBeLessThanOrEqual(cores);
      }),
    );
  });
});

test("the time of all: the next run goes where it is free first", () => {
  expect(secondsTogether([3, 3, 3], 1)).toBe(9);
  expect(secondsTogether([3, 3, 3], 2)).toBe(6);
  expect(secondsTogether([5, 1, 1, 1], 2)).toBe(5);
  expect(secondsTogether([], 2)).toBe(0);
});
