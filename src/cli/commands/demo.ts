/** `oversight demo`: the whole way from images and maps to a table, on data that it makes itself. */
import { cpus } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { writeFileAtomic } from "../../base/files.ts";
import { startProgress } from "../../base/progress.ts";
import { integer } from "../flag-values.ts";

export function demoCommand(): Command {
  return new Command("demo")
    .description("Make faces, train classical and CYBORG detectors on them, and compare them on unseen generators.")
    .option("--out <folder>", "where everything goes", "demo")
    .option("--seeds <n>", "runs of each strategy", "3")
    .action(async ({ out, seeds }: { out: string; seeds: string }) => {
      process.exitCode = await demo(out, integer("--seeds", seeds, 1));
    });
}

/** @returns the exit code: 130 when it was stopped by Ctrl-C */
async function demo(out: string, seeds: number): Promise<number> {
  const { DEFAULT_DEMO_DATA, demoContactSheet, makeDemoData } = await import("../../demo/index.ts");
  const { collectAucs, compare, isFinished, plannedRuns } = await import("../../demo/compare.ts");
  const { comparisonPage } = await import("../../demo/comparison-page.ts");
  const { formatSummary, summariseDemo, verdict } = await import("../../demo/summary.ts");
  const say = (line: string) => process.stderr.write(`${line}\n`);

  const { train, validation, testPerGenerator, seed, size } = DEFAULT_DEMO_DATA;
  const progress = startProgress();
  const data = await makeDemoData(join(out, "data"), DEFAULT_DEMO_DATA, progress);
  progress.end();
  const images = `${train} training, ${validation} validation, ${data.tests.length} × ${testPerGenerator} test images`;
  say(`${data.made ? "made" : "found"} ${images} in ${join(out, "data")}`);
  const sheet = await demoContactSheet(seed, size);
  writeFileAtomic(join(out, "faces.png"), sheet);

  const runs = plannedRuns(
    out,
    Array.from({ length: seeds }, (_, index) => index + 1),
  );
  const atOnce = Math.max(1, Math.min(runs.length, cpus().length));
  say(`training ${runs.length} small networks, ${atOnce} at a time; Ctrl-C stops, the same command goes on`);
  let stopped = false;
  process.once("SIGINT", () => {
    stopped = true; // the runs hear it too, and save where they are
  });
  const begun = performance.now();
  try {
    await compare({
      ...{ data, runs, atOnce },
      stopped: () => stopped,
      onDone: ({ strategy, seed }, done) => {
        say(
          `${done}/${runs.length} ${strategy}, seed ${seed}, after ${Math.round((performance.now() - begun) / 1000)} s`,
        );
      },
    });
  } catch (error) {
    if (!stopped) throw error;
  }
  if (stopped || !runs.every(isFinished)) {
    say("stopped; run the same command to go on");
    return 130;
  }
  const rows = summariseDemo(collectAucs(runs));
  const report = join(out, "report.html");
  writeFileAtomic(report, comparisonPage(out, runs, rows, sheet).text);
  process.stdout.write(`\nAUC on generators never seen in training, mean ± sd over ${seeds} seeds:\n\n`);
  process.stdout.write(
    `${formatSummary(rows)}\n${verdict(rows)}\nFaces, annotators and generators are simulated. Report: ${report}\n`,
  );
  return 0;
}
