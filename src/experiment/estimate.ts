/**
 * How long an experiment will take here, and how much memory its runs want: from measured speeds (probe.ts), kept in the
 * experiment's `probe.json`; memory without them from a table.
 */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { z } from "zod";
import { InputError } from "../base/errors.ts";
import { writeFileAtomic } from "../base/files.ts";
import { parseJson, readJsonFile } from "../base/schema.ts";
import type { TrainingConfig } from "../training/config.ts";
import { runCommand } from "./command-line.ts";
import type { Slot } from "./machine.ts";
import type { ExperimentPlan } from "./plan.ts";
import { type Speed, speedSchema } from "./probe.ts";
import type { RunStatus } from "./run-status.ts";
import type { Contents, ExperimentRun } from "./runs.ts";

/** Measured speeds by what decides about them, see `speedKey`. */
export type Speeds = Map<string, Speed>;

const probesSchema = z.record(z.string(), speedSchema);
const probeFile = (folder: string) => join(folder, "probe.json");

/** What a step costs depends on these; that it is guided adds little and is not told apart. */
function speedKey(config: TrainingConfig, { threads, device }: Slot): string {
  const kind = device.replace(/:\d+$/, "");
  return `${memoryKey(config)} on ${kind}, ${threads === 1 ? "1 thread" : `${threads} threads`}`;
}
function memoryKey({ network, inputSize, batch, precision }: TrainingConfig): string {
  return `${network}, ${inputSize} px, batch ${batch}, ${precision}`;
}

/** Those measured before; none where there are none. */
export function knownSpeeds(folder: string): Speeds {
  const file = probeFile(folder);
  return new Map(existsSync(file) ? Object.entries(readJsonFile(probesSchema, file)) : []);
}

/**
 * Measures what is not known yet, one process after another, with nothing else beside it.
 * @throws InputError when a probe fails, with its words
 */
export async function measureSpeeds(
  folder: string,
  runs: readonly ExperimentRun[],
  slot: Slot,
  onProbe: (what: string) => void,
): Promise<Speeds> {
  const speeds = knownSpeeds(folder);
  const { signal } = new AbortController();
  for (const run of costliestOfEach(runs, slot)) {
    const key = speedKey(run.config, slot);
    if (speeds.has(key)) continue;
    onProbe(key);
    mkdirSync(run.folder, { recursive: true });
    const settings = join(run.folder, "settings.yaml");
    writeFileAtomic(settings, stringify(run.config));
    const { threads, device } = slot;
    const args = ["experiment", "probe", settings, "--threads", String(threads), "--device", device];
    const { code, reason, stdout } = await runCommand(args, { threads, signal });
    if (code !== 0) throw new InputError(`the probe of ${run.name} failed: ${reason}; plan without it: --no-probe`);
    speeds.set(key, parseJson(speedSchema, stdout, "the probe's answer"));
    writeFileAtomic(probeFile(folder), `${JSON.stringify(Object.fromEntries(speeds), null, 1)}\n`);
  }
  return speeds;
}

/** A run for each speed, a guided one where there is one. */
function costliestOfEach(runs: readonly ExperimentRun[], slot: Slot): ExperimentRun[] {
  const chosen = new Map<string, ExperimentRun>();
  for (const run of runs) {
    const key = speedKey(run.config, slot);
    const before = chosen.get(key);
    if (
      before === undefined ||
      (before.config.guidance.name === "cross-entropy" && run.config.guidance.name !== "cross-entropy")
    )
      chosen.set(key, run);
  }
  return [...chosen.values()];
}

/** Seconds that a run has before it; undefined where its speed is not known. */
export function secondsLeft(
  run: ExperimentRun,
  { epoch }: Pick<RunStatus, "epoch">,
  { plan, contents, speeds, slot }: { plan: ExperimentPlan; contents: Contents; speeds: Speeds; slot: Slot },
): number | undefined {
  const speed = speeds.get(speedKey(run.config, slot));
  if (speed === undefined) return undefined;
  const { training, validation } = contents.data.get(run.strategy)!;
  const tested = plan.tests.reduce((sum, { images }) => sum + images, 0);
  const epochs = run.config.epochs - epoch;
  return (
    epochs * (training * speed.training + validation * speed.validation) +
    (validation + tested) * speed.scoring +
    // One process trains, another evaluates.
    2 * speed.start
  );
}

/** Seconds until all are done: the next run goes to the place that is free first. */
export function secondsTogether(runs: readonly number[], places: number): number {
  const busy = Array.from({ length: places }, () => 0);
  for (const seconds of runs) {
    const first = busy.indexOf(Math.min(...busy));
    busy[first] += seconds;
  }
  return Math.max(...busy);
}

/** Bytes of a process that trains: what was measured, else a guess. */
export function memoryOf(config: TrainingConfig, speeds: Speeds): number {
  const measured = [...speeds].filter(([key]) => key.startsWith(`${memoryKey(config)} on cpu,`));
  return measured.length > 0 ? Math.max(...measured.map(([, { memory }]) => memory)) : guessMemory(config);
}

/**
 * Of training in float32: a process with libtorch, weights with gradients and velocities, and what a forward pass keeps
 * for the way back, which grows with the pixels.
 */
export function guessMemory({ network, inputSize, batch }: TrainingConfig): number {
  const { parameters, perPixel } = footprints[network];
  const pixels = batch * inputSize! ** 2;
  return 450e6 + parameters * 4 * 3 + pixels * perPixel;
}

/** Trainable numbers, and bytes for each pixel of the input. */
export const footprints = {
  densenet121: { parameters: 7.0e6, perPixel: 3000 },
  resnet50: { parameters: 23.5e6, perPixel: 2200 },
  inception_v3: { parameters: 21.8e6, perPixel: 1500 },
  xception: { parameters: 20.8e6, perPixel: 2600 },
  "resnet-small": { parameters: 0.7e6, perPixel: 800 },
} as const satisfies Record<TrainingConfig["network"], unknown>;
