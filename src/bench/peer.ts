/** Runs PyTorch's scripts (bench/peer) to compare with, and says how to get them where Python has no PyTorch. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { InputError } from "../base/errors.ts";

const folder = fileURLToPath(new URL("../../bench/peer/", import.meta.url));

export interface PeerResult {
  peer: string;
  msPerStep: number;
  imagesPerSecond: number;
}

/** The Python that has torch and torchvision: `PYTHON`, `python3`, or the system's. */
let python: string | undefined;
function pythonWithTorch(): string {
  if (python !== undefined) return python;
  const candidates = [process.env.PYTHON, "python3", "/usr/bin/python3"].filter((name) => name !== undefined);
  python = candidates.find((name) => spawnSync(name, ["-c", "import torch, torchvision"]).status === 0);
  if (python === undefined) {
    throw new InputError(
      "the benchmarks need a Python with torch and torchvision (Debian: apt-get install python3-torch python3-torchvision); name it with PYTHON=…",
    );
  }
  return python;
}

export interface PeerRun {
  network: string;
  mode: "official" | "tuned" | "score-official" | "score-tuned";
  batch: number;
  steps: number;
  threads: number;
  device: string;
}

export function runPeer({ network, mode, batch, steps, threads, device }: PeerRun): PeerResult {
  const options = { mode, batch, steps, threads, device: device.replace(/:\d+$/, "") };
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  // Without bytecode files in the repository; with the peer's own Xception.
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1", XCEPTION_FILE: `${folder}xception.py` };
  const run = spawnSync(pythonWithTorch(), [`${folder}step_bench.py`, network, ...flags], { encoding: "utf8", env });
  if (run.status !== 0) throw new Error(`the peer failed: ${run.stderr.trim()}`);
  return JSON.parse(run.stdout.trim().split("\n").at(-1)!);
}
