/** What `oversight reproduce --dry-run` has found out, for a terminal. */
import { cacheFolder } from "../base/cache-folder.ts";
import { groupBy } from "../base/group-by.ts";
import { formatDuration } from "../base/progress.ts";
import { knownSpeeds, memoryOf, secondsLeft, secondsTogether } from "../experiment/estimate.ts";
import type { Slot } from "../experiment/machine.ts";
import { describeData } from "../experiment/reproduce/compare-counts.ts";
import type { DryRun } from "../experiment/reproduce/dry-run.ts";
import type { PaperData } from "../experiment/reproduce/locate.ts";
import { diskNeeds, freeSpace } from "../experiment/reproduce/needs.ts";
import { describeSlots } from "./commands/experiment/machine-flags.ts";

/** @param out where the experiment would be */
export function formatDryRun(data: PaperData, { plan, contents }: DryRun, slots: readonly Slot[], out: string): string {
  const speeds = knownSpeeds(plan.folder);
  const secondsOf = (run: (typeof plan.runs)[number]) =>
    secondsLeft(run, { epoch: 0 }, { plan, contents, speeds, slot: slots[0] });

  const groups = [...groupBy(plan.runs, ({ strategy, network }) => `${strategy}/${network}`)];
  const width = Math.max(...groups.map(([name]) => name.length));
  const lines = groups.map(([name, runs]) => {
    const seconds = secondsOf(runs[0]);
    const time = seconds === undefined ? "" : `  about ${formatDuration(seconds)} each`;
    return `${name.padEnd(width)}  ${runs.length} ${runs.length === 1 ? "run" : "runs"}${time}`;
  });

  const seconds = plan.runs.map(secondsOf).filter((known) => known !== undefined);
  const time =
    seconds.length === plan.runs.length
      ? `about ${days(secondsTogether(seconds, slots.length))}, ${describeSlots(slots)}, from a short measurement of each network here`
      : "not known without a measurement (--no-probe)";
  const { cache, checkpoints, scores } = diskNeeds(plan.runs, contents, plan.tests);
  const memory = Math.max(...plan.runs.map(({ config }) => memoryOf(config, speeds)));
  const measured = speeds.size > 0 ? "" : ", by a rough guess";
  return [
    describeData(data),
    ...lines,
    "",
    `runs    ${plan.runs.length}`,
    `time    ${time}`,
    `memory  ${slots.length} × up to ${gigabytes(memory)}${measured}; ${gigabytes(process.availableMemory())} are free`,
    `disk    ${gigabytes(checkpoints + scores)} in ${out}: weights ${gigabytes(checkpoints)}, scores ${gigabytes(scores)}; ${gigabytes(freeSpace(out))} are free`,
    `        up to ${gigabytes(cache)} in ${cacheFolder()}: decoded images, first weights; ${gigabytes(freeSpace(cacheFolder()))} are free`,
    "",
  ].join("\n");
}

const gigabytes = (bytes: number) =>
  bytes < 1e8 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
const days = (seconds: number) =>
  seconds < 172_800 ? formatDuration(seconds) : `${Math.round(seconds / 86_400)} days`;
