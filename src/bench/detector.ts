/**
 * `node dist/bench/detector.js parity|score|serve`: the detector in use.
 *
 * parity all networks, trained for a moment on a manifest's images and exported: onnxruntime's logits and AUC against
 *        libtorch's in float32
 * score  `oversight score` on JPEG files, decoding and all, with one thread and with all, against PyTorch scoring tensors
 *        that are ready, in turns; medians, ratios, peak memory
 * serve  `oversight serve` under 1, 10 and 100 clients, then past its capacity: answers a second, percentiles, refusals,
 *        and what its processes' memory does
 *
 * Each prints one JSON object as its last line. Weights of score and serve are random: speed does not depend on them.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, Option } from "commander";
import sharp from "sharp";
import { InputError } from "../base/errors.ts";
import { randomStream } from "../base/random.ts";
import { type NetworkName, networkNames } from "../vision/networks/index.ts";
import { type Load, loadService } from "./detector-load.ts";
import { writeRandomDetector } from "./detector-model.ts";
import { benchParity } from "./detector-parity.ts";
import { type PeerRun, runPeer } from "./peer.ts";
import { race, round } from "./race.ts";

const bin = fileURLToPath(new URL("../../bin/oversight.mjs", import.meta.url));

/** Noise over soft shapes as JPEG files, about as large as photographs of their size. */
async function writeImages(folder: string, count: number, side: number): Promise<void> {
  mkdirSync(folder);
  const random = randomStream(1, "bench");
  for (let index = 0; index < count; index++) {
    const coarse = Buffer.from(Array.from({ length: 16 * 16 * 3 }, () => random.integer(256)));
    const picture = sharp(coarse, { raw: { width: 16, height: 16, channels: 3 } });
    await picture
      .resize(side, side, { kernel: "cubic" })
      .jpeg({ quality: 90 })
      .toFile(join(folder, `${index}.jpg`));
  }
}

interface Timed {
  /** From the first line to the last, so that the start of Node and the reading of the model stay out. */
  imagesPerSecond: number;
  peakMegabytes: number;
}

