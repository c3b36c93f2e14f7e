/** `oversight train`: from a manifest to a run folder with trained weights. */
import { Command } from "commander";
import { InputError } from "../../base/errors.ts";
import { startProgress } from "../../base/progress.ts";
import type { TrainingConfig } from "../../training/config.ts";
import { type Place, processesOf, rankOf } from "../../training/place.ts";
import type { TrainingInput } from "../../training/train.ts";
import { integer, several } from "../flag-values.ts";
import { exitLost, launchProcesses, ownPlace, parseAddress } from "../launch-processes.ts";

interface Flags {
  preset?: string;
  out?: string;
  set?: string[];
  data?: string;
  imageRoot?: string;
  mapRoot?: string;
  guidance?: string;
  alpha?: string;
  lambda?: string;
  nproc: number;
  rendezvous?: string;
  machines: number;
  machine: number;
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
    .option("--set <setting=value>", "any other setting, e.g. augment.flip=true", several)
    .option("--nproc <n>", "processes on this machine, each on its share of every batch", count("--nproc", 1), 1)
    .option("--rendezvous <host:port>", "where the processes of several machines meet: a free port of machine 0")
    .option("--machines <n>", "that train this run together, each with --nproc processes", count("--machines", 1), 1)
    .option("--machine <i>", "which of them this one is, from 0", count("--machine", 0), 0)
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
      const config = gatherConfig({ file, preset: flags.preset, set: flags.set ?? [], flags: layer });
      const out = flags.out ?? `runs/${config.network}-${config.guidance.name}-${config.seed}`;
      const place = ownPlace();
      process.exitCode = place === undefined ? await begin(config, out, flags) : await run(config, out, place);
    });
}

/** Of processes or machines. */
const count = (flag: string, least: number) => (text: string) => integer(flag, text, least, 1024);

/** Trains in this process, or starts those that do. @returns the exit code */
async function begin(config: TrainingConfig, out: string, flags: Flags): Promise<number> {
  const { nproc: here, machines, machine, rendezvous } = flags;
  if (machines > 1 !== (rendezvous !== undefined))
    throw new InputError("--rendezvous and --machines go together: where machines meet, and how many (2 or more)");
  if (machine >= machines) throw new InputError(`--machine ${machine}: the machines count from 0 to ${machines - 1}`);
  if (here * machines === 1) return run(config, out);
  const meet = rendezvous === undefined ? undefined : parseAddress(rendezvous);
  return launchProcesses({ machine, machines, here }, meet, (words) => say(`oversight: ${words}`));
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function defined(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/**
 * @param place among the processes that share every batch, if it is not this one's alone
 * @returns the exit code: 130 when it was stopped by Ctrl-C
 */
async function run(config: TrainingConfig, out: string, place?: Place): Promise<number> {
  const { prepareRun } = await import("../../training/prepare.ts");
  const { train } = await import("../../training/train.ts");
  const { trainTogether } = await import("../train-together.ts");
  // The first process of each machine speaks for all.
  const speaks = place === undefined || place.local === 0;
  const tell = speaks ? say : () => {};
  const progress = startProgress(speaks ? process.stderr : { write: () => {} });

  const writes = place === undefined || rankOf(place) === 0;
  const processes = place && { total: processesOf(place), here: place.here, local: place.local };
  const prepared = await prepareRun(config, { out: writes ? out : undefined, processes, onProgress: progress.update });
  progress.end();
  for (const note of prepared.notes) tell(note);
  const { classifier, training, validation, loss } = prepared;
  const shared = processes === undefined ? "" : `, ${processes.total} processes`;
  tell(
    `${out}: ${config.network}, ${loss.name}, ${training.samples.length} training and ${validation.samples.length} validation images, ` +
      `${classifier.device}, ${classifier.precision}${shared}`,
  );

  let stopped = false;
  const stop = () => {
    if (stopped) process.exit(130);
    stopped = true;
    progress.end();
    tell("stopping after this step; Ctrl-C again to stop at once");
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  const input: TrainingInput = {
    ...prepared,
    stopped: () => stopped,
    onStep: ({ epoch, epochs, imagesDone, imagesTotal, loss }) =>
      progress.update(`epoch ${epoch + 1}/${epochs} loss ${loss.toFixed(3)}`, imagesDone, imagesTotal),
    onEpoch: ({ epoch, epochs, train, validation, best, imagesPerSecond }) => {
      progress.end();
      const guidance = train.guidance === null ? "" : ` guidance ${train.guidance.toFixed(4)}`;
      const measured = `AUC ${validation.auc?.toFixed(4) ?? "–"} accuracy ${validation.accuracy.toFixed(4)}`;
      const rate = `${imagesPerSecond.toFixed(1)} images/s`;
      tell(
        `epoch ${epoch}/${epochs}: loss ${train.loss.toFixed(4)}${guidance}; validation ${measured}${best ? " (best)" : ""}; ${rate}`,
      );
    },
  };
  try {
    const outcome =
      place === undefined
        ? await train(input)
        : await trainTogether(prepared, input, place, (what) => tell(`waiting for ${what}`));
    progress.end();
    if (outcome === "lost") return exitLost;
    if (!outcome.finished) {
      tell("stopped; run the same command to go on");
      return 130;
    }
    const { best } = outcome;
    const where = writes ? `${out}/best.safetensors` : "machine 0's run folder";
    tell(`done: best epoch ${best?.epoch} (validation ${config.select} ${best?.value.toFixed(4)}) in ${where}`);
    return 0;
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
    prepared.run?.close();
    training.close();
    validation.close();
  }
}
