/** The frame around what is judged: whole pixels of the upright image. Pure. */
export interface Size {
  width: number;
  height: number;
}

export interface Crop extends Size {
  left: number;
  top: number;
}

export interface Point {
  x: number;
  y: number;
}

/** A frame's least side, in pixels; in smaller images the image's shorter side. */
const leastSide = 16;

export const wholeImage = ({ width, height }: Size): Crop => ({ left: 0, top: 0, width, height });

/** The largest square in the middle. */
export function middleSquare({ width, height }: Size): Crop {
  const side = Math.min(width, height);
  return { left: (width - side) >> 1, top: (height - side) >> 1, width: side, height: side };
}

/** The frame made whole pixels, at least so large as can be seen, and moved to lie inside the image. */
export function fitted(crop: Crop, image: Size): Crop {
  const side = (given: number, whole: number) => clamp(Math.round(given), smallest(image), whole);
  const width = side(crop.width, image.width);
  const height = side(crop.height, image.height);
  return {
    left: clamp(Math.round(crop.left), 0, image.width - width),
    top: clamp(Math.round(crop.top), 0, image.height - height),
    width,
    height,
  };
}

/** A square about the same middle, as large as the frame's shorter side. */
export const squared = (crop: Crop, image: Size): Crop => {
  const side = Math.min(crop.width, crop.height);
  return resized(crop, image, side, side);
};

export const moved = (crop: Crop, image: Size, by: Point): Crop =>
  fitted({ ...crop, left: crop.left + by.x, top: crop.top + by.y }, image);

/** Larger or smaller about its middle; its shape stays. */
export function scaled(crop: Crop, image: Size, factor: number): Crop {
  const most = Math.min(image.width / crop.width, image.height / crop.height);
  const least = Math.min(leastSide / Math.min(crop.width, crop.height), 1);
  const by = clamp(factor, least, Math.max(most, 1));
  // Otherwise a small step on a small frame would round to none.
  const step = (side: number) => (by > 1 ? Math.ceil(side * by) : Math.floor(side * by));
  return crop.width === crop.height
    ? resized(crop, image, Math.min(step(crop.width), image.width, image.height))
    : resized(crop, image, step(crop.width), step(crop.height));
}

/** Another width and height about the same middle. */
export function resized(crop: Crop, image: Size, width: number, height = width): Crop {
  const left = crop.left + (crop.width - width) / 2;
  return fitted({ left, top: crop.top + (crop.height - height) / 2, width, height }, image);
}

/** The frame with one corner at `fixed` and the opposite one at, or for a square near, `point`. */
export function spanned(fixed: Point, point: Point, image: Size, square: boolean): Crop {
  const toLeft = point.x < fixed.x;
  const toTop = point.y < fixed.y;
  const room = { x: toLeft ? fixed.x : image.width - fixed.x, y: toTop ? fixed.y : image.height - fixed.y };
  let width = Math.min(Math.abs(point.x - fixed.x), room.x);
  let height = Math.min(Math.abs(point.y - fixed.y), room.y);
  if (square) width = height = Math.max(Math.min(Math.max(width, height), room.x, room.y), smallest(image));
  return fitted(
    { left: toLeft ? fixed.x - width : fixed.x, top: toTop ? fixed.y - height : fixed.y, width, height },
    image,
  );
}

/** A least square fits into the image. */
const smallest = ({ width, height }: Size) => Math.min(leastSide, width, height);

export const sameCrop = (a: Crop, b: Crop): boolean =>
  a.left === b.left && a.top === b.top && a.width === b.width && a.height === b.height;

const clamp = (value: number, least: number, most: number) => Math.min(Math.max(value, least), most);
