import { expect, test } from "vitest";
import { cyborgLoss } from "../guidance/index.ts";
import { indices, ones, rand } from "../torch/create.ts";
import { liveTensorCount, manualSeed } from "../torch/modes.ts";
import { Sgd } from "../torch/optim/sgd.ts";
import type { Classifier } from "../vision/classifier.ts";
import { networks } from "../vision/networks/index.ts";
import { gradientStep } from "./gradient-step.ts";

test("200 steps lower the loss and leave no tensor behind", () => {
  manualSeed(4);
  const network = networks["resnet-small"].create(2).train();
  const input = { size: 32, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
  const common = { classes: ["A", "B"], positive: "B", device: "cpu", precision: "float32" } as const;
  const classifier: Classifier = { network, input, ...common };
  const optimiser = new Sgd(network.namedParameters(), { momentum: 0.9, weightDecay: 1e-6 });
  const loss = cyborgLoss({ blend: { alpha: 0.5 }, explainedClass: "true", tap: "gap", camWeights: "attached" });
  const batch = {
    images: rand([4, 3, 32, 32]),
    labels: indices([0, 1, 0, 1]),
    maps: rand([4, 32, 32]),
    weights: ones([4]),
    guided: 4,
  };
  const step = () => gradientStep(classifier, loss, optimiser, batch, { learningRate: 0.01, clipGradients: 10 })!;
  const first = step().loss;
  const before = liveTensorCount();
  let last = first;
  for (let i = 0; i < 200; i++) last = step().loss;
  expect(liveTensorCount()).toBe(before);
  expect(last).toBeLessThan(first / 2);
});
