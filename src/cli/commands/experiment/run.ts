/** `oversight experiment run`: all runs of an experiment on this machine. */
import { Command } from "commander";
import { startLiveLines } from "../../../base/live-lines.ts";
import { formatDuration, startProgress } from "../../../base/progress.ts";
import type { RunStatus } from "../../../experiment/run-status.ts";
import type { ExperimentRun } from "../../../experiment/runs.ts";
import { countStates, howFar } from "../../plan-table.ts";
import { describeSlots, type MachineFlags, slotsFor, withMachineFlags } from "./machine-flags.ts";
import { writeReport } from "./report.ts";

interface Flags extends MachineFlags {
  out?: string;
}

export function runCommand(): Command {
  const command = new Command("run")
    .description(
      "Train and evaluate all runs on this machine, then report; the same command again goes on with what is not done.",
    )
    .argument("<experiment>", "experiment file, or an experiment's folder")
    .option("--out <folder>", "the experiment's folder; experiments/NAME without it");
  return withMachineFlags(command).action(async (given: string, flags: Flags) => {
    process.exitCode = await runExperiment(given, flags);
  });
}

/** @returns the exit code: 130 when it was stopped, 1 when a run failed */
export async function runExperiment(given: string, flags: Flags): Promise<number> {
  const { openExperiment } = await import("../../../experiment/open-experiment.ts");
  const { runLocally, unfinished } = await import("../../../experiment/local-runner.ts");
  const say = (line: string) => process.stderr.write(`${line}\n`);

  const progress = startProgress();
  const { plan } = await openExperiment(given, { out: flags.out, onProgress: progress.update });
  progress.end();
  const left = unfinished(plan);
  if (left.length === 0) {
    say(`${plan.name}: all ${plan.runs.length} runs are done, in ${plan.folder}`);
    await writeReport(plan.folder);
    return 0;
  }
  const slots = await slotsFor(plan, left, flags);
  say(`${plan.name}: ${left.length} of ${plan.runs.length} runs to do, ${describeSlots(slots)}, in ${plan.folder}`);

  const stopping = new AbortController();
  const lines = startLiveLines();
  const stop = () => {
    if (stopping.signal.aborted) process.exit(130);
    stopping.abort();
    lines.say("stopping after this step; Ctrl-C again to stop at once");
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, stop);
  const board = makeBoard(left);
  try {
    const { statuses, stopped } = await runLocally(plan, {
      ...{ slots, signal: stopping.signal, onPreparation: progress.update },
      onChange(run, status, detail) {
        progress.end();
        const news = board.take(run, status, detail);
        if (news !== undefined) lines.say(news);
        lines.show(board.lines());
      },
    });
    progress.end();
    lines.end();
    const failed = plan.runs.flatMap((run, index) =>
      statuses[index].state === "failed" ? [[run, statuses[index]] as const] : [],
    );
    for (const [{ name }, { error }] of failed) say(`failed: ${name}: ${error}`);
    say(`${plan.name}: ${countStates(statuses)}, in ${plan.folder}`);
    if (stopped || failed.length > 0) say("run the same command to go on");
    if (!stopped && failed.length < plan.runs.length) await writeReport(plan.folder);
    return stopped ? 130 : failed.length > 0 ? 1 : 0;
  } finally {
    lines.end();
    for (const signal of signals) process.off(signal, stop);
  }
}

/** What is shown of the runs that are under way, and what is said once. */
function makeBoard(left: readonly ExperimentRun[]) {
  const begun = performance.now();
  const running = new Map<ExperimentRun, { status: RunStatus; detail: string }>();
  const epochs = new Map<string, number>();
  const atStart = new Map<string, number>();
  let finished = 0;
  let failed = 0;
  const total = left.reduce((sum, { config }) => sum + config.epochs, 0);

  const footer = () => {
    const seconds = (performance.now() - begun) / 1000;
    const done = left.reduce((sum, { id }) => sum + (epochs.get(id) ?? 0), 0);
    const here = done - left.reduce((sum, { id }) => sum + (atStart.get(id) ?? 0), 0);
    const time = here > 0 ? `, about ${formatDuration((seconds / here) * (total - done))} left` : "";
    const faults = failed > 0 ? `, ${failed} failed` : "";
    return `${finished}/${left.length} done${faults}; ${formatDuration(seconds)} gone${time}`;
  };
  return {
    /** @returns a line that should stay */
    take(run: ExperimentRun, status: RunStatus, detail: string): string | undefined {
      const before = running.get(run)?.status;
      if (!atStart.has(run.id)) atStart.set(run.id, status.epoch);
      epochs.set(run.id, status.epoch);
      if (status.state === "running" || status.state === "evaluating") {
        running.set(run, { status, detail });
        const step = before?.state !== status.state || before.epoch !== status.epoch;
        return step && !process.stderr.isTTY ? `${run.name}: ${summary(status)}` : undefined;
      }
      running.delete(run);
      if (status.state === "done") finished += 1;
      if (status.state === "failed") failed += 1;
      const error = status.state === "failed" ? `: ${status.error}` : "";
      return `${finished + failed}/${left.length} ${run.name}: ${summary(status)}${error}`;
    },
    lines(): string[] {
      const width = Math.max(0, ...[...running.keys()].map(({ name }) => name.length));
      return [
        ...[...running].map(([{ name }, { status, detail }]) => `${name.padEnd(width)}  ${summary(status)}  ${detail}`),
        footer(),
      ];
    },
  };
}

function summary(status: RunStatus): string {
  const auc = status.bestAuc === null ? "" : `, validation AUC ${status.bestAuc.toFixed(4)}`;
  return `${howFar(status)}${auc}`;
}
