/** `oversight study export`: the records in forms that other programs read. */
import { Command } from "commander";
import { writeFileAtomic } from "../../../base/files.ts";
import { startProgress } from "../../../base/progress.ts";
import { listOf } from "../../flag-values.ts";
import { readStudyFolder, withRecords } from "./opened-study.ts";

interface Flags {
  to?: string;
  kinds?: string;
  codes?: string;
}

export function exportCommand(): Command {
  return new Command("export")
    .description("Write the records as CSV with a codebook, strokes as JSON lines, masks as PNG, COCO.")
    .argument("<folder>", "the study's folder")
    .option("--to <folder>", "where they go; FOLDER/exports without it")
    .option("--kinds <a,b,…>", "trials, participants, strokes, masks, coco; all without it")
    .option("--codes <file>", "instead, a CSV of completion codes and the platform's names, to pay by: keep it apart")
    .action(async (folder: string, flags: Flags) => {
      if (flags.codes !== undefined) return exportCodes(folder, flags.codes);
      const { exportKinds, exportStudy } = await import("../../../study/exports/index.ts");
      const { countTrials, readParticipants, streamTrials } = await import("../../../study/database/records.ts");
      const { studyPaths } = await import("../../../study/study-folder.ts");
      const kinds = flags.kinds === undefined ? exportKinds : listOf("--kinds", flags.kinds, exportKinds);
      const to = flags.to ?? studyPaths(folder).exports;
      const study = await readStudyFolder(folder);
      const { protocol, images } = study;
      const progress = startProgress();
      const { entries } = await withRecords(study, async (database) => {
        const total = await countTrials(database);
        const participants = await readParticipants(database);
        const source = { protocol, images, participants, trials: streamTrials(database) };
        return exportStudy(source, to, kinds, (done) => progress.update("exporting", done, total, "trials"));
      });
      progress.end();
      for (const kind of kinds) process.stdout.write(`${kind.padEnd(14)}${entries[kind] ?? 0}\n`);
      process.stdout.write(`in ${to}, with codebook.csv\n`);
    });
}

async function exportCodes(folder: string, file: string): Promise<void> {
  const { readCompletions } = await import("../../../study/database/records.ts");
  const { stringify } = await import("csv-stringify/sync");
  const study = await readStudyFolder(folder);
  const completions = await withRecords(study, readCompletions);
  const { completionCode } = study.protocol.recruitment;
  const header = ["participant", "code", "finished_at", "platform_participant", "platform_study", "platform_session"];
  const rows = completions.map(({ participant, code, finishedAt, recruitment }) => {
    const { participant: name, study: platformStudy, session } = recruitment ?? {};
    return [participant, code ?? completionCode, finishedAt, name, platformStudy, session];
  });
  // Names come from a link that anybody may write: a table program must not take them for formulas.
  writeFileAtomic(file, stringify([header, ...rows], { escape_formulas: true }));
  process.stdout.write(`${rows.length} completed: ${file}\n`);
}
