/** What the benchmarks time of ours: the same functions that `oversight train` and `evaluate` run, on random images. */
import { scoreBatch } from "../evaluation/score-images.ts";
import { cyborgLoss } from "../guidance/index.ts";
import { indices, ones, rand } from "../torch/create.ts";
import { Sgd } from "../torch/optim/sgd.ts";
import { keep, scope } from "../torch/scope.ts";
import type { Tensor } from "../torch/tensor.ts";
import { gradientStep } from "../training/gradient-step.ts";
import type { Classifier, Precision } from "../vision/classifier.ts";
import { prepareImages } from "../vision/classifier.ts";
import { type NetworkName, networks } from "../vision/networks/index.ts";

export interface Subject {
  classifier: Classifier;
  /** uint8, N×S×S×3. */
  pixels: Tensor;
}

export function makeSubject(name: NetworkName, batch: number, device: string, precision: Precision): Subject {
  const { create, inputSize, mean, std } = networks[name];
  const network = create(2).to(device, "channelsLast");
  const input = { size: inputSize, mean, std };
  const classifier = { network, input, classes: ["Real", "Synthetic"], positive: "Synthetic", device, precision };
  const pixels = scope(() => keep(rand([batch, inputSize, inputSize, 3]).mul(255).to("uint8")));
  return { classifier, pixels };
}

/** A step of CYBORG as the preset `paper-official`'s options have it, from prepared images: what the peer's step does. */
export function trainingStep({ classifier, pixels }: Subject): () => void {
  const { network, device } = classifier;
  network.train();
  const optimiser = new Sgd(network.namedParameters(), { momentum: 0.9, weightDecay: 1e-6 });
  const [count] = pixels.shape;
  const images = keep(prepareImages(pixels, classifier));
  const labels = keep(indices(Array.from({ length: count }, (_, index) => index % 2)).toDevice(device));
  const maps = keep(rand([count, 7, 7]).toDevice(device));
  const weights = keep(ones([count]).toDevice(device));
  const loss = cyborgLoss({ blend: { alpha: 0.5 }, explainedClass: "predicted", tap: "gap", camWeights: "attached" });
  const batch = { images, labels, maps, weights, guided: count };
  return () => {
    gradientStep(classifier, loss, optimiser, batch, { learningRate: 0.005 });
  };
}

export function scoringStep({ classifier, pixels }: Subject): () => void {
  classifier.network.train(false);
  return () => {
    scoreBatch(classifier, pixels);
  };
}
