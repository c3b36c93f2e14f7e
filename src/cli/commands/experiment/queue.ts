/** The commands around the queue: enqueue, cancel, drain, collect. */
import { Command } from "commander";
import { startProgress } from "../../../base/progress.ts";
import { checkpointsFlag, type QueueFlags, withQueue, withQueueFlags } from "./queue-flags.ts";

const say = (line: string) => process.stderr.write(`${line}\n`);

export function enqueueCommand(): Command {
  const command = new Command("enqueue")
    .description("Queue an experiment's runs for workers; what is done or queued already is left out.")
    .argument("<experiment>", "experiment file, or an experiment's folder")
    .option("--out <folder>", "the experiment's folder; experiments/NAME without it")
    .option("--priority <n>", "greater goes first", "0");
  return withQueueFlags(command).action(
    async (given: string, flags: QueueFlags & { out?: string; priority: string }) => {
      const { openExperiment } = await import("../../../experiment/open-experiment.ts");
      const { isDone, readRunStatus } = await import("../../../experiment/run-status.ts");
      const { integer } = await import("../../flag-values.ts");
      const priority = integer("--priority", flags.priority, -(2 ** 31), 2 ** 31 - 1);
      const progress = startProgress();
      const { plan } = await openExperiment(given, { out: flags.out, onProgress: progress.update });
      progress.end();
      await withQueue(flags, async (queue) => {
        const rows = new Map((await queue.rows(plan.name)).map(({ run, status }) => [run, status]));
        const left = plan.runs.filter((run) => {
          const status = rows.get(run.id) ?? readRunStatus(run);
          return !isDone(status, plan);
        });
        const { name, tests, threshold } = plan;
        let added = 0;
        for (const { folder: _, ...run } of left)
          if (await queue.add({ run, plan: { name, tests, threshold } }, priority)) added += 1;
        await queue.setDraining(false);
        say(
          `${name}: ${added} of ${plan.runs.length} runs queued, ${left.length - added} were already, in ${plan.folder}`,
        );
      });
    },
  );
}

export function cancelCommand(): Command {
  const command = new Command("cancel")
    .description("Take an experiment's runs off the queue; workers stop those that are under way.")
    .argument("<name>", "the experiment's name");
  return withQueueFlags(command).action(async (name: string, flags: QueueFlags) => {
    await withQueue(flags, async (queue) => say(`${name}: ${await queue.cancel(name)} runs cancelled`));
  });
}

export function drainCommand(): Command {
  const command = new Command("drain").description(
    "Let every worker end when the runs it has are done; the next enqueue ends that.",
  );
  return withQueueFlags(command).action(async (flags: QueueFlags) => {
    await withQueue(flags, (queue) => queue.setDraining(true));
    say("workers take no further runs and end when theirs are done");
  });
}

export function collectCommand(): Command {
  const command = new Command("collect")
    .description("Bring what workers have handed in into the experiment's folder.")
    .argument("<folder>", "an experiment's folder")
    .requiredOption(...checkpointsFlag);
  return withQueueFlags(command).action(async (folder: string, flags: QueueFlags & { checkpoints: string }) => {
    const { requirePlanned } = await import("../../../experiment/open-experiment.ts");
    const { readPlan } = await import("../../../experiment/plan.ts");
    const { readRunStatus } = await import("../../../experiment/run-status.ts");
    const { openCheckpoints } = await import("../../../experiment/checkpoints/checkpoint-store.ts");
    const { collect } = await import("../../../experiment/queue/collect.ts");
    const { countStates } = await import("../../plan-table.ts");
    requirePlanned(folder);
    const plan = readPlan(folder);
    const checkpoints = openCheckpoints(flags.checkpoints);
    const news = await withQueue(flags, (queue) => collect(plan, queue, checkpoints));
    say(`${plan.name}: ${news} runs are newer than before; ${countStates(plan.runs.map(readRunStatus))}`);
  });
}
