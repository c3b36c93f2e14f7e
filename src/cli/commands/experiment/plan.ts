/** `oversight experiment plan`: what would run, and how long it would take here. */
import { Command } from "commander";
import { formatDuration, startProgress } from "../../../base/progress.ts";
import { describeSlots, type MachineFlags, slotsFor, withMachineFlags } from "./machine-flags.ts";

interface Flags extends MachineFlags {
  out?: string;
  probe: boolean;
}

export function planCommand(): Command {
  const command = new Command("plan")
    .description("Print an experiment's runs, with an estimate of time from a short measurement of each network.")
    .argument("<experiment>", "experiment file, or an experiment's folder")
    .option("--out <folder>", "the experiment's folder; experiments/NAME without it")
    .option("--no-probe", "measure nothing");
  return withMachineFlags(command).action(async (given: string, flags: Flags) => {
    const { knownSpeeds, measureSpeeds, memoryOf, secondsLeft, secondsTogether } = await import(
      "../../../experiment/estimate.ts"
    );
    const { openExperiment } = await import("../../../experiment/open-experiment.ts");
    const { isDone, readRunStatus } = await import("../../../experiment/run-status.ts");
    const { formatPlan } = await import("../../plan-table.ts");
    const say = (line: string) => process.stderr.write(`${line}\n`);

    const progress = startProgress();
    const { plan, contents } = await openExperiment(given, { out: flags.out, onProgress: progress.update });
    progress.end();
    const left = plan.runs.filter((run) => !isDone(readRunStatus(run), plan));
    let slots = await slotsFor(plan, left, flags);
    // A second time where what was measured of memory leads to other threads.
    for (let threads = 0; flags.probe && threads !== slots[0].threads; slots = await slotsFor(plan, left, flags)) {
      threads = slots[0].threads;
      await measureSpeeds(plan.folder, left, slots[0], (what) => say(`measuring ${what}`));
    }
    const speeds = knownSpeeds(plan.folder);
    const rows = plan.runs.map((run) => {
      const status = readRunStatus(run);
      const seconds = isDone(status, plan) ? 0 : secondsLeft(run, status, { plan, contents, speeds, slot: slots[0] });
      return { run, status, seconds };
    });
    process.stdout.write(formatPlan(rows));

    const waiting = rows.filter(({ seconds }) => seconds !== 0).map(({ seconds }) => seconds);
    const known = waiting.filter((seconds) => seconds !== undefined);
    const gigabytes = (Math.max(...plan.runs.map(({ config }) => memoryOf(config, speeds))) / 1e9).toFixed(1);
    const time =
      known.length < waiting.length
        ? "; how long is not known without a probe"
        : `; about ${formatDuration(secondsTogether(known, slots.length))}`;
    const much = `${describeSlots(slots)}, up to ${gigabytes} GB each`;
    process.stdout.write(
      waiting.length === 0
        ? `\nAll ${rows.length} runs are done.\n`
        : `\n${waiting.length} of ${rows.length} runs to do: ${much}${time}.\n`,
    );
  });
}
