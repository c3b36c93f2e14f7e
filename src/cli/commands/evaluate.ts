/** `oversight evaluate`: a trained run on test sets. */
import { basename, extname, resolve } from "node:path";
import { Command, Option } from "commander";
import { InputError } from "../../base/errors.ts";
import { startProgress } from "../../base/progress.ts";
import { integer, several } from "../flag-values.ts";
import { formatResults } from "../results-table.ts";

interface Flags {
  test: string[];
  imageRoot?: string[];
  threads?: string;
  batch: string;
  fpr?: string;
  device: string;
  precision: "auto" | "float32" | "bfloat16";
}

export function evaluateCommand(): Command {
  return new Command("evaluate")
    .description("Score a run's best weights on test sets; the threshold comes from validation.")
    .argument("<run>", "run folder that `oversight train` made")
    .requiredOption("--test <[name=]manifest>", "a test set; again for each further one", several)
    .option(
      "--image-root <[name=]folder>",
      "what image paths are relative to, of all test sets or of the one of that name",
      several,
    )
    .option("--threads <n>", "of one operation; the run's own number without it")
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
      const batch = integer("--batch", flags.batch, 1);
      const rule =
        flags.fpr === undefined
          ? ({ rule: "eer" } as const)
          : ({ rule: "fpr", fpr: rate("--fpr", flags.fpr) } as const);

      const threads = flags.threads === undefined ? undefined : integer("--threads", flags.threads, 1);
      const { config, classifier, tap } = openTrainedRun(run, { ...flags, threads });
      const rootOf = imageRoots(flags.imageRoot ?? []);
      const { classes } = classifier;
      const own = readManifest(config.data.manifest, { ...config.data, classes });
      const testSets = flags.test.map((given) => {
        const [called, file] = nameAndPath(given);
        const path = resolve(file);
        const name = called ?? basename(path, extname(path));
        const manifest = readManifest(path, { imageRoot: rootOf(name), classes });
        return { name, manifest: file, samples: requireSamples(manifest, "test") };
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

/** `name=path` or a path alone; a path may hold an equals sign behind its first slash. */
function nameAndPath(given: string): [name: string | undefined, path: string] {
  const [, name, path] = /^(?:([^=/\\]+)=)?(.+)$/.exec(given)!;
  return [name, path];
}

/** The image root of a test set: its own, or the one for all. */
function imageRoots(given: readonly string[]): (testSet: string) => string | undefined {
  const roots = new Map(given.map(nameAndPath));
  return (testSet) => roots.get(testSet) ?? roots.get(undefined);
}

function rate(flag: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InputError(`${flag}: expected a rate between 0 and 1, found ${text}`);
  return value;
}
