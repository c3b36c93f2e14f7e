/** The flags that say how much of the machine an experiment may take. */
import type { Command } from "commander";
import type { Machine, Slot } from "../../../experiment/machine.ts";
import type { ExperimentPlan } from "../../../experiment/plan.ts";
import type { ExperimentRun } from "../../../experiment/runs.ts";
import { integer } from "../../flag-values.ts";

export interface MachineFlags {
  atOnce?: string;
  threads?: string;
  device: string;
}

export function withMachineFlags(command: Command): Command {
  return command
    .option("--at-once <n>", "runs side by side; as many as fit without it")
    .option("--threads <n>", "of each run; chosen so that all together fill the cores without it")
    .option("--device <name>", "auto, cpu, cuda (all GPUs), cuda:0, …", "auto");
}

/** Loads libtorch, which takes a while and much memory, only where GPUs may be used. */
export async function machineFor(device: string): Promise<Machine> {
  const { thisMachine } = await import("../../../experiment/machine.ts");
  if (device === "cpu") return thisMachine(0);
  const { torchInfo } = await import("../../../torch/modes.ts");
  return thisMachine(torchInfo().cudaDevices);
}

/** @throws InputError when the flags ask for more than there is */
export async function slotsFor(
  plan: ExperimentPlan,
  runs: readonly ExperimentRun[],
  { atOnce, threads, device }: MachineFlags,
): Promise<Slot[]> {
  const { memoryOf, knownSpeeds } = await import("../../../experiment/estimate.ts");
  const { shareOut } = await import("../../../experiment/machine.ts");
  const speeds = knownSpeeds(plan.folder);
  return shareOut(await machineFor(device), {
    runs: Math.max(1, runs.length),
    memoryEach: Math.max(...plan.runs.map(({ config }) => memoryOf(config, speeds))),
    atOnce: atOnce === undefined ? undefined : integer("--at-once", atOnce, 1),
    threads: threads === undefined ? undefined : integer("--threads", threads, 1),
    device,
  });
}

/** `2 runs at a time, 1 thread each` */
export function describeSlots(slots: readonly Slot[]): string {
  const [{ threads }] = slots;
  const devices = [...new Set(slots.map(({ device }) => device))].join(", ");
  const many = slots.length === 1 ? "one run at a time" : `${slots.length} runs at a time`;
  return `${many} on ${devices}, ${threads === 1 ? "1 thread" : `${threads} threads`} each`;
}
