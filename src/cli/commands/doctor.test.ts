import { expect, test } from "vitest";
import { type Findings, formatFindings } from "./doctor.ts";

const healthy: Findings = {
  oversight: "0.1.0",
  node: "20.20.2",
  platform: "linux 6.1.0 x86_64",
  cpu: { model: "A Processor", cores: 2, fastBfloat16: true },
  memory: { total: 2 ** 34, free: 2 ** 33 },
  libtorch: {
    version: "2.13.0",
    folder: "/opt/torch/lib",
    cpuCapability: "AVX512",
    threads: 2,
    cudaDevices: 1,
    collectives: ["Gloo", "NCCL"],
  },
  sharp: { version: "0.35.5", libvips: "8.18.7" },
  cacheFolder: "/home/someone/.cache/oversight",
  problems: [],
};

test("every finding has its line", () => {
  expect(formatFindings(healthy)).toBe(
    [
      "Oversight       0.1.0",
      "Node.js         20.20.2",
      "platform        linux 6.1.0 x86_64",
      "processor       A Processor, 2 cores",
      "bfloat16        fast on this processor",
      "memory          16.0 GiB, 8.0 GiB free",
      "libtorch        2.13.0 in /opt/torch/lib",
      "CPU capability  AVX512",
      "threads         2 by libtorch's own choice; training takes one a core unless told",
      "CUDA devices    1",
      "processes       several may share a run, on the CPU (Gloo) or on GPUs (NCCL)",
      "sharp           0.35.5 (libvips 8.18.7)",
      "cache folder    /home/someone/.cache/oversight",
      "",
    ].join("\n"),
  );
});

test.each([
  [["Gloo"], "several may share a run, on the CPU (Gloo)"],
  [[], "one a run: this libtorch has no Gloo"],
])("processes that may share a run, with %j", (collectives, words) => {
  const text = formatFindings({ ...healthy, libtorch: { ...healthy.libtorch!, collectives } });
  expect(text.split("\n")).toContain(`processes       ${words}`);
});

test("what is missing is named, with a word on why", () => {
  const text = formatFindings({ ...healthy, libtorch: null, problems: ["libtorch: the native addon is not built"] });
  expect(text).toMatch(/^libtorch {6}missing$/m);
  expect(text).toMatch(/\nproblem: libtorch: the native addon is not built\n$/);
  expect(text).not.toContain("CUDA");
});
