/** The parts of a face (face.ts) and where they lie in the image. */
import type { Face, Side } from "./face.ts";
import type { Point } from "./raster.ts";

/** An upright ellipse in fractions of the image. */
export interface Region {
  x: number;
  y: number;
  rx: number;
  ry: number;
}

export const PARTS = [
  "left eye",
  "right eye",
  "left pupil",
  "right pupil",
  "nose",
  "mouth",
  "left ear",
  "right ear",
  "hair line",
] as const;
export type Part = (typeof PARTS)[number];

/** Where a part of the face lies in the image. */
export function partRegion(face: Face, part: Part): Region {
  if (part === "nose") return regionAt(face, [0, face.nose.length * 0.75], 0.07, 0.07, 0.9);
  if (part === "mouth") return regionAt(face, [0, face.mouth.y], face.mouth.halfWidth * 1.1, 0.06, 0.8);
  if (part === "hair line") {
    const { line } = face.hair;
    return regionAt(face, line[(line.length - 1) / 2], 0.24, 0.065, 0.3);
  }
  const [side, organ] = part.split(" ") as [Side, "eye" | "pupil" | "ear"];
  if (organ === "ear") {
    const ear = face.ears[side];
    return regionAt(face, [ear.x, ear.y], ear.halfWidth * 1.15, ear.halfHeight * 1.1, 0);
  }
  const eye = face.eyes[side];
  if (organ === "eye") return regionAt(face, [eye.x, eye.y], eye.halfWidth * 1.15, eye.halfHeight * 1.3, 0.7);
  const radius = eye.iris.radius * 1.2;
  return regionAt(face, [eye.x + eye.iris.x, eye.y + eye.iris.y], radius, radius, 0.7);
}

function regionAt(face: Face, centre: Point, rx: number, ry: number, depth: number): Region {
  const [x, y] = placing(face)(shift([centre], face, depth)[0]);
  return { x, y, rx: rx * face.pose.scale, ry: ry * face.pose.scale };
}

export type Place = (point: Point) => Point;

/** From face coordinates to the image. */
export function placing({ pose }: Face): Place {
  const [cos, sin] = [Math.cos(pose.roll) * pose.scale, Math.sin(pose.roll) * pose.scale];
  return ([x, y]) => [pose.x + cos * x - sin * y, pose.y + sin * x + cos * y];
}

/** A turned head carries what stands out of it to the side: `depth` is 1 for the tip of the nose, 0 for the ears. */
export function shift(points: readonly Point[], { pose }: Face, depth: number): Point[] {
  return points.map(([x, y]) => [x + pose.yaw * depth, y]);
}
