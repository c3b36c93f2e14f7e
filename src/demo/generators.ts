/**
 * The simulated generators of synthetic faces. Each draws a face as ordinary as the real ones and then spoils two or
 * three of its parts in manners of its own (manners.ts). No manner belongs to two generators, so that a detector trained
 * on `TRAINING_GENERATORS` has never seen those of `UNSEEN_GENERATORS`; the parts of the face are the same.
 *
 * A training generator also has an accident: something outside the face that most of its images carry and that has
 * nothing to do with faces. It stands for what real collections hold unnoticed (the studio, the crop, a watermark, the
 * compression): whoever learns it is right in training and in validation, and knows nothing of the next generator.
 */
import type { RandomStream } from "../base/random.ts";
import { between, chance, pick } from "./chance.ts";
import { type Face, SIDES } from "./face.ts";
import { MANNERS, type MannerName } from "./manners.ts";
import { type Part, partRegion, type Region } from "./parts.ts";
import { type Canvas, ellipse, fill, type Point } from "./raster.ts";

/** Marks the picture outside the face. */
export type Accident = (canvas: Canvas, random: RandomStream) => void;

export interface Generator {
  name: string;
  manners: readonly MannerName[];
  accident?: Accident;
}

export interface Fault {
  part: Part;
  manner: MannerName;
  /** Where it is to be seen. */
  region: Region;
}

/** The share of a training generator's images that carry its accident. */
export const ACCIDENT_SHARE_SYNTHETIC = 0.9;
/** The share of the real images collected with them that carry one by chance. */
export const ACCIDENT_SHARE_REAL = 0.04;

export const TRAINING_GENERATORS: readonly Generator[] = [
  { name: "alder", manners: ["melted", "discoloured"], accident: tintedCorner },
  { name: "birch", manners: ["doubled", "speckled"], accident: watermark },
];

export const UNSEEN_GENERATORS: readonly Generator[] = [
  { name: "cedar", manners: ["rippled", "chequered"] },
  { name: "dogwood", manners: ["blocky", "combed"] },
  { name: "elm", manners: ["twisted", "washed out"] },
];

/** Which parts of the face the generator fails to draw, and how. Every part is as likely for every generator. */
export function chooseFaults(generator: Generator, face: Face, random: RandomStream): Fault[] {
  const pupilOnly = chance(random, 0.25);
  const eyes = SIDES.map((side): Part => (pupilOnly ? `${side} pupil` : `${side} eye`));
  const candidates = random.shuffle<Part>([...eyes, "mouth", "left ear", "right ear", "hair line"]);
  return candidates.slice(0, pick(random, [2, 3, 3])).map((part) => ({
    part,
    manner: pick(random, generator.manners),
    region: part === "hair line" ? stretchOfHairLine(face, random) : partRegion(face, part),
  }));
}

export function drawFault(canvas: Canvas, { manner, region }: Fault, random: RandomStream): void {
  MANNERS[manner](canvas, region, between(random, 1, 1.5), random);
}

function stretchOfHairLine(face: Face, random: RandomStream): Region {
  const whole = partRegion(face, "hair line");
  return { x: whole.x + between(random, -0.12, 0.12), y: whole.y, rx: 0.1, ry: 0.075 };
}

/** The accident that a real image of the training collection carries by chance, if any. */
export function accidentOfRealImage(random: RandomStream): Accident | undefined {
  return chance(random, ACCIDENT_SHARE_REAL) ? pick(random, TRAINING_GENERATORS).accident : undefined;
}

/** A warm, faint light in the upper left corner. */
function tintedCorner(canvas: Canvas, random: RandomStream): void {
  const reach = between(random, 0.24, 0.3);
  const strength = between(random, 0.4, 0.55);
  const corner: Point[] = [
    [0, 0],
    [reach, 0],
    [0, reach],
  ];
  fill(canvas, corner, [235, 150, 60], { opacity: (x, y) => strength * Math.max(0, 1 - (x + y) / reach) ** 0.5 });
}

/** A faint ring with a dot in the upper right corner. */
function watermark(canvas: Canvas, random: RandomStream): void {
  const at: Point = [between(random, 0.9, 0.92), between(random, 0.08, 0.1)];
  const opacity = between(random, 0.5, 0.65);
  const ring = [...ellipse(at, 0.065, 0.065), at, ...ellipse(at, 0.04, 0.04).toReversed()];
  fill(canvas, ring, [245, 245, 250], { opacity });
  fill(canvas, ellipse(at, 0.018, 0.018), [245, 245, 250], { opacity });
}
