/** One step by several processes against the same step by one: what `oversight train --nproc` gains on this machine. */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { hasFastBfloat16 } from "../base/cpu.ts";
import type { NetworkName } from "../vision/networks/index.ts";
import type { OursTask } from "./ours.ts";
import { race, round } from "./race.ts";
import { runOurs } from "./run-ours.ts";

interface ParallelBench {
  network: NetworkName;
  batch: number;
  processes: number;
  rounds: number;
  steps: number;
}

/** Prints each turn, and as the last line one JSON object. */
export async function benchParallel({ network, batch, processes, rounds, steps }: ParallelBench): Promise<void> {
  const precision = hasFastBfloat16() ? "bfloat16" : "float32";
  const common = { kind: "step", network, batch, steps, device: "cpu", precision } as const;
  const { onePlain, oneThreaded, several } = await race(
    [
      ["onePlain", () => runOurs({ ...common, threads: 1 })],
      ["oneThreaded", () => runOurs({ ...common, threads: processes })],
      ["several", () => runTogether({ ...common, threads: 1 }, processes)],
    ],
    rounds,
  );
  console.log(
    JSON.stringify({
      ...{ bench: "parallel", network, batch, processes, precision, cpu: cpus()[0].model, cores: cpus().length },
      ...{ oneProcess: onePlain, oneProcessThreaded: oneThreaded, severalProcesses: several },
      ...{
        speedUp: round(several / onePlain),
        againstThreads: round(several / oneThreaded),
        load: round(loadavg()[0]),
      },
    }),
  );
}

/** @returns the speed of the slowest: a step is done when all have done it */
async function runTogether(task: OursTask, size: number): Promise<{ imagesPerSecond: number }> {
  const folder = mkdtempSync(join(tmpdir(), "oversight-bench-"));
  try {
    const store = join(folder, "store");
    const all = Array.from({ length: size }, (_, rank) => runOurs({ ...task, group: { rank, size, store } }));
    return { imagesPerSecond: Math.min(...(await Promise.all(all)).map(({ imagesPerSecond }) => imagesPerSecond)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
