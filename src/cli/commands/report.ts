/** `oversight report`: a run folder as one HTML page. */
import { Command } from "commander";

export function reportCommand(): Command {
  return new Command("report")
    .description("Write report.html: curves, results and maps of a run on one page.")
    .argument("<run>", "run folder")
    .action(async (run: string) => {
      const { writeRunReport } = await import("../../report/index.ts");
      process.stdout.write(`${await writeRunReport(run)}\n`);
    });
}
