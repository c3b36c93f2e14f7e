/** A small detector folder, exported by the real exporter from fixed weights, and images for it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { randomStream } from "../../src/base/random.ts";
import { type DetectorFile, detectorName, metadataKey, modelName } from "../../src/detector/detector-file.ts";
import { detectorGraph } from "../../src/export/detector-graph.ts";
import { encodeModel } from "../../src/export/onnx/proto.ts";
import type { RgbImage } from "../../src/vision/decode.ts";
import { networks } from "../../src/vision/networks/index.ts";
import { fillState } from "../golden/formula.ts";

export const tinyAbout: DetectorFile = {
  format: 1,
  name: "tiny",
  network: "resnet-small",
  classes: ["Real", "Synthetic"],
  positive: "Synthetic",
  inputSize: 48,
  threshold: 0.5,
  thresholdRule: "equal error rate",
  operatingPoints: [],
  calibration: { temperature: 1.5, bias: 0.25, images: 10, eceBefore: 0.1, eceAfter: 0.05 },
  training: { data: "0123456789abcdef", images: 10, guidance: "cross-entropy", seed: 1 },
  tests: [],
  licence: "Apache-2.0",
  oversight: "0.1.0",
};

/** Writes `model.onnx` and `detector.json`. @returns the model's bytes */
export function makeTinyDetector(folder: string, changes: Partial<DetectorFile> = {}): Uint8Array {
  const about = { ...tinyAbout, ...changes };
  const { create, mean, std } = networks["resnet-small"];
  const network = create(about.classes.length);
  fillState(network);
  const { classes, positive, calibration } = about;
  const input = { size: about.inputSize, mean, std };
  const graph = detectorGraph(
    { network, input, classes, positive, device: "cpu", precision: "float32" },
    { ...{ name: "tiny", description: "a test", version: "0", calibration }, metadata: { [metadataKey]: "{}" } },
  );
  const model = encodeModel(graph);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, modelName), model);
  writeFileSync(join(folder, detectorName), JSON.stringify(about));
  return model;
}

/** Smooth colours with some noise, other ones for each seed. */
export function picture(width: number, height: number, seed: number): RgbImage {
  const random = randomStream(seed, "picture");
  const data = new Uint8Array(width * height * 3);
  for (let at = 0; at < data.length; at++) {
    const [x, y] = [(at / 3) % width, at / 3 / width];
    data[at] = 128 + 90 * Math.sin(x / 9 + seed + (at % 3)) * Math.cos(y / 7 + seed) + 30 * random.uniform();
  }
  return { width, height, data };
}

/** A picture as a file's bytes. */
export function encoded(format: "png" | "jpeg" | "webp" | "gif" | "avif" | "tiff", seed: number): Promise<Buffer> {
  const { width, height, data } = picture(40 + seed, 60, seed);
  return sharp(data, { raw: { width, height, channels: 3 } })
    .toFormat(format)
    .toBuffer();
}
