/** `oversight study analyze`: what the records say, as a table, a report and JSON. */
import { Command } from "commander";
import { formatStudy } from "../../study-table.ts";
import { readStudyFolder, withRecords } from "./opened-study.ts";

export function analyzeCommand(): Command {
  return new Command("analyze")
    .description("Accuracy, conditions, times, exclusions: a table, report.html and analysis.json.")
    .argument("<folder>", "the study's folder")
    .action(async (folder: string) => {
      const { readRecords } = await import("../../../study/database/records.ts");
      const { analyseStudy } = await import("../../../study/analysis/index.ts");
      const { writeStudyReport } = await import("../../../report/study/index.ts");
      const study = await readStudyFolder(folder);
      const records = await withRecords(study, readRecords);
      const analysis = analyseStudy(records, study.protocol);
      const report = writeStudyReport(analysis, study.folder);
      process.stdout.write(formatStudy(analysis));
      process.stdout.write(`\nreport: ${report}\n`);
    });
}
