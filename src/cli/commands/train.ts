/** `oversight train`: from a manifest to a run folder with trained weights. */
import { Command } from "commander";
import { startProgress } from "../../base/progress.ts";

interface Flags {
  preset?: string;
  out?: string;
  set: string[];
  data?: string;
  imageRoot?: string;
  mapRoot?: string;
  guidance?: string;
  alpha?: string;
  lambda?: string;
  [setting: string]: unknown;
}

/** Flags that are a setting of the same name at the top of the configuration. */
const plainSettings = [
  ["network", "<name>", "densenet121, resnet50, inception_v3, xception or resnet-small"],
  ["weights", "<source>", "none, imagenet, or a .safetensors or .pth file"],
  ["epochs", "<n>", "times that every image is seen"],
  ["batch", "<n>", "images a step"],
  ["learning-rate", "<x>", "of the first epoch"],
  ["input-size", "<pixels>", "side of the square network input"],
  ["seed", "<n>", "of weights, order and augmentation"],
  ["device", "<name>", "auto, cpu, cuda:0, …"],
  ["precision", "<name>", "auto, float32 or bfloat16"],
  ["threads", "<n>", "of one operation; all cores without it"],
] as const;

export function trainCommand(): Command {
  const command = new Command("train")
    .description("Train a network; the same command again resumes a run that was interrupted.")
    .argument("[config]", "settings as YAML; flags go over them")
    .option("--data <manifest>", "CSV of images, labels and maps")
    .option("--image-root <folder>", "what image paths are relative to")
    .option("--map-root <folder>", "what map paths are relative to")
    .option("--preset <name>", "paper or paper-official: the published settings")
    .option("--out <folder>", "run folder; runs/NETWORK-GUIDANCE-SEED without it")
    .option("--guidance <name>", "cross-entropy or cyborg")
    .option("--alpha <x>", "weight of cross-entropy against the maps, 0..1")
    .option("--lambda <x>", "cross-entropy + lambda × guidance, instead of alpha");
  for (const [name, value, meaning] of plainSettings) command.option(`--${name} ${value}`, meaning);
  return command
    .option(
      "--set <setting=value>",
      "any other setting, e.g. augment.flip=true",
      (value, all: string[]) => [...all, value],
      [],
    )
    .action(async (file: string | undefined, flags: Flags) => {
      const { gatherConfig } = await import("../../training/settings.ts");
      const { parse } = await import("yaml");
      const given = (value: unknown) => (typeof value === "string" ? parse(value) : undefined);
      const layer: Record<string, unknown> = {};
      for (const [name] of plainSettings) {
        const key = name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
        if (flags[key] !== undefined) layer[key] = name === "weights" ? flags[key] : given(flags[key]);
      }
      const data = defined({ manifest: flags.data, imageRoot: flags.imageRoot, mapRoot: flags.mapRoot });
      if (Object.keys(data).length > 0) layer.data = data;
      const guidance = defined({ name: flags.guidance, alpha: given(flags.alpha), lambda: given(flags.lambda) });
      if (Object.keys(guidance).length > 0) layer.guidance = guidance;
      const config = gatherConfig({ file, preset: flags.preset, set: flags.set, flags: layer });
      const out = flags.out ?? `runs/${config.network}-${config.guidance.name}-${config.seed}`;
      process.exitCode = await run(config, out);
    });
}

function defined(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** @returns the exit code: 130 when it was stopped by Ctrl-C */
async function run(config: import("../../training/config.ts").TrainingConfig, out: string): Promise<number> {
  const { prepareRun } = await import("../../training/prepare.ts");
  const { train } = await import("../../training/train.ts");
  const say = (line: string) => process.stderr.write(`${line}\n`);

  const progress = startProgress();
  const prepared = await prepareRun(config, { out, onProgress: progress.update });
  progress.end();
  for (const note of prepared.notes) say(note);
  const { classifier, training, validation, loss } = prepared;
  say(
    `${out}: ${config.network}, ${loss.name}, ${training.samples.length} training and ${validation.samples.length} validation images, ` +
      `${classifier.device}, ${classifier.precision}`,
  );

  let stopped = false;
  const stop = () => {
    if (stopped) process.exit(130);
    stopped = true;
    progress.end();
    say("stopping after this step; Ctrl-C again to stop at once");
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  try {
    const outcome = await train({
      ...prepared,
      stopped: () => stopped,
      onStep: ({ epoch, epochs, imagesDone, imagesTotal, loss }) =>
        progress.update(`epoch ${epoch + 1}/${epochs} loss ${loss.toFixed(3)}`, imagesDone, imagesTotal),
      onEpoch: ({ epoch, epochs, train, validation, best, imagesPerSecond }) => {
        progress.end();
        const guidance = train.guidance === null ? "" : ` guidance ${train.guidance.toFixed(4)}`;
        const measured = `AUC ${validation.auc?.toFixed(4) ?? "–"} accuracy ${validation.accuracy.toFixed(4)}`;
        const rate = `${imagesPerSecond.toFixed(1)} images/s`;
        say(
          `epoch ${epoch}/${epochs}: loss ${train.loss.toFixed(4)}${guidance}; validation ${measured}${best ? " (best)" : ""}; ${rate}`,
        );
      },
    });
    progress.end();
    if (!outcome.finished) {
      say("stopped; run the same command to go on");
      return 130;
    }
    const { best } = outcome;
    say(
      `done: best epoch ${best?.epoch} (validation ${config.select} ${best?.value.toFixed(4)}) in ${out}/best.safetensors`,
    );
    return 0;
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
    prepared.run.close();
    training.close();
    validation.close();
  }
}
