/**
 * The configuration of a run: one schema gives the type, the check, the defaults and the errors. The defaults are the
 * paper's hyper-parameters; a YAML file, a preset and flags are laid over one another before the check.
 */
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { InputError, inOneLine } from "../base/errors.ts";
import { readTextFile } from "../base/files.ts";
import { nearest } from "../base/suggest.ts";
import { networkNames } from "../vision/networks/names.ts";

const share = z.number().min(0).max(1);

const crossEntropySchema = z.strictObject({ name: z.literal("cross-entropy") });

const cyborgSchema = z
  .strictObject({
    name: z.literal("cyborg"),
    /** α · cross-entropy + (1 − α) · guidance. */
    alpha: share.optional(),
    /** cross-entropy + λ · guidance; instead of alpha. */
    lambda: z.number().min(0).optional(),
    /** The class whose CAM is compared: the label, or the network's own answer. */
    class: z.enum(["true", "predicted"]).default("true"),
    /** The feature map that the CAM reads. */
    tap: z.enum(["gap", "official"]).default("gap"),
    /** Whether the guidance term also trains the last layer's weights. */
    camWeights: z.enum(["attached", "detached"]).default("attached"),
  })
  .refine(({ alpha, lambda }) => alpha === undefined || lambda === undefined, {
    error: "alpha and lambda are two ways to blend: give one",
  })
  .transform((given) => (given.lambda === undefined ? { ...given, alpha: given.alpha ?? 0.5 } : given));

const scheduleSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("step"), every: z.int().positive(), factor: z.number().positive() }),
  z.strictObject({ kind: z.literal("cosine") }),
  z.strictObject({ kind: z.literal("constant") }),
]);

export const configSchema = z.strictObject({
  data: z.strictObject({
    /** A CSV file of images, labels and maps. */
    manifest: z.string().min(1),
    /** Folder that image paths are relative to; the manifest's own without it. */
    imageRoot: z.string().min(1).optional(),
    /** Folder that map paths are relative to or, for header-less manifests, in which maps have their images' names. */
    mapRoot: z.string().min(1).optional(),
    /** The classes in the order of the logits; the labels found, sorted, without it. */
    classes: z.array(z.string().min(1)).min(2).optional(),
    /** The class that scores speak of; the last one without it. */
    positive: z.string().min(1).optional(),
  }),
  network: z.enum(networkNames),
  /** Side of the square network input, in pixels; the network's own without it. */
  inputSize: z.int().min(32).max(1024).optional(),
  /** Initial weights: `none`, `imagenet`, or a .safetensors or .pth file. */
  weights: z.string().min(1).default("none"),
  guidance: z.discriminatedUnion("name", [crossEntropySchema, cyborgSchema]).default({ name: "cross-entropy" }),
  epochs: z.int().positive().default(50),
  /** Images a step. */
  batch: z.int().positive().max(65536).default(20),
  learningRate: z.number().positive().default(0.005),
  momentum: z.number().min(0).lt(1).default(0.9),
  weightDecay: z.number().min(0).default(1e-6),
  schedule: scheduleSchema.default({ kind: "step", every: 12, factor: 0.1 }),
  /** The largest Euclidean norm of all gradients together; unlimited without it. */
  clipGradients: z.number().positive().optional(),
  augment: z
    .strictObject({
      /** Mirror half of the images, and their maps. */
      flip: z.boolean().default(false),
      /** Cut a random square of at least 1 − crop of the side, and the same of the map; 0 cuts nothing. */
      crop: z.number().min(0).lt(1).default(0),
    })
    .prefault({}),
  /** What the validation must be best in for `best.safetensors`. */
  select: z.enum(["auc", "accuracy"]).default("auc"),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(1),
  device: z
    .string()
    .regex(/^(auto|cpu|cuda(:\d+)?)$/, "expected auto, cpu, cuda or cuda:0, cuda:1, …")
    .default("auto"),
  precision: z.enum(["auto", "float32", "bfloat16"]).default("auto"),
  /** Threads of one operation; all cores without it. */
  threads: z.int().positive().max(1024).optional(),
});

export type TrainingConfig = z.output<typeof configSchema>;
/** What a person writes: everything but data and network may be left out. */
export type TrainingConfigInput = z.input<typeof configSchema>;
/** Settings with gaps, not yet checked. */
export type Layer = Readonly<Record<string, unknown>>;

/** Named starting points; a file and flags go over them. */
export const presets = {
  /** The paper's hyper-parameters with the loss as its formula has it. */
  paper: {
    weights: "imagenet",
    guidance: { name: "cyborg", alpha: 0.5, class: "true", tap: "gap", camWeights: "attached" },
    select: "accuracy",
  },
  /** The same, with the layer and the class that the published code reads. */
  "paper-official": {
    weights: "imagenet",
    guidance: { name: "cyborg", alpha: 0.5, class: "predicted", tap: "official", camWeights: "attached" },
    select: "accuracy",
  },
} as const satisfies Record<string, Layer>;

/** Objects are merged, anything else is replaced. A guidance with another name is not merged into but replaced. */
export function overlay(below: Layer, above: Layer): Layer {
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const old = merged[key];
    const sameKind = isLayer(old) && isLayer(value) && !differs(old, value, "name") && !differs(old, value, "kind");
    merged[key] = sameKind ? overlay(old, value) : value;
  }
  return merged;
}

function isLayer(value: unknown): value is Layer {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
function differs(old: Layer, value: Layer, key: string): boolean {
  return value[key] !== undefined && value[key] !== old[key];
}

/**
 * @param origin what errors call the source, e.g. the file's name
 * @throws InputError with the first offending path: `run.yaml: learningRate: expected number, received string`
 */
export function parseConfig(given: unknown, origin: string): TrainingConfig {
  const parsed = configSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = inOneLine(issue.path.join("."));
  const place = path === "" ? origin : `${origin}: ${path}`;
  if (issue.code === "unrecognized_keys") {
    const known = Object.keys(configSchema.shape);
    throw new InputError(`${place}: unknown setting ${inOneLine(issue.keys[0])}${nearest(issue.keys[0], known)}`);
  }
  if (path === "network") {
    const value = String((given as Layer).network);
    throw new InputError(
      `${place}: there is no network "${value}"${nearest(value, networkNames)}; there are ${networkNames.join(", ")}`,
    );
  }
  throw new InputError(`${place}: ${issue.message}`);
}

/**
 * What a run's numbers depend on: all settings but what it runs on (device, threads: up to the last digits) and where its
 * data lie, for which a fingerprint of their content stands.
 */
export function decisiveSettings({ device: _, threads: __, data, ...settings }: TrainingConfig) {
  return { ...settings, data: { classes: data.classes, positive: data.positive } };
}

/** @throws InputError when the file is missing, is not YAML, or is not a mapping */
export function readConfigFile(path: string): Layer {
  let parsed: unknown;
  const text = readTextFile(path);
  try {
    parsed = parseYaml(text);
  } catch (error) {
    throw new InputError(`${path}: not YAML: ${(error as Error).message.split("\n")[0]}`);
  }
  if (!isLayer(parsed)) throw new InputError(`${path}: expected settings, \`name: value\` line by line`);
  return parsed;
}
