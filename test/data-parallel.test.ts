/** One run by several processes: the same numbers as by one, and what happens when one of them dies. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { randomStream } from "../src/base/random.ts";
import { torchInfo } from "../src/torch/modes.ts";
import { readMetrics } from "../src/training/metrics.ts";
import { makeData, oversight, type Running, start, temporaryFolder } from "./cli/command.ts";

const root = temporaryFolder();
const inRoot = (name: string) => join(root, name);
const script = fileURLToPath(new URL("data-parallel/process.mjs", import.meta.url));

type Kind = "cpu" | "cuda";

/** Lets `size` processes do the jobs together, each on the CPU or on a GPU of its own. @returns what each made of each */
function together(kind: Kind, size: number, tasks: readonly Record<string, unknown>[]): Promise<unknown[][]> {
  const place = { size, kind, store: inRoot(`store-${kind}-${size}`) };
  const one = (rank: number) =>
    new Promise<unknown[]>((resolve, reject) => {
      const child = spawn(process.execPath, [script, JSON.stringify({ rank, ...place })], { stdio: "pipe" });
      child.stdin.end(JSON.stringify(tasks));
      let [output, errors] = ["", ""];
      child.stdout.on("data", (chunk) => {
        output += chunk;
      });
      child.stderr.on("data", (chunk) => {
        errors += chunk;
      });
      child.on("close", (code) => (code === 0 ? resolve(JSON.parse(output)) : reject(new Error(errors))));
    });
  return Promise.all(Array.from({ length: size }, (_, rank) => one(rank)));
}

function addUp(vectors: number[][]): number[] {
  return vectors[0].map((_, place) => vectors.reduce((sum, vector) => sum + vector[place], 0));
}

function largestDifference(a: readonly number[], b: readonly number[]): number {
  expect(a).toHaveLength(b.length);
  return Math.max(...a.map((value, index) => Math.abs(value - b[index])));
}

