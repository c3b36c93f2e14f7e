/** One step by several processes against the same step by one: what `oversight train --nproc` gains on this machine. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { hasFastBfloat16 } from "../base/cpu.ts";
import type { NetworkName } from "../vision/networks/index.ts";
import type { OursResult, OursTask } from "./ours.ts";

const ours = fileURLToPath(new URL("./ours.js", import.meta.url));

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
  const contenders = {
    onePlain: () => measure({ ...common, threads: 1 }),
    oneThreaded: () => measure({ ...common, threads: processes }),
    several: () => measureTogether({ ...common, threads: 1 }, processes),
  };
  const speeds = { onePlain: [], oneThreaded: [], several: [] } as Record<keyof typeof contenders, number[]>;
  for (let turn = 1; turn <= rounds; turn++) {
    for (const [name, run] of Object.entries(contenders) as [keyof typeof contenders, () => Promise<number>][]) {
      const speed = await run();
      speeds[name].push(speed);
      process.stderr.write(`round ${turn}/${rounds}  ${name.padEnd(11)} ${speed.toFixed(2)} images/s\n`);
    }
  }
  const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1];
  const round = (value: number) => Number(value.toPrecision(4));
  const [one, threaded, several] = [speeds.onePlain, speeds.oneThreaded, speeds.several].map(median);
  console.log(
    JSON.stringify({
      ...{ bench: "parallel", network, batch, processes, precision, cpu: cpus()[0].model, cores: cpus().length },
      ...{ oneProcess: round(one), oneProcessThreaded: round(threaded), severalProcesses: round(several) },
      ...{ speedUp: round(several / one), againstThreads: round(several / threaded), load: round(loadavg()[0]) },
    }),
  );
}

async function measureTogether(task: OursTask, size: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "oversight-bench-"));
  try {
    const store = join(folder, "store");
    const all = Array.from({ length: size }, (_, rank) => measure({ ...task, group: { rank, size, store } }));
    return Math.min(...(await Promise.all(all)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns images a second, of the whole batch */
function measure(task: OursTask): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [ours, JSON.stringify(task)], { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    child.on("close", (code) => {
      if (code !== 0) return reject(new Error(`a process of the benchmark ended with code ${code}`));
      const { imagesPerSecond }: OursResult = JSON.parse(output.trim().split("\n").at(-1)!);
      resolve(imagesPerSecond);
    });
  });
}
