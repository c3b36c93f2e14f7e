/** How a person's settings come together: preset, then file, then flags. */
import { dirname, resolve } from "node:path";
import { parse as parseYaml } from "yaml";
import { InputError } from "../base/errors.ts";
import { nearest } from "../base/suggest.ts";
import { type Layer, overlay, parseConfig, presets, readConfigFile, type TrainingConfig } from "./config.ts";

export interface Settings {
  /** A YAML file; the paths in it are relative to it. */
  file?: string | undefined;
  preset?: string | undefined;
  /** As `guidance.alpha=0.7`: a path into the configuration and a YAML value. */
  set?: readonly string[];
  /** Flags, as a configuration with gaps. */
  flags?: Layer;
}

/** @throws InputError naming the file or flag and what is wrong with it */
export function gatherConfig({ file, preset, set = [], flags = {} }: Settings): TrainingConfig {
  let config: Layer = preset === undefined ? {} : presetNamed(preset);
  if (file !== undefined) config = overlay(config, withAbsolutePaths(readConfigFile(file), dirname(file)));
  config = overlay(config, withAbsolutePaths(flags, process.cwd()));
  for (const setting of set) config = overlay(config, parseSetting(setting));
  const origin = file ?? "the settings";
  if (config.data === undefined)
    throw new InputError(`${origin}: no data: name a manifest with --data or \`data.manifest\``);
  if (config.network === undefined)
    throw new InputError(`${origin}: no network: name one with --network or \`network\``);
  return parseConfig(config, origin);
}

function presetNamed(name: string): Layer {
  const known = Object.keys(presets);
  if (!known.includes(name)) {
    throw new InputError(
      `--preset: there is no preset "${name}"${nearest(name, known)}; there are ${known.join(", ")}`,
    );
  }
  return presets[name as keyof typeof presets];
}

/** `guidance.tap=official` as a layer. @throws InputError when it is not a setting and a YAML value */
export function parseSetting(setting: string): Layer {
  const cut = setting.indexOf("=");
  if (cut < 1) throw new InputError(`--set ${setting}: expected a setting and its value, as in guidance.alpha=0.7`);
  let value: unknown;
  try {
    value = parseYaml(setting.slice(cut + 1));
  } catch {
    throw new InputError(`--set ${setting}: the value is not YAML`);
  }
  const path = setting.slice(0, cut).split(".");
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Layer;
}

/** The settings that are paths, made independent of where a later command runs. */
export function withAbsolutePaths(config: Layer, base: string): Layer {
  const absolute = (value: unknown) => (typeof value === "string" ? resolve(base, value) : value);
  const changed: Record<string, unknown> = { ...config };
  const { weights } = config;
  if (typeof weights === "string" && weights !== "none" && weights !== "imagenet") changed.weights = absolute(weights);
  if (typeof config.data === "object" && config.data !== null) {
    const data: Record<string, unknown> = { ...config.data };
    for (const key of ["manifest", "imageRoot", "mapRoot"]) if (key in data) data[key] = absolute(data[key]);
    changed.data = data;
  }
  return changed;
}
