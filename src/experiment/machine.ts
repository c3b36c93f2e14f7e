/**
 * How a machine is shared out among runs: as many processes as fit, each with its threads and its device. Threads times
 * processes never exceed the cores, since threads that wait for one another are slower than none.
 */
import { availableParallelism } from "node:os";
import { InputError } from "../base/errors.ts";

export interface Machine {
  cores: number;
  /** Bytes that new processes may take. */
  memory: number;
  cudaDevices: number;
}

/** A place for one run at a time. */
export interface Slot {
  threads: number;
  device: string;
}

export interface Sharing {
  /** Runs that wait: more places than that are of no use. */
  runs: number;
  /** Bytes of the largest run. */
  memoryEach: number;
  /** Of whoever starts it; chosen without. */
  atOnce?: number | undefined;
  threads?: number | undefined;
  /** auto, cpu, cuda or cuda:<n>. */
  device: string;
}

/** Left to everything else on the machine. */
const memoryShare = 0.8;

/** @param cudaDevices as libtorch sees them */
export function thisMachine(cudaDevices: number): Machine {
  return { cores: availableParallelism(), memory: process.availableMemory(), cudaDevices };
}

/**
 * On GPUs one run each (more with `atOnce`, side by side on them in turn). On the CPU one thread a run as long as there
 * are runs and memory for it: runs side by side gain more from a core than one run does from a further thread.
 * @throws InputError when what is asked exceeds the machine
 */
export function shareOut(machine: Machine, { runs, memoryEach, atOnce, threads, device }: Sharing): Slot[] {
  const { cores, memory } = machine;
  for (const [flag, given] of Object.entries({ "--at-once": atOnce ?? 1, "--threads": threads ?? 1 }))
    if (given > cores) throw new InputError(`${flag}: ${given} is more than this machine's ${cores} cores`);
  if (atOnce !== undefined && threads !== undefined && atOnce * threads > cores)
    throw new InputError(
      `--at-once ${atOnce} with --threads ${threads} takes ${atOnce * threads} cores, and there are ${cores}`,
    );
  const devices = devicesFor(device, machine);
  const onCpu = devices[0] === "cpu";
  const fitting = onCpu ? Math.floor((memory * memoryShare) / memoryEach) : devices.length;
  const places = Math.min(fitting, Math.floor(cores / (threads ?? 1)), runs);
  const count = Math.max(1, Math.min(atOnce ?? places, runs));
  const each = threads ?? Math.max(1, Math.floor(cores / count));
  return Array.from({ length: count }, (_, index) => ({ threads: each, device: devices[index % devices.length] }));
}

function devicesFor(device: string, { cudaDevices }: Machine): string[] {
  const all = Array.from({ length: cudaDevices }, (_, index) => `cuda:${index}`);
  if (device === "auto") return all.length > 0 ? all : ["cpu"];
  if (device === "cuda" && all.length > 0) return all;
  if (device === "cpu" || all.includes(device)) return [device];
  throw new InputError(`--device: ${device} is not there; there are ${["auto", "cpu", ...all].join(", ")}`);
}
