/** Paints a face (face.ts) on a canvas. */
import { blend, type Eye, type Face, SIDES, type Side, shade } from "./face.ts";
import { type Place, placing, shift } from "./parts.ts";
import {
  type Canvas,
  type Colour,
  coverage,
  createCanvas,
  curve,
  ellipse,
  fill,
  fillCoverage,
  type Point,
  stroke,
} from "./raster.ts";

/** The face as a square canvas of `size` pixels, before the camera (camera.ts). */
export function drawFace(face: Face, size: number): Canvas {
  const canvas = createCanvas(size);
  const place = placing(face);
  const put = (outline: readonly Point[], colour: Colour, opacity?: number) =>
    fill(canvas, outline.map(place), colour, { opacity });

  paintBackground(canvas, face.background);
  paintHairBehind(put, face);
  paintBody(put, face);
  // Hair hides no ear here, so that both can be compared.
  for (const side of SIDES) paintEar(put, face, side);
  paintHead(canvas, put, place, face);
  paintNose(put, face);
  for (const side of SIDES) {
    paintEye(canvas, place, face, face.eyes[side]);
    const brow = face.brows[side];
    put(stroke(curve(shift(brow.line, face, 0.7)), brow.width), face.browColour, 0.9);
  }
  paintMouth(canvas, place, face);
  paintHairInFront(put, face);
  return canvas;
}

type Put = (outline: readonly Point[], colour: Colour, opacity?: number) => void;

function paintBackground(canvas: Canvas, background: Face["background"]): void {
  const { from, to, angle, blobs } = background;
  const [dx, dy] = [Math.cos(angle), Math.sin(angle)];
  const all: Point[] = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ];
  fill(canvas, all, from);
  fill(canvas, all, to, { opacity: (x, y) => Math.max(0, Math.min(1, 0.5 + (x - 0.5) * dx + (y - 0.5) * dy)) });
  for (const { at, radius, colour } of blobs) {
    fill(canvas, ellipse(at, radius, radius), colour, {
      opacity: (x, y) => 0.6 * Math.max(0, 1 - Math.hypot(x - at[0], y - at[1]) / radius),
    });
  }
}

/** The outline of the skull, `extra` wider and higher; `jaw` narrows the lower half. */
function headOutline({ head }: Face, extra: number): Point[] {
  const steps = 36;
  return Array.from({ length: steps }, (_, i): Point => {
    const turn = (2 * Math.PI * i) / steps;
    const sin = Math.sin(turn);
    const narrowing = sin > 0 ? 1 - head.jaw * sin ** 2.5 : 1;
    return [(head.halfWidth + extra) * Math.cos(turn) * narrowing, (head.halfHeight + extra) * sin];
  });
}

function paintHairBehind(put: Put, face: Face): void {
  const { head, hair } = face;
  const back = shade(hair.colour, 0.75);
  const wide = head.halfWidth + hair.volume;
  const top = head.halfHeight + hair.volume;
  const arc = Array.from({ length: 19 }, (_, i): Point => {
    const turn = Math.PI + (Math.PI * i) / 18;
    return [wide * Math.cos(turn), top * Math.sin(turn)];
  });
  const reach = Math.max(hair.length, -0.15);
  const spread = hair.length > 0 ? 0.03 : -0.02;
  put(
    [...arc, [wide + spread, reach], [wide * 0.7, reach + 0.03], [-wide * 0.7, reach + 0.03], [-wide - spread, reach]],
    back,
  );
}

function paintBody(put: Put, { head, skin, clothes }: Face): void {
  const neck = head.halfWidth * 0.55;
  put(
    [
      [-0.7, 0.8],
      [-0.42, 0.5],
      [-neck, 0.42],
      [neck, 0.42],
      [0.42, 0.5],
      [0.7, 0.8],
    ],
    clothes,
  );
  put(
    [
      [-neck, 0.2],
      [neck, 0.2],
      [neck * 1.05, 0.43],
      [0, 0.5],
      [-neck * 1.05, 0.43],
    ],
    shade(skin, 0.78),
  );
}

