/**
 * `oversight data check`: what is wrong with a data set before hours are spent on it. Exit code 0: nothing that harms,
 * perhaps warnings; 1: something that harms training or evaluation; 2: no manifest that could be read.
 */
import { Command } from "commander";
import { startProgress } from "../../base/progress.ts";
import { helpNote } from "../help-note.ts";

interface Flags {
  imageRoot?: string;
  mapRoot?: string;
  classes?: string[];
  json?: true;
}

export function dataCommand(): Command {
  return new Command("data").description("Look at a data set.").addCommand(checkCommand());
}

function checkCommand(): Command {
  return new Command("check")
    .description("Report unreadable images and maps, leaks between splits, and what gives the label away.")
    .argument(
      "<manifest>",
      "CSV with the header split,label,path[,saliency][,source][,subject], or without one as published",
    )
    .option("--image-root <folder>", "what image paths are relative to; the manifest's folder without it")
    .option("--map-root <folder>", "what map paths are relative to, or where maps have their images' names")
    .option("--classes <a,b,…>", "the only labels allowed", (names: string) => names.split(","))
    .option("--json", "as JSON")
    .addHelpText("after", helpNote("Exit code: 0 nothing harmful, 1 something harmful, 2 unusable input."))
    .action(async (file: string, { json, ...options }: Flags) => {
      const { checkData, isHarmful } = await import("../../data/check.ts");
      const { renderCheck } = await import("../../data/check-report.ts");
      const { readManifest } = await import("../../data/manifest.ts");
      const progress = startProgress();
      const check = await checkData(readManifest(file, options), {
        onProgress: (done, total) => progress.update("checking", done, total),
      });
      progress.end();
      const width = Math.min(process.stdout.columns ?? 100, 100);
      process.stdout.write(json ? `${JSON.stringify(check, null, 2)}\n` : renderCheck(check, width));
      process.exitCode = isHarmful(check) ? 1 : 0;
    });
}
