/** Pictures of where a network looks: mean maps, and maps laid over the images that it got most right and most wrong. */
import sharp from "sharp";
import type { Sample } from "../data/sample.ts";
import { batches } from "../data/stream.ts";
import { tensor } from "../torch/create.ts";
import { resizeBilinear } from "../torch/functional.ts";
import { scope } from "../torch/scope.ts";
import { classActivationMap, normaliseMap } from "../vision/cam.ts";
import type { Classifier } from "../vision/classifier.ts";
import { mapColor } from "../vision/colormap.ts";
import type { FeatureTap } from "../vision/networks/index.ts";
import type { Plane } from "./attention.ts";
import { scoreBatch } from "./score-images.ts";

/** Side of a picture, in pixels. */
const pictureSize = 224;
/** How much of the map's colour shows in an overlay, the rest is the image. */
const opacity = 0.45;

/** A map in 0..1 as a PNG in the project's map colours. */
export function drawMap(plane: Plane): Promise<Buffer> {
  return toPng(enlarge(plane).map(mapColor), (colour) => colour);
}

/**
 * For each sample, the CAM of the class that the network answers laid over the image as the network saw it.
 * @returns PNGs in the order of the samples
 */
export async function drawOverlays(
  classifier: Classifier,
  samples: readonly Sample[],
  tap: FeatureTap,
): Promise<Buffer[]> {
  classifier.network.train(false);
  const { size } = classifier.input;
  const pictures: Promise<Buffer>[] = [];
  for await (const { pixels } of batches(samples, { size, batch: 8 })) {
    const planes: Plane[] = [];
    scoreBatch(classifier, pixels, (features, logits) => {
      const weight = classifier.network.classifier.weight;
      const cams = normaliseMap(classActivationMap(features[tap], weight, logits.argmax(1)));
      const [count, height, width] = cams.shape;
      const values = cams.float64();
      for (let image = 0; image < count; image++) {
        planes.push({ width, height, values: values.slice(image * width * height, (image + 1) * width * height) });
      }
    });
    for (const [image, plane] of planes.entries()) {
      const seen = scope(() => {
        const channelsFirst = pixels.narrow(0, image, 1).permute(0, 3, 1, 2).to("float32");
        return resizeBilinear(channelsFirst, pictureSize, pictureSize).permute(0, 2, 3, 1).round().to("uint8").bytes();
      });
      const colours = enlarge(plane).map(mapColor);
      pictures.push(
        toPng(colours, (colour, at) => colour.map((c, k) => opacity * c + (1 - opacity) * seen[at * 3 + k])),
      );
    }
    pixels.dispose();
  }
  return Promise.all(pictures);
}

function enlarge({ width, height, values }: Plane): number[] {
  return scope(() => {
    const small = tensor(values, [1, 1, height, width]);
    return resizeBilinear(small, pictureSize, pictureSize).clamp(0, 1).values();
  });
}

function toPng<C>(pixels: readonly C[], colourOf: (pixel: C, index: number) => readonly number[]): Promise<Buffer> {
  const bytes = new Uint8ClampedArray(pixels.length * 3);
  pixels.forEach((pixel, index) => {
    bytes.set(colourOf(pixel, index), index * 3);
  });
  const raw = { width: pictureSize, height: pictureSize, channels: 3 } as const;
  return sharp(Buffer.from(bytes.buffer), { raw }).png({ compressionLevel: 9 }).toBuffer();
}