function paintEar(put: Put, { ears, skin, earring }: Face, side: Side): void {
  const { x, y, halfWidth, halfHeight } = ears[side];
  put(ellipse([x, y], halfWidth, halfHeight), shade(skin, 0.92));
  put(ellipse([x, y - 0.01], halfWidth * 0.5, halfHeight * 0.6), shade(skin, 0.72), 0.8);
  if (earring) put(ellipse([x, y + halfHeight + earring.drop], earring.radius, earring.radius), earring.colour);
}

function paintHead(canvas: Canvas, put: Put, place: Place, face: Face): void {
  const { skin, light, stubble } = face;
  const outline = headOutline(face, 0).map(place);
  const area = coverage(canvas.size, outline);
  fillCoverage(canvas, area, skin);
  const [dx, dy] = [Math.cos(light.angle), Math.sin(light.angle)];
  fillCoverage(canvas, area, shade(skin, 0.45), {
    opacity: (x, y) => light.strength * Math.max(0, Math.min(1, 0.5 - 1.4 * ((x - 0.5) * dx + (y - 0.5) * dy))),
  });
  const cheek = blend(skin, [214, 90, 90], 0.35);
  for (const x of [-0.16, 0.16]) put(shift(ellipse([x, 0.1], 0.065, 0.05), face, 0.5), cheek, 0.3);
  if (stubble > 0) {
    fill(canvas, ellipse([0, 0.27], 0.19, 0.14).map(place), [50, 44, 44], { opacity: stubble * 0.6, clip: area });
  }
  for (const freckle of face.freckles) put(shift(ellipse(freckle, 0.008, 0.008), face, 0.7), shade(skin, 0.65), 0.7);
}

function paintNose(put: Put, face: Face): void {
  const { halfWidth, length } = face.nose;
  const { skin, light } = face;
  const side = Math.cos(light.angle) > 0 ? -1 : 1;
  const bridge: Point[] = [
    [side * 0.022, -0.04],
    [side * 0.024, length * 0.5],
    [side * halfWidth, length],
  ];
  put(shift(stroke(curve(bridge), 0.022), face, 0.9), shade(skin, 0.74), 0.7);
  put(shift(ellipse([0, length * 0.9], halfWidth * 0.6, 0.028), face, 1), blend(skin, [255, 255, 255], 0.25), 0.5);
  for (const x of [-1, 1]) {
    put(shift(ellipse([x * halfWidth * 0.6, length + 0.016], 0.014, 0.01), face, 1), shade(skin, 0.42), 0.85);
  }
}

function paintEye(canvas: Canvas, place: Place, face: Face, eye: Eye): void {
  const outwards = eye.x < 0 ? -1 : 1;
  const [cos, sin] = [Math.cos(eye.tilt), -Math.sin(eye.tilt) * outwards];
  const put = (points: readonly Point[]) =>
    shift(points, face, 0.7)
      .map(([x, y]): Point => [eye.x + cos * (x - pivot) - sin * y + pivot, eye.y + sin * (x - pivot) + cos * y])
      .map(place);
  const pivot = face.pose.yaw * 0.7;
  const rise = eye.halfHeight * (1 - eye.lid);
  const upper = curve([
    [-eye.halfWidth, 0.006],
    [-eye.halfWidth * 0.5, -rise * 0.82],
    [0, -rise],
    [eye.halfWidth * 0.5, -rise * 0.82],
    [eye.halfWidth, 0.006],
  ]);
  const lower = curve([
    [eye.halfWidth, 0.006],
    [eye.halfWidth * 0.4, eye.halfHeight * 0.8],
    [-eye.halfWidth * 0.4, eye.halfHeight * 0.8],
    [-eye.halfWidth, 0.006],
  ]);
  fill(canvas, put(ellipse([0, -0.005], eye.halfWidth * 1.15, eye.halfHeight * 1.35)), shade(face.skin, 0.7), {
    opacity: 0.35,
  });
  const opening = coverage(canvas.size, put([...upper, ...lower]));
  fillCoverage(canvas, opening, [238, 236, 232]);
  const { iris, catchLight } = eye;
  const disc = ({ x, y }: { x: number; y: number }, radius: number, colour: Colour) =>
    fill(canvas, put(ellipse([x, y], radius, radius)), colour, { clip: opening });
  disc(iris, iris.radius * 1.1, shade(iris.colour, 0.5));
  disc(iris, iris.radius, iris.colour);
  disc(iris, eye.pupilRadius, [16, 14, 16]);
  disc(catchLight, catchLight.radius, [255, 255, 255]);
  fill(canvas, put(stroke(upper, 0.018, 0.5)), [38, 28, 26], { opacity: 0.9 });
  fill(canvas, put(stroke(lower, 0.008, 0.5)), shade(face.skin, 0.5), { opacity: 0.7 });
}

