/** `oversight study export`: the records in forms that other programs read. */
import { Command } from "commander";
import { startProgress } from "../../../base/progress.ts";
import { listOf } from "./flags.ts";
import { readStudyFolder, withRecords } from "./opened-study.ts";

interface Flags {
  to?: string;
  kinds?: string;
}

export function exportCommand(): Command {
  return new Command("export")
    .description("Write the records as CSV with a codebook, strokes as JSON lines, masks as PNG, COCO.")
    .argument("<folder>", "the study's folder")
    .option("--to <folder>", "where they go; FOLDER/exports without it")
    .option("--kinds <a,b,…>", "trials, participants, strokes, masks, coco; all without it")
    .action(async (folder: string, flags: Flags) => {
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
