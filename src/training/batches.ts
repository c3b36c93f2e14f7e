/** From the dataset's rows to what one training step takes. */
import type { Dataset } from "../data/dataset.ts";
import { indices, tensor } from "../torch/create.ts";
import type { ProcessGroup } from "../torch/process-group.ts";
import { scope } from "../torch/scope.ts";
import type { Tensor } from "../torch/tensor.ts";
import { type Classifier, prepareImages } from "../vision/classifier.ts";
import { type Augmentation, applyViews, drawView, gather } from "./augment.ts";
import type { Batch } from "./gradient-step.ts";

export interface BatchPlan {
  dataset: Dataset;
  classifier: Classifier;
  augment: Augmentation;
  seed: number;
  /** Whether the loss reads maps at all. */
  usesMaps: boolean;
  /** The processes that share each batch, if it is not this one's alone. */
  group?: ProcessGroup | undefined;
}

/**
 * The batch, or this process's share of it.
 * @param batch rows of the dataset, of the whole batch; epoch counts from 0 and only steers the augmentation
 */
export function makeBatch(plan: BatchPlan, batch: readonly number[], epoch: number): Batch {
  const { dataset, classifier, augment, seed } = plan;
  return scope(() => {
    const { device, classes } = classifier;
    const share = plan.group?.shareOf(batch.length);
    const idle = share?.length === 0;
    const own = share === undefined ? batch : batch.slice(share.first, share.first + share.length);
    const chosen = idle ? batch.slice(0, 1) : own;
    const augments = augment.flip || augment.crop > 0;
    const views = augments ? chosen.map((image) => drawView(augment, seed, epoch, image)) : [];
    const seen = (planes: Tensor) => (augments ? applyViews(gather(planes, chosen), views) : gather(planes, chosen));
    const weightOf = (image: number) => (plan.usesMaps ? dataset.guided[image] : 0);
    const weights = chosen.map((image) => (idle ? 0 : weightOf(image)));
    const guided = batch.reduce((sum, image) => sum + weightOf(image), 0);
    return {
      images: prepareImages(seen(dataset.images), classifier),
      labels: indices(chosen.map((image) => classes.indexOf(dataset.samples[image].label))).toDevice(device),
      maps: guided > 0 && dataset.maps !== undefined ? seen(dataset.maps).toDevice(device) : undefined,
      weights: tensor(weights).toDevice(device),
      guided,
      share,
    };
  });
}
