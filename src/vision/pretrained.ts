/**
 * Published weights brought to the names and shapes of the networks here. Checkpoints differ from the networks they
 * belong to for reasons of history: each conversion says which. What is right already passes through.
 */
import type { HostTensor } from "../torch/files/host-tensor.ts";
import type { NetworkName } from "./networks/index.ts";

export interface ConvertedWeights {
  /** In the given order, without what was dropped. */
  state: Map<string, HostTensor>;
  /** The given tensors that the network has no use for; its own initialisation stays where it has such a tensor. */
  dropped: string[];
}

/** How one tensor is renamed or reshaped; undefined if the network has no such part. */
type Conversion = (name: string, tensor: HostTensor) => [name: string, tensor: HostTensor] | undefined;

const conversions: Readonly<Record<NetworkName, { head: string; convert?: Conversion }>> = {
  resnet50: { head: "fc" },
  "resnet-small": { head: "fc" },
  densenet121: {
    head: "classifier",
    // Written before PyTorch forbade dots in names: `denselayer1.norm.1.weight` is today's `denselayer1.norm1.weight`.
    convert: (name, tensor) => [name.replace(/(\.denselayer\d+\.(?:norm|conv))\.([12])\./, "$1$2."), tensor],
  },
  inception_v3: {
    head: "fc",
    // The auxiliary head served the training on ImageNet only.
    convert: (name, tensor) => (name.startsWith("AuxLogits.") ? undefined : [name, tensor]),
  },
  xception: {
    head: "last_linear",
    // The port renames `fc` after loading. Before PyTorch 0.4 (xception-b5690688.pth) 1×1 kernels were matrices.
    convert: (name, tensor) => {
      const isMatrix = name.endsWith(".pointwise.weight") && tensor.shape.length === 2;
      return [name.replace(/^fc\./, "last_linear."), isMatrix ? { ...tensor, shape: [...tensor.shape, 1, 1] } : tensor];
    },
  },
};

/**
 * Weights of a checkpoint under the names of torchvision (for Xception of Cadene's port), for a network of `classes`
 * classes. A last layer for another number of classes, as ImageNet's 1000, is dropped. Pure: the values are shared.
 */
export function toTorchvisionNames(
  network: NetworkName,
  weights: ReadonlyMap<string, HostTensor>,
  classes: number,
): ConvertedWeights {
  const { head, convert } = conversions[network];
  const state = new Map<string, HostTensor>();
  const dropped: string[] = [];
  for (const [name, tensor] of weights) {
    const converted = convert === undefined ? ([name, tensor] as const) : convert(name, tensor);
    const foreignHead = converted?.[0].startsWith(`${head}.`) && tensor.shape[0] !== classes;
    if (converted === undefined || foreignHead) dropped.push(name);
    else state.set(...converted);
  }
  return { state, dropped };
}
