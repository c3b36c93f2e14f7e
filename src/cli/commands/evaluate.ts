/** `oversight evaluate`: a trained run on test sets. */
import { basename, extname, resolve } from "node:path";
import { Command, Option } from "commander";
import { InputError } from "../../base/errors.ts";
import { startProgress } from "../../base/progress.ts";
import { formatResults } from "../results-table.ts";

interface Flags {
  test: string[];
  imageRoot?: string;
  batch: string;
  fpr?: string;
  device: string;
  precision: "auto" | "float32" | "bfloat16";
}

export function evaluateCommand(): Command {
  return new Command("evaluate")
    .description("Score a run's best weights on test sets; the threshold comes from validation.")
    .argument("<run>", "run folder that `oversight train` made")
    .requiredOption(
      "--test <[name=]manifest>",
      "a test set; again for each further one",
      (value, all: string[] = []) => [...all, value],
    )
    .option("--image-root <folder>", "what image paths of the test sets are relative to")
    .option("--batch <n>", "images a forward pass", "32")
    .option(
      "--fpr <rate>",
      "choose the threshold at this false positive rate on validation, not at the equal error rate",
    )
    .option("--device <name>", "auto, cpu, cuda:0, …", "auto")
    .addOption(new Option("--precision <name>").choices(["auto", "float32", "bfloat16"]).default("auto"))
    .action(async (run: string, flags: Flags) => {
      const { readManifest, requireSamples } = await import("../../data/manifest.ts");
      const { evaluate } = await import("../../evaluation/evaluate.ts");
      const { openTrainedRun } = await import("../../training/trained-run.ts");
      const batch = positiveInteger("--batch", flags.batch);
      const rule =
        flags.fpr === undefined
          ? ({ rule: "eer" } as const)
          : ({ rule: "fpr", fpr: rate("--fpr", flags.fpr) } as const);

      const { config, classifier, tap } = openTrainedRun(run, flags);
      const { classes } = classifier;
      const own = readManifest(config.data.manifest, { ...config.data, classes });
      const testSets = flags.test.map((given) => {
        const [, name, file] = /^(?:([^=/\\]+)=)?(.+)$/.exec(given)!;
        const path = resolve(file);
        const manifest = readManifest(path, { imageRoot: flags.imageRoot, classes });
        return {
          name: name ?? basename(path, extname(path)),
          manifest: file,
          samples: requireSamples(manifest, "test"),
        };
      });
      const validation = { name: "validation", manifest: config.data.manifest, samples: requireSamples(own, "val") };
      const progress = startProgress();
      const results = await evaluate({
        ...{ runFolder: run, classifier, validation, testSets, rule, tap, batch },
        onProgress: progress.update,
      });
      progress.end();
      process.stdout.write(formatResults(results));
    });
}

function positiveInteger(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InputError(`${flag}: expected a whole number above 0, found ${text}`);
  return value;
}

function rate(flag: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InputError(`${flag}: expected a rate between 0 and 1, found ${text}`);
  return value;
}
