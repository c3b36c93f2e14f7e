/** Flips and crops that move the saliency map with the image. What is drawn depends on seed, epoch and image alone. */
import { randomStream } from "../base/random.ts";
import { indices } from "../torch/create.ts";
import { resizeBilinear, stack } from "../torch/functional.ts";
import { scope } from "../torch/scope.ts";
import type { Tensor } from "../torch/tensor.ts";

export interface Augmentation {
  /** Mirror half of the images. */
  flip: boolean;
  /** Cut a random square whose side is at least 1 − crop of the image's, and stretch it back; 0 cuts nothing. */
  crop: number;
}

/** A square part of the unit square, and whether it is mirrored. */
export interface View {
  flip: boolean;
  /** Left, upper edge and side, as shares of the image's side. */
  left: number;
  top: number;
  side: number;
}

export function drawView({ flip, crop }: Augmentation, seed: number, epoch: number, image: number): View {
  const random = randomStream(seed, "augment", epoch, image);
  const side = 1 - crop * random.uniform();
  const left = (1 - side) * random.uniform();
  const top = (1 - side) * random.uniform();
  return { flip: flip && random.uniform() < 0.5, left, top, side };
}

/**
 * Applies one view per image to images (N×S×S×3) or maps (N×S×S), uint8 both, of one size. Edges fall on whole pixels.
 */
export function applyViews(planes: Tensor, views: readonly View[]): Tensor {
  return scope(() => {
    const [, size] = planes.shape;
    const colour = planes.shape.length === 4;
    const seen = views.map(({ flip, left, top, side }, index) => {
      const length = Math.max(1, Math.round(side * size));
      const from = (edge: number) => Math.min(size - length, Math.round(edge * size));
      const cut = planes.select(0, index).narrow(0, from(top), length).narrow(1, from(left), length);
      const mirrored = flip ? cut.flip(1) : cut;
      if (length === size) return mirrored;
      const channelsFirst = colour ? mirrored.permute(2, 0, 1) : mirrored.unsqueeze(0);
      const resized = resizeBilinear(channelsFirst.unsqueeze(0).to("float32"), size, size)
        .squeeze(0)
        .round()
        .to("uint8");
      return colour ? resized.permute(1, 2, 0) : resized.squeeze(0);
    });
    return stack(seen);
  });
}

/** The order in which an epoch visits `count` images. */
export function epochOrder(count: number, seed: number, epoch: number): number[] {
  return randomStream(seed, "order", epoch).shuffle(Array.from({ length: count }, (_, index) => index));
}

/** The rows `chosen` of a tensor that may be mapped from a file: only their pages are read. */
export function gather(rows: Tensor, chosen: readonly number[]): Tensor {
  return scope(() => rows.indexSelect(0, indices(chosen)));
}
