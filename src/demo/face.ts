/**
 * A parametric face as plain data: everything that draw.ts paints, at random with the variety of ordinary
 * portraits.
 *
 * Face coordinates: the origin is the middle of the head, y points down, and the unit is the width of the image.
 * "Left" and "right" are the viewer's.
 */
import type { RandomStream } from "../base/random.ts";
import { between, chance, pick } from "./chance.ts";
import type { Colour, Point } from "./raster.ts";

export type Side = "left" | "right";
export const SIDES: readonly Side[] = ["left", "right"];

export interface Eye {
  x: number;
  y: number;
  halfWidth: number;
  halfHeight: number;
  /** Radians; positive lifts the outer corner. */
  tilt: number;
  /** How far the upper lid has come down, 0 … 1. */
  lid: number;
  /** From the middle of the eye. */
  iris: { x: number; y: number; radius: number; colour: Colour };
  pupilRadius: number;
  /** The reflected light, from the middle of the eye. */
  catchLight: { x: number; y: number; radius: number };
}

export interface Brow {
  line: Point[];
  width: number;
}

export interface Ear {
  x: number;
  y: number;
  halfWidth: number;
  halfHeight: number;
}

export interface Mouth {
  y: number;
  halfWidth: number;
  upperLip: number;
  lowerLip: number;
  /** How far the corners rise above the middle. */
  smile: number;
  /** Height of the gap between the lips; teeth show in it. */
  open: number;
}

export interface Face {
  pose: { x: number; y: number; scale: number; roll: number; yaw: number };
  head: { halfWidth: number; halfHeight: number; jaw: number };
  skin: Colour;
  eyes: Record<Side, Eye>;
  brows: Record<Side, Brow>;
  browColour: Colour;
  ears: Record<Side, Ear>;
  /** Worn on both sides or not at all. */
  earring: { radius: number; drop: number; colour: Colour } | undefined;
  nose: { halfWidth: number; length: number };
  mouth: Mouth;
  lips: Colour;
  hair: {
    colour: Colour;
    /** How far the hair stands off the skull. */
    volume: number;
    /** How far the hair behind the head falls; negative: it ends above the ears. */
    length: number;
    /** The lower edge of the hair over the forehead, from the left temple to the right one. */
    line: Point[];
  };
  freckles: Point[];
  stubble: number;
  clothes: Colour;
  background: { from: Colour; to: Colour; angle: number; blobs: { at: Point; radius: number; colour: Colour }[] };
  light: { angle: number; strength: number };
}

const SKINS: readonly Colour[] = [
  [244, 214, 194],
  [232, 190, 160],
  [216, 168, 132],
  [190, 140, 104],
  [150, 104, 74],
  [112, 76, 54],
];
const HAIRS: readonly Colour[] = [
  [34, 28, 26],
  [62, 42, 30],
  [98, 66, 42],
  [150, 106, 62],
  [206, 170, 112],
  [132, 62, 38],
  [168, 164, 160],
];
const IRISES: readonly Colour[] = [
  [112, 74, 42],
  [140, 98, 52],
  [104, 122, 70],
  [92, 134, 168],
  [120, 146, 158],
  [72, 108, 92],
];
const EARRINGS: readonly Colour[] = [
  [232, 200, 90],
  [224, 226, 232],
  [190, 50, 60],
  [50, 90, 170],
];

/** A face as it should be. Faces are cropped and aligned, as collections of faces are: the pose varies little. */
export function randomFace(random: RandomStream): Face {
  const head = {
    halfWidth: between(random, 0.27, 0.31),
    halfHeight: between(random, 0.37, 0.41),
    jaw: between(random, 0.12, 0.34),
  };
  const skin = jitter(random, pick(random, SKINS), 10);
  const hairColour = jitter(random, pick(random, HAIRS), 10);
  const light = { angle: between(random, 0, 2 * Math.PI), strength: between(random, 0.1, 0.4) };
  const eyes = randomEyes(random, Math.cos(light.angle));
  return {
    pose: {
      x: 0.5 + between(random, -0.012, 0.012),
      y: 0.53 + between(random, -0.012, 0.012),
      scale: between(random, 1.12, 1.2),
      roll: between(random, -0.04, 0.04),
      yaw: between(random, -0.02, 0.02),
    },
    head,
    skin,
    eyes,
    brows: randomBrows(random, eyes),
    browColour: shade(hairColour, between(random, 0.55, 0.85)),
    ears: randomEars(random, head.halfWidth),
    earring: chance(random, 0.45) ? randomEarring(random) : undefined,
    nose: { halfWidth: between(random, 0.04, 0.06), length: between(random, 0.1, 0.135) },
    mouth: randomMouth(random),
    lips: blend(skin, jitter(random, [186, 66, 74], 22), between(random, 0.35, 0.8)),
    hair: {
      colour: hairColour,
      volume: between(random, 0.03, 0.075),
      length: pick(random, [between(random, -0.2, -0.1), between(random, 0.1, 0.3), between(random, 0.4, 0.6)]),
      line: randomHairLine(random, head.halfWidth, head.halfHeight),
    },
    freckles: chance(random, 0.1) ? randomFreckles(random) : [],
    stubble: chance(random, 0.25) ? between(random, 0.1, 0.4) : 0,
    clothes: [between(random, 20, 230), between(random, 20, 230), between(random, 20, 230)],
    background: randomBackground(random),
    light,
  };
}

