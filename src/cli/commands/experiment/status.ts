/** `oversight experiment status`: how far every run is, from what lies on the disk. */
import { Command } from "commander";

export function statusCommand(): Command {
  return new Command("status")
    .description("Say how far an experiment's runs are; it may be running meanwhile.")
    .argument("<folder>", "an experiment's folder")
    .action(async (folder: string) => {
      const { requirePlanned } = await import("../../../experiment/open-experiment.ts");
      const { readPlan } = await import("../../../experiment/plan.ts");
      const { isDone, readRunStatus } = await import("../../../experiment/run-status.ts");
      const { countStates, formatStatus } = await import("../../plan-table.ts");
      requirePlanned(folder);
      const plan = readPlan(folder);
      const rows = plan.runs.map((run) => {
        const status = readRunStatus(run);
        // Done on other test sets, or at another threshold, is to be evaluated anew.
        const stale = status.state === "done" && !isDone(status, plan);
        return { run, status: stale ? { ...status, state: "waiting" as const } : status };
      });
      process.stdout.write(formatStatus(rows));
      process.stdout.write(`\n${plan.name}: ${countStates(rows.map(({ status }) => status))}\n`);
    });
}