function paintMouth(canvas: Canvas, place: Place, face: Face): void {
  const { y: height, halfWidth, upperLip, lowerLip, smile, open } = face.mouth;
  const put = (points: readonly Point[]) =>
    shift(
      points.map(([x, y]): Point => [x, height + y]),
      face,
      0.8,
    ).map(place);
  const left: Point = [-halfWidth, -smile];
  const right: Point = [halfWidth, -smile];
  const half = open / 2;
  const upperEdge = curve([
    left,
    [-halfWidth * 0.35, -half - upperLip],
    [0, -half - upperLip * 0.75],
    [halfWidth * 0.35, -half - upperLip],
    right,
  ]);
  const upperInner = curve([left, [-halfWidth * 0.5, -half], [0, -half + 0.003], [halfWidth * 0.5, -half], right]);
  const lowerInner = curve([left, [-halfWidth * 0.5, half], [0, half + 0.004], [halfWidth * 0.5, half], right]);
  const lowerEdge = curve([
    left,
    [-halfWidth * 0.45, half + lowerLip * 0.85],
    [0, half + lowerLip],
    [halfWidth * 0.45, half + lowerLip * 0.85],
    right,
  ]);
  if (open > 0) {
    fill(canvas, put([...upperInner, ...lowerInner.toReversed()]), [70, 22, 26]);
    fill(
      canvas,
      put(
        stroke(
          upperInner.map(([x, y]): Point => [x * 0.8, y + open * 0.3]),
          open * 0.75,
          0.4,
        ),
      ),
      [240, 236, 226],
    );
  }
  fill(canvas, put([...upperEdge, ...upperInner.toReversed()]), shade(face.lips, 0.88));
  fill(canvas, put([...lowerInner, ...lowerEdge.toReversed()]), face.lips);
  if (open === 0) fill(canvas, put(stroke(upperInner, 0.009, 0.6)), shade(face.lips, 0.45));
}

function paintHairInFront(put: Put, face: Face): void {
  const { head, hair } = face;
  const wide = head.halfWidth + hair.volume * 0.8;
  const top = head.halfHeight + hair.volume;
  const line = curve(shift(hair.line, face, 0.3));
  const [[, leftEnd]] = line;
  const [, rightEnd] = line[line.length - 1];
  const arc = Array.from({ length: 19 }, (_, i): Point => {
    const turn = Math.PI + (Math.PI * i) / 18;
    return [wide * Math.cos(turn), Math.min(i < 9 ? leftEnd : rightEnd, top * Math.sin(turn))];
  });
  put([...arc, ...line.toReversed()], hair.colour);
  // A few strands from the crown towards the hair line.
  for (let i = 1; i < hair.line.length - 1; i++) {
    const [x, y] = hair.line[i];
    const strand = curve([
      [x * 0.4, -top * 0.97],
      [x * 0.85, (y - top) / 2],
      [x, y - 0.015],
    ]);
    put(
      shift(stroke(strand, 0.014), face, 0.3),
      i % 2 ? shade(hair.colour, 0.7) : blend(hair.colour, [255, 240, 220], 0.25),
      0.5,
    );
  }
}