function randomEyes(random: RandomStream, lightFrom: number): Record<Side, Eye> {
  const apart = between(random, 0.122, 0.142);
  const shape = {
    y: -0.03 + between(random, -0.012, 0.012),
    halfWidth: between(random, 0.078, 0.092),
    halfHeight: between(random, 0.044, 0.056),
    tilt: between(random, -0.12, 0.16),
    lid: between(random, 0, 0.3),
  };
  const gaze = { x: between(random, -0.016, 0.016), y: between(random, -0.005, 0.007) };
  const irisColour = jitter(random, pick(random, IRISES), 10);
  const irisRadius = between(random, 0.046, 0.053);
  const pupilRadius = irisRadius * between(random, 0.42, 0.56);
  const catchLight = {
    x: gaze.x + lightFrom * 0.018,
    y: gaze.y - between(random, 0.012, 0.02),
    radius: between(random, 0.012, 0.016),
  };
  // Nobody is perfectly symmetric.
  const eye = (outwards: -1 | 1): Eye => ({
    ...shape,
    x: outwards * apart,
    y: shape.y + between(random, -0.004, 0.004),
    lid: shape.lid + between(random, -0.04, 0.04),
    iris: { ...gaze, radius: irisRadius, colour: jitter(random, irisColour, 4) },
    pupilRadius,
    catchLight,
  });
  return { left: eye(-1), right: eye(1) };
}

function randomBrows(random: RandomStream, eyes: Record<Side, Eye>): Record<Side, Brow> {
  const height = between(random, 0.082, 0.105);
  const arch = between(random, 0.004, 0.026);
  const slope = between(random, -0.016, 0.016);
  const half = between(random, 0.08, 0.1);
  const width = between(random, 0.02, 0.036);
  const brow = (outwards: -1 | 1, eye: Eye): Brow => {
    const y = eye.y - height + between(random, -0.005, 0.005);
    return {
      line: [
        [eye.x - outwards * half, y + slope + 0.006],
        [eye.x, y - arch],
        [eye.x + outwards * half, y - slope + 0.01],
      ],
      width,
    };
  };
  return { left: brow(-1, eyes.left), right: brow(1, eyes.right) };
}

function randomEars(random: RandomStream, headHalfWidth: number): Record<Side, Ear> {
  const shape = {
    y: between(random, -0.01, 0.03),
    halfWidth: between(random, 0.04, 0.055),
    halfHeight: between(random, 0.075, 0.095),
  };
  const x = headHalfWidth + between(random, 0.008, 0.02);
  return { left: { ...shape, x: -x }, right: { ...shape, x } };
}

function randomEarring(random: RandomStream): Face["earring"] {
  return {
    radius: between(random, 0.014, 0.024),
    drop: between(random, 0, 0.04),
    colour: pick(random, EARRINGS),
  };
}

function randomMouth(random: RandomStream): Mouth {
  return {
    y: between(random, 0.195, 0.22),
    halfWidth: between(random, 0.085, 0.125),
    upperLip: between(random, 0.016, 0.026),
    lowerLip: between(random, 0.02, 0.034),
    smile: between(random, -0.008, 0.035),
    open: chance(random, 0.45) ? between(random, 0.012, 0.035) : 0,
  };
}

function randomFreckles(random: RandomStream): Point[] {
  return Array.from({ length: 4 + random.integer(12) }, () => [
    between(random, -0.2, 0.2),
    between(random, 0.03, 0.16),
  ]);
}

function randomHairLine(random: RandomStream, halfWidth: number, halfHeight: number): Point[] {
  const height = halfHeight * between(random, 0.56, 0.72);
  const temple = between(random, 0.02, 0.1);
  const part = between(random, -0.5, 0.5);
  const peak = between(random, -0.015, 0.045);
  const points = 9;
  return Array.from({ length: points }, (_, i): Point => {
    const t = (2 * i) / (points - 1) - 1;
    const drop = Math.abs(t) ** 4 * (height - temple) + peak * Math.exp(-(((t - part) / 0.3) ** 2));
    return [t * halfWidth * 0.97, -height + drop + between(random, -0.006, 0.006)];
  });
}

function randomBackground(random: RandomStream): Face["background"] {
  const tone = (): Colour => jitter(random, grey(between(random, 50, 225)), 28);
  const from = tone();
  return {
    from,
    to: chance(random, 0.5) ? tone() : jitter(random, from, 20),
    angle: between(random, 0, 2 * Math.PI),
    blobs: Array.from({ length: random.integer(4) }, () => ({
      at: [random.uniform(), random.uniform()],
      radius: between(random, 0.08, 0.3),
      colour: tone(),
    })),
  };
}

function jitter(random: RandomStream, [red, green, blue]: Colour, spread: number): Colour {
  const brightness = between(random, -spread, spread);
  const channel = (value: number) =>
    Math.max(0, Math.min(255, value + brightness + between(random, -spread, spread) / 2));
  return [channel(red), channel(green), channel(blue)];
}

export function blend(a: Colour, b: Colour, share: number): Colour {
  const mix = (c: 0 | 1 | 2) => a[c] + share * (b[c] - a[c]);
  return [mix(0), mix(1), mix(2)];
}

export function shade([red, green, blue]: Colour, factor: number): Colour {
  return [red * factor, green * factor, blue * factor];
}

function grey(value: number): Colour {
  return [value, value, value];
}
