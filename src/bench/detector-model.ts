/** A detector of random weights, for benchmarks. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "../base/version.ts";
import { type DetectorFile, detectorName, modelName } from "../detector/detector-file.ts";
import { uncalibrated } from "../evaluation/calibration.ts";
import { detectorGraph } from "../export/detector-graph.ts";
import { encodeModel } from "../export/onnx/proto.ts";
import { type NetworkName, networks } from "../vision/networks/index.ts";

export function writeRandomDetector(folder: string, name: NetworkName): DetectorFile {
  const { create, inputSize: size, mean, std } = networks[name];
  const [classes, positive] = [["Real", "Synthetic"], "Synthetic"];
  const graph = detectorGraph(
    { network: create(2), input: { size, mean, std }, classes, positive, device: "cpu", precision: "float32" },
    { name, description: "random weights", version, calibration: uncalibrated, metadata: {} },
  );
  const about: DetectorFile = {
    ...{ format: 1, name: `${name} of random weights`, network: name, classes, positive, inputSize: size },
    ...{ threshold: 0.5, thresholdRule: "none", operatingPoints: [] },
    calibration: { ...uncalibrated, images: 0, eceBefore: 0, eceAfter: 0 },
    training: { data: "none", images: 0, guidance: "none", seed: 0 },
    ...{ tests: [], licence: "Apache-2.0", oversight: version },
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, modelName), encodeModel(graph));
  writeFileSync(join(folder, detectorName), JSON.stringify(about));
  return about;
}