/** Runs `oversight score` as a process of its own and notes when its lines come. */
async function timeScore(detector: string, images: string, threads: number, count: number): Promise<Timed> {
  const args = [bin, "score", images, "--detector", detector, "--threads", String(threads)];
  // The child says at its end how much memory it had.
  const measure = "data:text/javascript,process.on('exit',()=>console.error('peak',process.resourceUsage().maxRSS))";
  const child = spawn(process.execPath, ["--import", measure, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let first: { at: number; lines: number } | undefined;
  let [lines, last, stderr] = [0, 0, ""];
  child.stdout.on("data", (chunk: Buffer) => {
    lines += chunk.toString().split("\n").length - 1;
    last = performance.now();
    first ??= { at: last, lines };
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  if (code !== 0 || lines !== count || first === undefined) throw new Error(`ours failed: ${stderr}`);
  const peak = Number(/peak (\d+)/.exec(stderr)?.[1]);
  return {
    imagesPerSecond: (lines - first.lines) / ((last - first.at) / 1000),
    peakMegabytes: Math.round(peak / 1024),
  };
}

interface ScoreFlags {
  network: NetworkName;
  images: string;
  side?: string;
  rounds: string;
  peerSteps: string;
}

async function benchScore({ network, images, side, rounds, peerSteps }: ScoreFlags): Promise<void> {
  const threads = availableParallelism();
  const count = Number(images);
  await inTemporaryFolder(async (folder) => {
    const { inputSize } = writeRandomDetector(join(folder, "detector"), network);
    await writeImages(join(folder, "images"), count, Number(side ?? inputSize));
    let peakMegabytes = 0;
    const scoreOn = (threads: number) => timeScore(join(folder, "detector"), join(folder, "images"), threads, count);
    const ours = async () => {
      const measured = await scoreOn(threads);
      peakMegabytes = Math.max(peakMegabytes, measured.peakMegabytes);
      return measured;
    };
    const peer = (mode: PeerRun["mode"]) => () =>
      runPeer({ network, mode, batch: 20, steps: Number(peerSteps), threads, device: "cpu" });
    const speeds = await race(
      [
        ["ours", ours],
        ["oneThread", () => scoreOn(1)],
        ["official", peer("score-official")],
        ["tuned", peer("score-tuned")],
      ],
      Number(rounds),
    );
    const line = {
      ...{ bench: "detector score", network, side: Number(side ?? inputSize), threads, cpu: cpus()[0].model },
      ...{ ours: speeds.ours, oneThread: speeds.oneThread },
      peer: { official: speeds.official, tuned: speeds.tuned },
      ratioOfficial: round(speeds.ours / speeds.official),
      ratioTuned: round(speeds.ours / speeds.tuned),
      ratioOneThread: round(speeds.ours / speeds.oneThread),
      peakMegabytes,
    };
    console.log(JSON.stringify(line));
  });
}

interface ParityFlags {
  data: string;
  networks: readonly NetworkName[];
  train: string;
  images: string;
  keep?: string;
}

interface ServeFlags {
  network: NetworkName;
  seconds: string;
  overload: string;
  processes: string;
}

async function benchServe({ network, seconds, overload, processes }: ServeFlags): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    const { inputSize } = writeRandomDetector(join(folder, "detector"), network);
    await writeImages(join(folder, "images"), 8, inputSize);
    const images = readdirSync(join(folder, "images")).map((name) => join(folder, "images", name));
    const args = [bin, "serve", join(folder, "detector"), "--port", "0", "--processes", processes];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    const pids = new Set<number>();
    child.stdout.on("data", (chunk: Buffer) => {
      for (const [, pid] of chunk.toString().matchAll(/"pid":(\d+)/g)) pids.add(Number(pid));
    });
    try {
      const address = await new Promise<string>((resolve, reject) => {
        child.stderr.on("data", (chunk: Buffer) => {
          const found = /(http:\S+): /.exec(chunk.toString())?.[1];
          if (found !== undefined) resolve(found);
        });
        child.on("close", () => reject(new Error("the service ended")));
      });
      const loads: Load[] = [];
      for (const [clients, length] of [
        [1, seconds],
        [10, seconds],
        [100, seconds],
        [400, overload],
      ] as const) {
        const load = await loadService({ address, images, clients, seconds: Number(length), pids: [...pids] });
        process.stderr.write(`${JSON.stringify(load)}\n`);
        loads.push(load);
      }
      const measures = await (await fetch(`${address}/metrics`)).text();
      const inService = Object.fromEntries(
        ["wait", "judging", "request"].map((name) => [name, longest(measures, `oversight_${name}_seconds`)]),
      );
      const load1 = round(loadavg()[0]);
      console.log(
        JSON.stringify({ bench: "detector serve", network, processes: Number(processes), load1, loads, inService }),
      );
    } finally {
      child.kill("SIGTERM");
      await new Promise((resolve) => child.on("close", resolve));
    }
  });
}

/** Of a histogram in Prometheus' form: how many were measured, the bound that the longest kept, and how many kept 2 or 2.5 s. */
function longest(measures: string, name: string) {
  const buckets = [...measures.matchAll(new RegExp(`^${name}_bucket\\{(.*?)\\} (\\d+)$`, "gm"))]
    .filter(([, labels]) => !labels.includes("route") || labels.includes("/v1/score"))
    .map(([, labels, count]) => ({ bound: /le="([^"]+)"/.exec(labels)![1], count: Number(count) }));
  const all = buckets.at(-1)?.count ?? 0;
  const within = (bound: string) => buckets.find((bucket) => bucket.bound === bound)?.count;
  return {
    all,
    within2s: within("2"),
    within2_5s: within("2.5"),
    longest: buckets.find(({ count }) => count === all)?.bound,
  };
}

async function inTemporaryFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "oversight-bench-"));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const program = new Command("detector").description("The detector in use: scoring files, and the service under load.");
program
  .command("parity")
  .requiredOption("--data <manifest>", "real images of splits train and val")
  .addOption(new Option("--networks <names...>").choices(networkNames).default(networkNames))
  .option("--train <n>", "images trained on", "60")
  .option("--images <n>", "images compared", "200")
  .option("--keep <folder>", "where the runs stay")
  .action(({ data: manifest, networks, train, images, keep }: ParityFlags) => {
    const plan = { manifest, networks, train: Number(train), images: Number(images) };
    return keep === undefined
      ? inTemporaryFolder((folder) => benchParity({ ...plan, folder }))
      : benchParity({ ...plan, folder: keep });
  });
const network = () => new Option("--network <name>").choices(networkNames).default("densenet121");
program
  .command("score")
  .addOption(network())
  .option("--images <n>", "files scored in a turn", "200")
  .option("--side <pixels>", "of the files (default: the network's input)")
  .option("--rounds <n>", "turns of each contender", "3")
  .option("--peer-steps <n>", "steps timed in a turn of the peer", "3")
  .action(benchScore);
program
  .command("serve")
  .addOption(network())
  .option("--seconds <n>", "of each load", "10")
  .option("--overload <seconds>", "of the load past capacity", "30")
  .option("--processes <n>", "of the service", String(Math.min(2, availableParallelism())))
  .action(benchServe);
try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 2;
}
