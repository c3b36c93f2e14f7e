/** Where one network looks in one image: what the CAM process does for a job. Blocks JavaScript's thread. */
import type { Sample } from "../../data/index.ts";
import { squareImage, squareMap } from "../../data/square.ts";
import { alignment, alignmentGrid } from "../../evaluation/attention.ts";
import { scoreBatch } from "../../evaluation/score-images.ts";
import { indices, tensor } from "../../torch/create.ts";
import { resizeBilinear } from "../../torch/functional.ts";
import { scope } from "../../torch/scope.ts";
import { openTrainedRun, readRunConfig } from "../../training/index.ts";
import { classActivationMap, networks, normaliseMap } from "../../vision/index.ts";
import type { Cam } from "./contract.ts";

export interface CamJob {
  /** The run folder. */
  folder: string;
  sample: Sample;
}

/** @throws InputError when the run has no weights, or the image or its map cannot be read */
export async function computeCam({ folder, sample }: CamJob): Promise<Cam> {
  const { config } = readRunConfig(folder);
  const size = config.inputSize ?? networks[config.network].inputSize;
  const { pixels } = await squareImage(sample.path, size);
  const human =
    sample.saliency === undefined ? undefined : (await squareMap(sample.saliency, sample.path, alignmentGrid)).pixels;
  return scope(() => {
    // The machine trains meanwhile: one thread, on the processor.
    const { classifier, tap } = openTrainedRun(folder, { device: "cpu", precision: "float32", threads: 1 });
    const { classes, positive } = classifier;
    let maps: Cam["classes"] = [];
    const [scored] = scoreBatch(classifier, tensor(pixels, [1, size, size, 3]), (features) => {
      const { weight } = classifier.network.classifier;
      maps = classes.map((label, index) => {
        const cam = normaliseMap(classActivationMap(features[tap], weight, indices([index])));
        const [, height, width] = cam.shape;
        const enlarged = resizeBilinear(cam.unsqueeze(1), alignmentGrid, alignmentGrid).clamp(0, 1).float64();
        const values = cam.values().map((value) => Number(value.toFixed(4)));
        const aligned = human === undefined ? undefined : alignment(enlarged, human);
        return { label, map: { width, height, values }, alignment: aligned ?? null };
      });
    });
    const { score, probability, predicted } = scored;
    return { predicted: classes[predicted], score, probability, positive, classes: maps };
  });
}
