/** All that a run folder holds so far, read and checked. What is not there yet is null; what is there and broken is an error. */
import { existsSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parse as parseYaml } from "yaml";
import { explainSystemError, InputError } from "../base/errors.ts";
import { readTextFile } from "../base/files.ts";
import {
  type EvaluationResults,
  type MapEntry,
  readEvaluation,
  readMapIndex,
  readScores,
  type ScoreRow,
  scoresPath,
} from "../evaluation/index.ts";
import { type EpochMetrics, readMetrics } from "../training/metrics.ts";

export interface Picture extends MapEntry {
  png: Buffer;
}

export interface RunContents {
  /** The folder's own name. */
  name: string;
  config: unknown;
  epochs: EpochMetrics[] | null;
  evaluation: EvaluationResults | null;
  /** By test set; those without a score file are absent. */
  scores: ReadonlyMap<string, ScoreRow[]>;
  pictures: Picture[] | null;
}

/** @throws InputError when it is not a run folder, or naming the file in it that cannot be used */
export function readRunContents(runFolder: string): RunContents {
  const within = (name: string) => join(runFolder, name);
  if (!existsSync(within("config.yaml")))
    throw new InputError(`${runFolder} is not a run folder: it has no config.yaml`);
  const ifThere = <T>(name: string, read: () => T): T | null => (existsSync(within(name)) ? read() : null);
  const evaluation = ifThere("evaluation.json", () => readEvaluation(runFolder));
  return {
    name: basename(resolve(runFolder)),
    config: readConfig(within("config.yaml")),
    epochs: ifThere("metrics.jsonl", () => readMetrics(within("metrics.jsonl"))),
    evaluation,
    scores: readAllScores(runFolder, evaluation),
    pictures: ifThere(join("maps", "index.json"), () =>
      readMapIndex(runFolder).map((entry) => ({ ...entry, png: readPng(within(join("maps", entry.file))) })),
    ),
  };
}

function readConfig(file: string): unknown {
  const text = readTextFile(file);
  try {
    return parseYaml(text);
  } catch (error) {
    throw new InputError(`${file}: it is not YAML (${(error as Error).message.split("\n")[0]})`);
  }
}

function readAllScores(runFolder: string, evaluation: EvaluationResults | null): Map<string, ScoreRow[]> {
  const scores = new Map<string, ScoreRow[]>();
  if (evaluation === null) return scores;
  for (const { name, counts } of evaluation.testSets) {
    const file = scoresPath(runFolder, name);
    if (!existsSync(file)) continue;
    const rows = readScores(file);
    const stray = rows.find(({ label }) => !evaluation.classes.includes(label));
    if (rows.length !== counts.images || stray !== undefined)
      throw new InputError(
        `${file} does not belong to evaluation.json: ${
          stray === undefined
            ? `it has ${rows.length} images, not ${counts.images}`
            : `its class "${stray.label}" is none of ${evaluation.classes.join(", ")}`
        }; evaluate again`,
      );
    scores.set(name, rows);
  }
  return scores;
}

const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function readPng(file: string): Buffer {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw explainSystemError(error, "read", file);
  }
  if (!bytes.subarray(0, 8).equals(pngSignature)) throw new InputError(`${file}: it is not a PNG image`);
  return bytes;
}
