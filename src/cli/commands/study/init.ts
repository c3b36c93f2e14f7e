/** `oversight study init`: a study folder whose `study.yaml` is then edited. */
import { Command } from "commander";
import { startProgress } from "../../../base/progress.ts";

interface Flags {
  images: string;
  practice?: string;
  catch?: string;
  name?: string;
  title?: string;
  target?: string;
  question?: string;
}

export function initCommand(): Command {
  return new Command("init")
    .description("Make a study's folder, with a study.yaml to be edited.")
    .argument("<folder>", "new, or empty")
    .requiredOption("--images <manifest>", "CSV of the images to be judged: split,label,path[,saliency][,source]")
    .option("--practice <manifest>", "images for practice trials; some of the others without it")
    .option(
      "--catch <manifest>",
      "images for catch trials, that nobody who looks can get wrong; no such trials without it",
    )
    .option("--name <name>", "of the study in the database and in exports; the folder's without it")
    .option("--title <words>", "what participants see as the study's name")
    .option("--target <label>", "the label that is asked for")
    .option("--question <words>", "what participants are asked about each pair")
    .action(async (folder: string, flags: Flags) => {
      const { initStudy } = await import("../../../study/template.ts");
      const progress = startProgress();
      const study = await initStudy(folder, {
        ...flags,
        onProgress: (done, total) => progress.update("reading images", done, total),
      });
      progress.end();
      for (const note of study.notes) process.stderr.write(`note: ${note}\n`);
      process.stdout.write(`${folder}/study.yaml is ready to be edited; then: oversight study serve ${folder}\n`);
    });
}
