/**
 * Exported detectors against the networks that they were made from. Each network is trained for one short epoch on real
 * images, in small batches, so that its norms know them; onnxruntime and libtorch, both in float32, then judge the same
 * files.
 */
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "csv-stringify/sync";
import { InputError } from "../base/errors.ts";
import { startProgress } from "../base/progress.ts";
import { version } from "../base/version.ts";
import { readManifest, requireSamples } from "../data/manifest.ts";
import { uncalibrated } from "../evaluation/calibration.ts";
import { detectorGraph } from "../export/detector-graph.ts";
import { spread } from "../export/export-run.ts";
import { encodeModel } from "../export/onnx/proto.ts";
import { selfCheck } from "../export/self-check.ts";
import { openTrainedRun } from "../training/trained-run.ts";
import type { NetworkName } from "../vision/networks/index.ts";

const bin = fileURLToPath(new URL("../../bin/oversight.mjs", import.meta.url));

export interface ParityPlan {
  /** With images to train on and images for validation; those are compared. */
  manifest: string;
  networks: readonly NetworkName[];
  /** At most so many are trained on, and compared. */
  train: number;
  images: number;
  /** For the runs. */
  folder: string;
}

/** Prints a line a network and one JSON object at the end. @throws InputError as `readManifest` does, or when a training fails */
export async function benchParity({ manifest, networks, train, images, folder }: ParityPlan): Promise<void> {
  const given = readManifest(manifest);
  const validation = requireSamples(given, "val");
  // Training looks at a few images of validation, and export's check at many.
  const rows = { train: spread(requireSamples(given, "train"), train), val: spread(validation, 8) };
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "images.csv");
  const lines = Object.entries(rows).flatMap(([split, samples]) =>
    samples.map(({ label, path }) => [split, label, resolve(path)]),
  );
  writeFileSync(file, stringify([["split", "label", "path"], ...lines]));
  const compared = [];
  for (const network of networks) {
    const run = join(folder, network);
    const data = ["--data", file, "--image-root", "/"];
    await oversight("train", ...data, "--network", network, "--epochs", "1", "--batch", "2", "--out", run);
    const { classifier } = openTrainedRun(run, { device: "cpu", precision: "float32" });
    const about = { name: network, description: "", version, calibration: uncalibrated, metadata: {} };
    const model = encodeModel(detectorGraph(classifier, about));
    const progress = startProgress();
    const check = await selfCheck(model, classifier, spread(validation, images), (done, total) =>
      progress.update("images compared", done, total),
    );
    progress.end();
    compared.push({ network, ...check });
    process.stderr.write(`${network}: ${JSON.stringify(check)}\n`);
  }
  console.log(JSON.stringify({ bench: "detector parity", manifest, cpu: cpus()[0].model, compared }));
}

async function oversight(...args: string[]): Promise<void> {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ["ignore", "inherit", "inherit"] });
  const code = await new Promise((end) => child.on("close", end));
  if (code !== 0) throw new InputError(`oversight ${args.join(" ")} ended with code ${code}`);
}