describe("two and three processes", () => {
  const random = randomStream(2, "batch norm");
  const planes = (rows: number, mean: number) =>
    Array.from({ length: rows }, () =>
      Array.from({ length: 3 }, (_, channel) =>
        Array.from({ length: 2 }, () => Array.from({ length: 5 }, () => mean * channel + random.normal())),
      ),
    );
  const batchNorm = (rows: number, mean: number, channelsLast: boolean, dtype: string, tolerance: number) => ({
    ...{ job: "batchNorm", x: planes(rows, mean), upstream: planes(rows, 1), channelsLast, dtype, tolerance },
  });
  // Three processes have two rows to share once: one of them is idle.
  const norms = [
    batchNorm(5, 10, false, "float64", 1e-11),
    batchNorm(5, 10, true, "float64", 1e-11),
    batchNorm(2, 10, true, "float64", 1e-11),
    batchNorm(6, 10, true, "float32", 1e-4),
    batchNorm(6, 1, true, "bfloat16", 0.05),
  ];
  const dropouts = [9, 2].map((rows) => ({ job: "dropout", rows }));
  const tasks = [...norms, ...dropouts, { job: "backward" }, { job: "train", steps: 100 }];
  const { cudaDevices, collectives } = torchInfo();
  const lacking = cudaDevices < 2 ? "two GPUs" : "NCCL";
  const served = (kind: Kind) => kind === "cpu" || (cudaDevices >= 2 && collectives.includes("NCCL"));
  const groups: { kind: Kind; size: number }[] = [
    { kind: "cpu", size: 2 },
    { kind: "cpu", size: 3 },
    { kind: "cuda", size: 2 },
  ];

  /** What one process made of each task. */
  const alone = new Map<Kind, unknown[]>();

  describe.each(groups)("$size on $kind", ({ kind, size }) => {
    /** What each of several did. */
    let made: unknown[][];
    const outcomes = <T>(task: number) => ({
      whole: alone.get(kind)![task] as T,
      parts: made.map((outcome) => outcome[task] as T),
    });

    beforeAll(async () => {
      if (!served(kind)) return;
      if (!alone.has(kind)) alone.set(kind, (await together(kind, 1, tasks))[0]);
      made = await together(kind, size, tasks);
    });
    beforeEach((context) => {
      context.skip(!served(kind), `needs ${lacking}`);
    });

    test.each(
      norms.map(({ x, dtype, channelsLast, tolerance }, task) => ({
        rows: x.length,
        dtype,
        channelsLast,
        tolerance,
        task,
      })),
    )("batch norm over a batch of $rows, $dtype, channels last: $channelsLast", ({ task, tolerance }) => {
      type Normed = Record<"output" | "input" | "weight" | "bias" | "runningMean" | "runningVar", number[]>;
      const { whole, parts } = outcomes<Normed>(task);
      for (const name of ["output", "input"] as const) {
        const joined = parts.flatMap((part) => part[name]);
        expect(largestDifference(joined, whole[name]), name).toBeLessThan(tolerance);
      }
      for (const name of ["weight", "bias"] as const) {
        const summed = addUp(parts.map((part) => part[name]));
        expect(largestDifference(summed, whole[name]), name).toBeLessThan(tolerance * 10);
      }
      for (const name of ["runningMean", "runningVar"] as const) {
        for (const part of parts) expect(part[name]).toEqual(parts[0][name]);
        expect(largestDifference(parts[0][name], whole[name]), name).toBeLessThan(tolerance);
      }
    });

    // On a GPU one process draws by another algorithm of libtorch's.
    if (kind === "cpu")
      test.each(dropouts.map(({ rows }, index) => ({ rows, task: norms.length + index })))(
        "dropout of $rows rows drops what one process would, and leaves every random state as one would",
        ({ task }) => {
          const { whole, parts } = outcomes<{ dropped: number[]; next: number }>(task);
          expect(whole.dropped).toContain(0);
          expect(parts.flatMap(({ dropped }) => dropped)).toEqual(whole.dropped);
          for (const { next } of parts) expect(next).toBe(whole.next);
        },
      );

    test("backward sums every gradient, bucket by bucket, pass after pass", () => {
      const { parts } = outcomes<(number | null)[][]>(tasks.length - 2);
      for (const part of parts)
        expect(part).toEqual([
          [0, 0, null, 0, 0, 0],
          [0, 0, null, 0, 0, 0],
        ]);
    });

    test("after 100 steps all have the same weights, and had the losses of one process", () => {
      const { whole, parts } = outcomes<{ losses: number[]; hash: string }>(tasks.length - 1);
      for (const part of parts) expect(part).toEqual(parts[0]);
      expect(largestDifference(parts[0].losses, whole.losses)).toBeLessThan(1e-5);
      expect(whole.losses[0]).not.toBe(whole.losses[99]);
    });
  });
});

