/** `oversight experiment`: many runs compared, from one file. */
import { Command } from "commander";
import { planCommand } from "./experiment/plan.ts";
import { probeCommand } from "./experiment/probe.ts";
import { reportCommand } from "./experiment/report.ts";
import { runCommand } from "./experiment/run.ts";
import { statusCommand } from "./experiment/status.ts";

export function experimentCommand(): Command {
  const command = new Command("experiment").description("Compare strategies, networks and settings over many runs.");
  for (const make of [planCommand, runCommand, statusCommand, reportCommand]) command.addCommand(make());
  // Called by plan, in a process of its own.
  return command.addCommand(probeCommand(), { hidden: true });
}
