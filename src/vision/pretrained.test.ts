import { describe, expect, test } from "vitest";
import { byteLength, type HostTensor } from "../torch/files/host-tensor.ts";
import { type NetworkName, networkNames, networks } from "./networks/index.ts";
import { toTorchvisionNames } from "./pretrained.ts";

type Weights = Map<string, HostTensor>;

const tensor = (...shape: number[]): HostTensor => {
  const data = new Uint8Array(byteLength("float32", shape)).fill(shape.length + 1);
  return { dtype: "float32", shape, data };
};

/** What torchvision and Cadene publish, made from a network's own names and shapes, with another last layer. */
const published: Record<NetworkName, (own: Weights) => Weights> = {
  resnet50: (own) => new Map([...own, ["fc.weight", tensor(1000, 2048)], ["fc.bias", tensor(1000)]]),
  "resnet-small": (own) => own,
  densenet121: (own) =>
    new Map([
      ...[...own].map(([name, value]) => {
        const [before, kind, digit, after] = /^(.*denselayer\d+\.)(norm|conv)([12])(\..*)$/.exec(name)?.slice(1) ?? [];
        return [before === undefined ? name : `${before}${kind}.${digit}${after}`, value] as const;
      }),
      ["classifier.weight", tensor(1000, 1024)],
      ["classifier.bias", tensor(1000)],
    ]),
  inception_v3: (own) =>
    new Map([
      ...own,
      ["AuxLogits.conv0.conv.weight", tensor(128, 768, 1, 1)],
      ["AuxLogits.conv0.bn.running_mean", tensor(128)],
      ["AuxLogits.fc.weight", tensor(1000, 768)],
      ["AuxLogits.fc.bias", tensor(1000)],
      ["fc.weight", tensor(1000, 2048)],
      ["fc.bias", tensor(1000)],
    ]),
  xception: (own) => {
    const matrices = [...own].map(([name, value]) => {
      const isMatrix = name.endsWith("pointwise.weight");
      return [name, isMatrix ? { ...value, shape: value.shape.slice(0, 2) } : value] as const;
    });
    const others = matrices.filter(([name]) => !name.startsWith("last_linear"));
    return new Map([...others, ["fc.weight", tensor(1000, 2048)], ["fc.bias", tensor(1000)]]);
  },
};

const dropped: Partial<Record<NetworkName, string[]>> = {
  resnet50: ["fc.weight", "fc.bias"],
  densenet121: ["classifier.weight", "classifier.bias"],
  inception_v3: [
    "fc.weight",
    "fc.bias",
    "AuxLogits.conv0.conv.weight",
    "AuxLogits.conv0.bn.running_mean",
    "AuxLogits.fc.weight",
    "AuxLogits.fc.bias",
  ],
  xception: ["fc.weight", "fc.bias"],
};

describe.each(networkNames.filter((name) => networks[name].pretrained))("published weights of %s", (name) => {
  const network = networks[name].create(3);
  const own: Weights = network.stateDict();
  const weights = published[name](own);
  const { state, dropped: left } = toTorchvisionNames(name, weights, 3);
  const head = [...own].filter(([key]) => !state.has(key));

  test("all but the last layer fits the network, with the values given", () => {
    network.loadStateDict(new Map([...state, ...head]), name);
    expect(head.map(([key]) => key.split(".").at(-1))).toEqual(["weight", "bias"]);
    for (const [key, { shape, data }] of state) {
      expect(shape).toEqual(own.get(key)!.shape);
      expect(data).toBe(own.get(key)!.data);
    }
  });

  test("the last layer for 1000 classes, and what the network has not, is dropped and named", () => {
    expect(left).toEqual(dropped[name]);
  });

  test("a last layer for the network's own number of classes is kept", () => {
    expect(toTorchvisionNames(name, own, 3)).toEqual({ state: own, dropped: [] });
    expect(toTorchvisionNames(name, weights, 1000).dropped).toEqual(left.filter((key) => key.startsWith("AuxLogits")));
  });
});

test("today's and the oldest names of DenseNet's layers", () => {
  const names = [
    "features.denseblock1.denselayer1.norm.1.weight",
    "features.denseblock4.denselayer16.conv.2.weight",
    "features.denseblock1.denselayer2.norm.2.running_mean",
    "features.denseblock1.denselayer2.norm1.bias",
    "features.transition1.norm.weight",
    "features.norm5.weight",
  ];
  const { state } = toTorchvisionNames("densenet121", new Map(names.map((name) => [name, tensor(1)])), 2);
  expect([...state.keys()]).toEqual([
    "features.denseblock1.denselayer1.norm1.weight",
    "features.denseblock4.denselayer16.conv2.weight",
    "features.denseblock1.denselayer2.norm2.running_mean",
    "features.denseblock1.denselayer2.norm1.bias",
    "features.transition1.norm.weight",
    "features.norm5.weight",
  ]);
});