describe("the command", () => {
  const cache = inRoot("cache");
  const data = inRoot("data");
  const train = (out: string, ...more: string[]) => [
    ...["train", "--data", join(data, "train.csv"), "--network", "resnet-small", "--input-size", "32", "--batch", "4"],
    ...["--guidance", "cyborg", "--learning-rate", "0.001", "--precision", "float32", "--threads", "1"],
    ...["--set", "augment.flip=true", "--epochs", "5", "--out", inRoot(out), ...more],
  ];
  const metrics = (out: string) => readMetrics(join(inRoot(out), "metrics.jsonl"));
  const file = (out: string, name: string) => readFileSync(join(inRoot(out), name));

  /** All but what depends on the clock. */
  function expectSameRun(out: string, other: string): void {
    const timeless = (run: string) =>
      metrics(run).map((line) => ({ ...line, time: 0, seconds: 0, imagesPerSecond: 0 }));
    expect(timeless(out)).toEqual(timeless(other));
    expect(file(out, "best.safetensors").equals(file(other, "best.safetensors"))).toBe(true);
    expect(weightsOf(out).equals(weightsOf(other))).toBe(true);
  }
  /** The last checkpoint without its header, which tells times. */
  function weightsOf(out: string): Buffer {
    const content = file(out, "last.safetensors");
    return content.subarray(8 + Number(content.readBigUInt64LE(0)));
  }

  /** The processes that a running command has started. */
  function children({ process: { pid } }: Running): number[] {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);
  }

  beforeAll(async () => {
    await makeData(data, { train: 14, val: 5, test: 1 });
    const runs = [oversight(cache, ...train("one")), oversight(cache, ...train("two", "--nproc", "2"))];
    for (const { code, stderr } of await Promise.all(runs)) expect(code, stderr).toBe(0);
  });

  test("two processes have the loss curve of one", () => {
    const [one, two] = [metrics("one"), metrics("two")];
    expect(two).toHaveLength(5);
    const curve = (run: typeof one) =>
      run.flatMap(({ train, validation }) => [
        train.loss,
        train.crossEntropy,
        train.guidance!,
        validation.crossEntropy,
      ]);
    expect(largestDifference(curve(two), curve(one))).toBeLessThan(1e-5);
    for (const run of [one, two]) expect(run[4]).toMatchObject({ images: 14, guided: 14 });
    expect(two.map(({ validation }) => validation.accuracy)).toEqual(one.map(({ validation }) => validation.accuracy));
  });

  test("stopped by Ctrl-C, then either process killed: the other ends, and the same command goes on", async () => {
    const again = () => start(cache, ...train("hurt", "--nproc", "2"));
    const stopped = again();
    await stopped.said(/epoch 1\/5: /);
    stopped.process.kill("SIGINT");
    const { code, stderr } = await stopped.finished;
    expect(code, stderr).toBe(130);
    expect(stderr).toMatch(/stopped; run the same command to go on/);

    for (const [victim, epoch] of [
      [0, 3],
      [1, 4],
    ]) {
      const running = again();
      await running.said(new RegExp(`epoch ${epoch}/5: `));
      const begun = performance.now();
      process.kill(children(running)[victim], "SIGKILL");
      const { code, stderr } = await running.finished;
      expect(performance.now() - begun).toBeLessThan(30_000);
      expect(code).toBe(75);
      expect(stderr).toMatch(new RegExp(`process ${victim} of 2 was ended by SIGKILL.*run the same command`));
      expect(stderr).not.toMatch(/fault|\n\s+at /);
      expect(metrics("hurt").length).toBeLessThan(5);
    }
    expect((await again().finished).code).toBe(0);
    expectSameRun("hurt", "two");
  });

  test("two machines meet at a port, the second one first, and train the same run", async () => {
    const where = ["--rendezvous", `127.0.0.1:${await freePort()}`, "--machines", "2"];
    const second = start(cache, ...train("elsewhere", ...where, "--machine", "1"));
    await second.said(/waiting for machine 0/);
    const first = start(cache, ...train("machines", ...where));
    const [one, two] = await Promise.all([first.finished, second.finished]);
    expect(one.code, one.stderr).toBe(0);
    expect(two.code, two.stderr).toBe(0);
    expectSameRun("machines", "two");
    expect(() => file("elsewhere", "config.yaml")).toThrow();
  });

  test("machines that were given other settings do not train together", async () => {
    const where = ["--rendezvous", `127.0.0.1:${await freePort()}`, "--machines", "2"];
    const ends = await Promise.all([
      oversight(cache, ...train("apart", ...where)),
      oversight(cache, ...train("apart", ...where, "--machine", "1", "--seed", "9")),
    ]);
    for (const { code, stderr } of ends) {
      expect(code).toBe(2);
      expect(stderr).toMatch(/process 1 cannot train with process 0: its seed is 9, process 0 has 1\n/);
    }
  });

  test.each([
    [["--nproc", "8"], /batch: 4 images a step cannot be shared by 8 processes/],
    [["--nproc", "two"], /--nproc.*expected a whole number from 1/],
    [["--machines", "2"], /--rendezvous and --machines go together/],
    [["--machines", "2", "--rendezvous", "here"], /--rendezvous here: expected machine 0's host and a free port/],
    [["--machines", "2", "--machine", "2", "--rendezvous", "a:1"], /--machine 2: the machines count from 0 to 1/],
  ])("%j is refused, once", async (flags, message) => {
    const { code, stderr } = await oversight(cache, ...train("refused", ...flags));
    expect(code, stderr).toBe(2);
    expect(stderr.match(message)).not.toBeNull();
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});

async function freePort(): Promise<number> {
  const { createServer } = await import("node:net");
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
