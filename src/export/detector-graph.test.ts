import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { beforeAll, describe, expect, test } from "vitest";
import { fillState } from "../../test/golden/formula.ts";
import { randomStream } from "../base/random.ts";
import { scoreBatch } from "../evaluation/score-images.ts";
import { tensor } from "../torch/create.ts";
import { scope } from "../torch/scope.ts";
import { classActivationMap, normaliseMap } from "../vision/cam.ts";
import type { Classifier } from "../vision/classifier.ts";
import type { RgbImage } from "../vision/decode.ts";
import { type NetworkName, networkNames, networks } from "../vision/networks/index.ts";
import { resizeRgb } from "../vision/resize.ts";
import { detectorGraph } from "./detector-graph.ts";
import { checkModel } from "./onnx/check.ts";
import { encodeModel, type Model } from "./onnx/proto.ts";

/** The weights of the golden numbers, which keep activations and logits of every network in a sensible range. */
function makeClassifier(name: NetworkName, size: number, classes: readonly string[]): Classifier {
  const { create, mean, std } = networks[name];
  const network = create(classes.length);
  fillState(network);
  network.train(false);
  return { network, input: { size, mean, std }, classes, positive: classes[1], device: "cpu", precision: "float32" };
}

/** Smooth colours with some noise. */
function picture(width: number, height: number, seed: number): RgbImage {
  const random = randomStream(seed, "picture");
  const data = new Uint8Array(width * height * 3);
  for (let at = 0; at < data.length; at++) {
    const [x, y] = [(at / 3) % width, at / 3 / width];
    data[at] = 128 + 100 * Math.sin(x / 9 + seed + (at % 3)) * Math.cos(y / 7) + 20 * random.uniform();
  }
  return { width, height, data };
}

function throughLibtorch(classifier: Classifier, images: readonly RgbImage[]) {
  return scope(() => {
    const { size } = classifier.input;
    const pixels = tensor(Buffer.concat(images.map((image) => resizeRgb(image, size, size).data)), [
      images.length,
      size,
      size,
      3,
    ]);
    let logits: number[] = [];
    let cam: number[] = [];
    const target = tensor(BigInt64Array.from(images, () => BigInt(classifier.classes.indexOf(classifier.positive))));
    const scores = scoreBatch(classifier, pixels, (features, values) => {
      logits = values.values();
      cam = normaliseMap(classActivationMap(features.gap, classifier.network.classifier.weight, target)).values();
    });
    return { logits, cam, scores: scores.map(({ score }) => score) };
  });
}

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  expect(a.length).toBe(b.length);
  return Math.max(...Array.from(a, (value, index) => Math.abs(value - b[index])));
};

async function throughOnnx(session: InferenceSession, images: readonly RgbImage[]) {
  const [{ width, height }] = images;
  const pixels = new OrtTensor("uint8", Buffer.concat(images.map(({ data }) => data)), [
    images.length,
    height,
    width,
    3,
  ]);
  const { score, logits, cam } = await session.run({ images: pixels });
  return { score, logits, cam };
}

describe.each(networkNames)("%s", (name) => {
  // Small inputs keep the test quick; Inception-v3 needs 75 pixels.
  const size = name === "inception_v3" ? 107 : 96;

  let classifier: Classifier;
  let model: Model;
  beforeAll(() => {
    classifier = makeClassifier(name, size, ["Real", "Synthetic", "Unsure"]);
    model = detectorGraph(classifier, {
      name,
      description: "a test",
      version: "0",
      calibration: { temperature: 2.5, bias: -0.7 },
      metadata: {},
    });
  });

  test("onnxruntime gives what libtorch gives, for images of other sizes than the network's", async () => {
    checkModel(model);
    const session = await InferenceSession.create(encodeModel(model), { intraOpNumThreads: 1 });
    for (const [width, height] of [
      [150, 131],
      [61, 80],
    ]) {
      const images = [picture(width, height, 1), picture(width, height, 2)];
      const expected = throughLibtorch(classifier, images);
      const { score, logits, cam } = await throughOnnx(session, images);
      expect(logits.dims).toEqual([2, 3]);
      expect(cam.dims).toHaveLength(3);
      expect(score.dims).toEqual([2]);
      expect(largestDifference(logits.data as Float32Array, expected.logits)).toBeLessThan(1e-3);
      expect(largestDifference(cam.data as Float32Array, expected.cam)).toBeLessThan(1e-2);
      const probabilities = expected.scores.map((odds) => 1 / (1 + Math.exp(-(odds / 2.5 - 0.7))));
      expect(largestDifference(score.data as Float32Array, probabilities)).toBeLessThan(1e-4);
    }
  });

  test("no batch norm is left behind a convolution that it alone reads", () => {
    const { nodes } = model;
    const convolutions = new Set(nodes.filter(({ type }) => type === "Conv").map(({ outputs }) => outputs[0]));
    const readers = (value: string) => nodes.filter(({ inputs }) => inputs.includes(value)).length;
    const left = nodes.filter(
      ({ type, inputs }) => type === "BatchNormalization" && convolutions.has(inputs[0]) && readers(inputs[0]) === 1,
    );
    expect(left).toEqual([]);
  });
});
