/** One image of the demonstration, from its name alone: which face, which faults, which accident, which map. */
import { randomStream } from "../base/random.ts";
import { ANNOTATORS_PER_IMAGE, type Annotator, annotate, annotationMap } from "./annotators.ts";
import { photograph } from "./camera.ts";
import { chance } from "./chance.ts";
import { drawFace } from "./draw.ts";
import { type Face, randomFace } from "./face.ts";
import {
  ACCIDENT_SHARE_SYNTHETIC,
  accidentOfRealImage,
  chooseFaults,
  drawFault,
  type Fault,
  type Generator,
} from "./generators.ts";

export interface ImageName {
  seed: number;
  /** The set the image is drawn for: no two sets share an image. */
  set: string;
  index: number;
  /** The generator of a synthetic image; undefined for a real one. */
  generator: Generator | undefined;
  /** Whether it belongs to the collection for training and validation, which has accidents. */
  collected: boolean;
}

export interface DemoImage {
  face: Face;
  /** None: a real image. */
  faults: Fault[];
  hasAccident: boolean;
  /** 8-bit RGB rows. */
  pixels: Uint8Array;
}

/** Draws the image of `size` × `size` pixels; the same name and size give the same bytes. */
export function makeImage(name: ImageName, size: number): DemoImage {
  const { generator } = name;
  const face = randomFace(stream(name, "face"));
  const canvas = drawFace(face, size);
  const faults = generator ? chooseFaults(generator, face, stream(name, "faults")) : [];
  for (const fault of faults) drawFault(canvas, fault, stream(name, "fault", fault.part));
  const accident = name.collected ? drawAccident(name) : undefined;
  accident?.(canvas, stream(name, "accident's look"));
  return { face, faults, hasAccident: accident !== undefined, pixels: photograph(canvas, stream(name, "camera")) };
}

function drawAccident(name: ImageName) {
  const random = stream(name, "accident");
  if (!name.generator) return accidentOfRealImage(random);
  return chance(random, ACCIDENT_SHARE_SYNTHETIC) ? name.generator.accident : undefined;
}

/** The share of training images that are shown to annotators. */
export const ANNOTATED_SHARE = 0.95;

/**
 * The human map of an image (8-bit grey, `size` × `size`), from those of the `pool` who were shown it and decided rightly;
 * undefined when it was shown to none, or none was right.
 */
export function makeMap(
  name: ImageName,
  image: DemoImage,
  pool: readonly Annotator[],
  size: number,
): Uint8Array | undefined {
  const random = stream(name, "annotators");
  if (!chance(random, ANNOTATED_SHARE)) return undefined;
  const regions = image.faults.map((fault) => fault.region);
  const asked = random.shuffle(pool).slice(0, ANNOTATORS_PER_IMAGE);
  const annotations = asked.map((annotator) => annotate(annotator, image.face, regions, random));
  const isSynthetic = name.generator !== undefined;
  return annotationMap(
    annotations.filter((annotation) => annotation.saidSynthetic === isSynthetic),
    size,
  );
}

function stream({ seed, set, generator, index }: ImageName, ...purpose: string[]) {
  return randomStream(seed, "demo", set, generator?.name ?? "real", index, ...purpose);
}
