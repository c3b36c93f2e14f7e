/**
 * Simulated annotators. Like the people of the paper's study they look at an image, decide, and mark what made them
 * decide; only the marks of right decisions become the image's map. They are neither thorough nor exact: they overlook
 * faults, mark beside them, and mark places where nothing is wrong; some call a spoiled face synthetic by a guess, and
 * then their marks say nothing.
 */
import type { RandomStream } from "../base/random.ts";
import { randomStream } from "../base/random.ts";
import { between, chance, pick } from "./chance.ts";
import type { Face } from "./face.ts";
import { PARTS, type Part, partRegion, type Region } from "./parts.ts";
import { coverage, ellipse } from "./raster.ts";

export interface Annotator {
  /** The chance to notice a fault. */
  eyesight: number;
  /** The chance to suspect a face in which nothing was noticed. */
  suspicion: number;
  /** How far the marks lie beside what they mean, as a share of the image's width (standard deviation). */
  tremor: number;
  /** How much larger than what they mean the marks are. */
  generosity: number;
}

export const ANNOTATOR_COUNT = 30;
export const ANNOTATORS_PER_IMAGE = 5;
/** The chance that an annotator adds a mark where nothing is wrong. */
const SPURIOUS = 0.2;

/** How often people look at each part to be sure of a face. */
const HABITS: Readonly<Record<Part, number>> = {
  "left eye": 0.6,
  "right eye": 0.6,
  "left pupil": 0,
  "right pupil": 0,
  mouth: 0.5,
  nose: 0.2,
  "left ear": 0.15,
  "right ear": 0.15,
  "hair line": 0.25,
};

export interface Annotation {
  saidSynthetic: boolean;
  marks: Region[];
}

export function annotators(seed: number): Annotator[] {
  return Array.from({ length: ANNOTATOR_COUNT }, (_, i) => {
    const random = randomStream(seed, "annotator", i);
    return {
      eyesight: between(random, 0.45, 0.8),
      suspicion: between(random, 0.1, 0.35),
      tremor: between(random, 0.01, 0.03),
      generosity: between(random, 0.8, 1.4),
    };
  });
}

/** What one annotator says of a face whose faults lie in `faults` (none: a real face), and marks. */
export function annotate(
  annotator: Annotator,
  face: Face,
  faults: readonly Region[],
  random: RandomStream,
): Annotation {
  const noticed = faults.filter(() => chance(random, annotator.eyesight));
  const saidSynthetic = noticed.length > 0 || chance(random, annotator.suspicion);
  const meant = noticed.length > 0 ? noticed : habitualLooks(face, random);
  if (chance(random, SPURIOUS)) meant.push(partRegion(face, pick(random, PARTS)));
  return { saidSynthetic, marks: meant.map((region) => drawn(annotator, region, random)) };
}

function habitualLooks(face: Face, random: RandomStream): Region[] {
  const looks = PARTS.filter((part) => chance(random, HABITS[part]));
  return (looks.length > 0 ? looks : [pick(random, PARTS)]).map((part) => partRegion(face, part));
}

function drawn(annotator: Annotator, region: Region, random: RandomStream): Region {
  const scale = () => annotator.generosity * between(random, 0.8, 1.25);
  return {
    x: region.x + annotator.tremor * random.normal(),
    y: region.y + annotator.tremor * random.normal(),
    rx: region.rx * scale(),
    ry: region.ry * scale(),
  };
}

/**
 * The map of an image: the mean of what its annotators marked, lightly blurred, as 8-bit grey of `size` × `size`;
 * 255 where all of them marked. Undefined without annotations.
 */
export function annotationMap(annotations: readonly Annotation[], size: number): Uint8Array | undefined {
  if (annotations.length === 0) return undefined;
  let sum = new Float32Array(size * size);
  for (const { marks } of annotations) {
    const marked = new Float32Array(size * size);
    for (const { x, y, rx, ry } of marks) {
      const area = coverage(size, ellipse([x, y], rx, ry));
      let at = 0;
      for (let row = area.top; row < area.bottom; row++) {
        for (let i = row * size + area.left; i < row * size + area.right; i++, at++) {
          marked[i] = Math.max(marked[i], area.values[at]);
        }
      }
    }
    for (let i = 0; i < sum.length; i++) sum[i] += marked[i];
  }
  // Two passes of a 3 × 3 binomial filter: a standard deviation of one pixel.
  for (let pass = 0; pass < 2; pass++) sum = blur(blur(sum, size, 1), size, size);
  return Uint8Array.from(sum, (value) => Math.round((255 * value) / annotations.length));
}

/** (1, 2, 1) / 4 along rows (`step` 1) or columns (`step` = `size`). */
function blur(values: Float32Array, size: number, step: number): Float32Array<ArrayBuffer> {
  const blurred = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const position = step === 1 ? i % size : Math.floor(i / size);
    const before = position > 0 ? values[i - step] : values[i];
    const after = position < size - 1 ? values[i + step] : values[i];
    blurred[i] = (before + 2 * values[i] + after) / 4;
  }
  return blurred;
}
