/** The networks by name: how to make one, and how its images are prepared. */
import { densenet121 } from "./densenet.ts";
import { inceptionV3 } from "./inception.ts";
import { inputSizes, type NetworkName } from "./names.ts";
import type { Network } from "./network.ts";
import { imageNetMean, imageNetStd } from "./normalisation.ts";
import { resnet50, resnetSmall } from "./resnet.ts";
import { xception } from "./xception.ts";

export { type NetworkName, networkNames } from "./names.ts";
export type { FeatureMaps, FeatureTap } from "./network.ts";
export { Network } from "./network.ts";

export interface NetworkDescription {
  /** For people. */
  title: string;
  /** With random weights from libtorch's random state. */
  create(classes: number): Network;
  /** The side of the square image that the network was made for; it takes others. */
  inputSize: number;
  /** Per channel, of images in 0..1. */
  mean: readonly number[];
  std: readonly number[];
  /** Whether ImageNet weights are published for it. */
  pretrained: boolean;
}

const imageNet = { mean: imageNetMean, std: imageNetStd, pretrained: true };
const half = [0.5, 0.5, 0.5];

export const networks = {
  densenet121: { title: "DenseNet-121", create: densenet121, inputSize: inputSizes.densenet121, ...imageNet },
  resnet50: { title: "ResNet-50", create: resnet50, inputSize: inputSizes.resnet50, ...imageNet },
  inception_v3: {
    title: "Inception-v3",
    create: (classes) => inceptionV3(classes),
    inputSize: inputSizes.inception_v3,
    ...imageNet,
  },
  xception: {
    title: "Xception",
    create: xception,
    inputSize: inputSizes.xception,
    mean: half,
    std: half,
    pretrained: true,
  },
  "resnet-small": {
    title: "small ResNet",
    create: resnetSmall,
    inputSize: inputSizes["resnet-small"],
    ...imageNet,
    pretrained: false,
  },
} as const satisfies Record<NetworkName, NetworkDescription>;
