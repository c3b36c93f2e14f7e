/** `oversight experiment report`: tables, tests and figures of what is done so far. */
import { Command } from "commander";
import { startProgress } from "../../../base/progress.ts";

export interface ReportFlags {
  study?: string;
  humanMaps?: string;
}

export function reportCommand(): Command {
  return new Command("report")
    .description("Write report.html, and tables and figures as files of their own, from the runs that are done.")
    .argument("<folder>", "an experiment's folder")
    .option("--study <file>", "analysis.json of a study, to set people's accuracy beside the networks'")
    .option(
      "--human-maps <folder>",
      "a folder that `oversight study maps` made, for how well people agree; looked for beside the manifests without it",
    )
    .action(writeReport);
}

/** Prints what the strategies came to and how they differ, and where the page is. */
export async function writeReport(folder: string, { study, humanMaps }: ReportFlags = {}): Promise<void> {
  const { requirePlanned } = await import("../../../experiment/open-experiment.ts");
  const { readResults } = await import("../../../experiment/results/index.ts");
  const { writeExperimentReport } = await import("../../../report/experiment/index.ts");
  const { formatOutcome } = await import("../../experiment-outcome.ts");
  requirePlanned(folder);
  const progress = startProgress();
  const onProgress = (done: number, total: number) => progress.update("reading", done, total, "runs");
  const results = readResults(folder, { study, humanMaps, onProgress });
  const file = await writeExperimentReport(folder, results);
  progress.end();
  process.stdout.write(`${formatOutcome(results)}\nby test set, with curves and maps: ${file}\n`);
}
