/** `oversight experiment worker`: takes runs from the queue, on as many machines as it is started on. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { integer } from "../../flag-values.ts";
import { howFar } from "../../plan-table.ts";
import { describeSlots, type MachineFlags, machineFor, withMachineFlags } from "./machine-flags.ts";
import { checkpointsFlag, type QueueFlags, withQueue, withQueueFlags } from "./queue-flags.ts";

interface Flags extends QueueFlags, MachineFlags {
  checkpoints: string;
  work: string;
  every: string;
  untilEmpty?: true;
}

export function workerCommand(): Command {
  const command = new Command("worker")
    .description("Train and evaluate runs from the queue; the data must lie at the same paths on every machine.")
    .requiredOption(...checkpointsFlag)
    .option(
      "--work <folder>",
      "where runs lie while they are under way",
      join(tmpdir(), `oversight-worker-${process.pid}`),
    )
    .option("--every <s>", "between two checkpoints of a run that are handed in", "120")
    .option("--until-empty", "end when no run waits or is under way");
  return withMachineFlags(withQueueFlags(command)).action(async (flags: Flags) => {
    process.exitCode = await run(flags);
  });
}

/** @returns the exit code: 130 when it was stopped, 1 when a run failed */
async function run(flags: Flags): Promise<number> {
  const { openCheckpoints } = await import("../../../experiment/checkpoints/checkpoint-store.ts");
  const { shareOut } = await import("../../../experiment/machine.ts");
  const { work } = await import("../../../experiment/queue/worker.ts");
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const number = (flag: string, text: string | undefined) => (text === undefined ? undefined : integer(flag, text, 1));

  const atOnce = number("--at-once", flags.atOnce);
  const slots = shareOut(await machineFor(flags.device), {
    // What will come is not known: one run at a time with all cores, unless it is said otherwise.
    runs: atOnce ?? 1,
    memoryEach: 1,
    ...{ atOnce, threads: number("--threads", flags.threads), device: flags.device },
  });
  const checkpoints = openCheckpoints(flags.checkpoints);
  const checkpointEvery = integer("--every", flags.every, 1);
  const stopping = new AbortController();
  const stop = () => {
    if (stopping.signal.aborted) process.exit(130);
    stopping.abort();
    say("handing in where the runs are; Ctrl-C again to stop at once");
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
  return withQueue(flags, async (queue, heartbeat) => {
    say(`waiting for runs: ${describeSlots(slots)}`);
    const shown = new Map<string, string>();
    const begun = performance.now();
    const { ended, spent } = await work({
      ...{ queue, checkpoints, work: flags.work, slots, heartbeat, checkpointEvery, signal: stopping.signal, say },
      untilEmpty: flags.untilEmpty === true,
      onChange({ name }, status) {
        const line = `${name}: ${howFar(status)}${status.error === undefined ? "" : `: ${status.error}`}`;
        if (shown.get(name) !== line) say(line);
        shown.set(name, line);
      },
    });
    const seconds = (value: number) => `${value.toFixed(1)} s`;
    say(
      `${ended.length} runs in ${Math.round((performance.now() - begun) / 1000)} s: ${seconds(spent.runs)} in runs, ` +
        `${seconds(spent.queue)} in the queue, ${seconds(spent.checkpoints)} in checkpoints`,
    );
    if (stopping.signal.aborted) return 130;
    return ended.some(({ state }) => state === "failed") ? 1 : 0;
  });
}
