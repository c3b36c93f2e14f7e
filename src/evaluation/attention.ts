/**
 * Where a network looks, in numbers: the mean class activation map of a class, how spread out the maps are, and how well
 * they agree with people's. Pure; knows no tensors.
 */
import { klDivergence, pearson, spearman, topFractionIou } from "../saliency/map-measures.ts";

/** A map h×w, row-major. */
export interface Plane {
  width: number;
  height: number;
  values: Float64Array;
}

/**
 * Side of the square grid on which a CAM is compared with a human map, both brought to it bilinearly. The same for all
 * networks, so that those with coarse and with fine maps can be compared, and far finer than either's CAM.
 */
export const alignmentGrid = 56;

/** The share of highest pixels whose overlap is measured. */
const topFraction = 0.1;

/** Of a CAM with the human map of its image; see `saliency/map-measures.ts`. */
export interface Alignment {
  pearson: number;
  spearman: number;
  /** Intersection over union of the 10 % highest pixels of each. */
  topIou: number;
  /** Of the CAM from the human map, in nats; 0 when alike. */
  kl: number;
}

/**
 * @param cam of `alignmentGrid` squared values, at least 0
 * @param human likewise
 * @returns undefined when either has one value everywhere: it then looks nowhere in particular
 */
export function alignment(cam: ArrayLike<number>, human: ArrayLike<number>): Alignment | undefined {
  const correlation = pearson(cam, human);
  if (correlation === undefined) return undefined;
  return {
    pearson: correlation,
    spearman: spearman(cam, human)!,
    topIou: topFractionIou(cam, human, topFraction)!,
    kl: klDivergence(cam, human)!,
  };
}

/**
 * Shannon's entropy of a map taken as a distribution over its places, as a share of the greatest possible: 0 when all lies
 * in one place, 1 when it is the same everywhere. A share, so that maps of different sizes can be compared.
 * @param map at least 0
 * @returns undefined when it is 0 everywhere
 */
export function relativeEntropy(map: ArrayLike<number>): number | undefined {
  let sum = 0;
  for (let i = 0; i < map.length; i++) sum += map[i];
  if (sum === 0) return undefined;
  let entropy = 0;
  for (let i = 0; i < map.length; i++) if (map[i] > 0) entropy -= (map[i] / sum) * Math.log(map[i] / sum);
  // Rounding may lead a hair beyond.
  return Math.min(1, entropy / Math.log(map.length));
}

/** What is known of the maps of one class in one set of images. */
export interface Attention {
  /** All of the class. */
  images: number;
  /** The mean of their normalised CAMs, in 0..1. */
  mean: Plane;
  /** The mean of `relativeEntropy` over images; null when every CAM is constant. */
  entropy: number | null;
  /** Means over the images with a human map; null when none has one that says something. */
  alignment: (Alignment & { images: number }) | null;
}

/** Adds up what `Attention` is the mean of. */
export class AttentionSum {
  private images = 0;
  private readonly sum: Plane;
  private readonly entropies: number[] = [];
  private readonly alignments: Alignment[] = [];

  constructor(width: number, height: number) {
    this.sum = { width, height, values: new Float64Array(width * height) };
  }

  /** @param cam normalised, in 0..1 @param aligned with the image's human map, where it has one */
  add(cam: Float64Array, aligned: Alignment | undefined): void {
    this.images += 1;
    for (let i = 0; i < cam.length; i++) this.sum.values[i] += cam[i];
    const entropy = relativeEntropy(cam);
    if (entropy !== undefined) this.entropies.push(entropy);
    if (aligned !== undefined) this.alignments.push(aligned);
  }

  result(): Attention {
    const meanOf = (key: keyof Alignment) => mean(this.alignments.map((one) => one[key]));
    return {
      images: this.images,
      mean: { ...this.sum, values: this.sum.values.map((value) => value / this.images) },
      entropy: this.entropies.length === 0 ? null : mean(this.entropies),
      alignment:
        this.alignments.length === 0
          ? null
          : {
              images: this.alignments.length,
              pearson: meanOf("pearson"),
              spearman: meanOf("spearman"),
              topIou: meanOf("topIou"),
              kl: meanOf("kl"),
            },
    };
  }
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
