/** `oversight study maps`: what people marked, as maps to train with. */
import { join, resolve } from "node:path";
import { Command } from "commander";
import { startProgress } from "../../../base/progress.ts";
import { number, oneOf } from "../../flag-values.ts";
import { readStudyFolder, withRecords } from "./opened-study.ts";

interface Flags {
  to?: string;
  judgements: string;
  blur: string;
}

export function mapsCommand(): Command {
  return new Command("maps")
    .description("Make a grey map of each image from its marks, and a manifest that `oversight train` reads.")
    .argument("<folder>", "the study's folder")
    .option("--to <folder>", "where they go; FOLDER/maps without it")
    .option(
      "--judgements <which>",
      "correct: right decisions by participants above chance, as in the paper; all",
      "correct",
    )
    .option("--blur <share>", "standard deviation of a Gaussian blur, as a share of the image's width", "0")
    .action(async (folder: string, flags: Flags) => {
      const { judgementRules, makeMaps, renderMapsSummary } = await import("../../../study/maps/index.ts");
      const { readRecords } = await import("../../../study/database/records.ts");
      const { studyPaths } = await import("../../../study/study-folder.ts");
      const rule = oneOf("--judgements", flags.judgements, judgementRules);
      const blur = number("--blur", flags.blur, 0, 0.5);
      const study = await readStudyFolder(folder);
      const records = await withRecords(study, readRecords);
      const to = flags.to ?? studyPaths(folder).maps;
      const manifest = resolve(study.folder, study.protocol.images.manifest);
      const progress = startProgress();
      const onProgress = (done: number, total: number) => progress.update("making maps", done, total);
      const summary = await makeMaps(records, study.protocol, to, { manifest, rule, blur, onProgress });
      progress.end();
      process.stdout.write(renderMapsSummary(summary));
      process.stdout.write(`to train with: ${join(to, "manifest.csv")}\n`);
    });
}
