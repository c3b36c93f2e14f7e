import { describe, expect, test } from "vitest";
import { chooseDevice, chooseOwnDevice } from "./device.ts";

test.each([
  ["auto", 0, "cpu"],
  ["auto", 2, "cuda:0"],
  ["cpu", 2, "cpu"],
  ["cuda", 2, "cuda:0"],
  ["cuda:1", 2, "cuda:1"],
])("%s, where libtorch sees %i GPUs, is %s", (asked, gpus, device) => {
  expect(chooseDevice(asked, gpus)).toBe(device);
});

test.each(["cuda", "cuda:1"])("%s is refused where it is not there", (asked) => {
  expect(() => chooseDevice(asked, asked === "cuda" ? 0 : 1)).toThrow(`device: ${asked} is not there`);
});

describe("one of several processes", () => {
  const devices = (asked: string, gpus: number) =>
    [0, 1].map((local) => chooseOwnDevice(asked, { total: 4, here: 2, local }, gpus));

  test.each([
    ["auto", 0, ["cpu", "cpu"]],
    ["cpu", 2, ["cpu", "cpu"]],
    ["auto", 3, ["cuda:0", "cuda:1"]],
    ["cuda", 2, ["cuda:0", "cuda:1"]],
  ])("asked for %s, where libtorch sees %i GPUs", (asked, gpus, expected) => {
    expect(devices(asked, gpus)).toEqual(expected);
  });

  test("no two have one GPU", () => {
    expect(() => devices("auto", 1)).toThrow("device: 2 processes take a GPU each, and libtorch sees 1");
    expect(() => devices("cuda:1", 2)).toThrow("device: each of several processes takes a GPU of its own");
  });
});
