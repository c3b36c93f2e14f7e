/** `oversight experiment`: many runs compared, from one file. */
import { Command } from "commander";
import { planCommand } from "./experiment/plan.ts";
import { probeCommand } from "./experiment/probe.ts";
import { cancelCommand, collectCommand, drainCommand, enqueueCommand } from "./experiment/queue.ts";
import { reportCommand } from "./experiment/report.ts";
import { runCommand } from "./experiment/run.ts";
import { statusCommand } from "./experiment/status.ts";
import { workerCommand } from "./experiment/worker.ts";

export function experimentCommand(): Command {
  const command = new Command("experiment").description("Compare strategies, networks and settings over many runs.");
  const here = [planCommand, runCommand, statusCommand, reportCommand];
  const onManyMachines = [enqueueCommand, workerCommand, collectCommand, cancelCommand, drainCommand];
  for (const make of [...here, ...onManyMachines]) command.addCommand(make());
  // Called by plan, in a process of its own.
  return command.addCommand(probeCommand(), { hidden: true });
}
