/**
 * Which part of an image its frame shows: pure, and in shares of image and frame, so that a frame of another size or
 * turned by a quarter shows the same part, and marks never move.
 */

export interface View {
  /** 1 shows the whole image. */
  scale: number;
  /** Share of the image at the frame's left and upper edges. */
  x: number;
  y: number;
}

/** A place: in the frame or in the image, 0..1 in each. */
export type Place = readonly [x: number, y: number];

export const wholeImage: View = { scale: 1, x: 0, y: 0 };
export const greatestScale = 8;

export const toImage = (view: View, [u, v]: Place): Place => [view.x + u / view.scale, view.y + v / view.scale];
export const toFrame = (view: View, [x, y]: Place): Place => [(x - view.x) * view.scale, (y - view.y) * view.scale];

/** The view of `scale` in which the image's `place` lies at the frame's `at`, as far as the image's borders allow. */
export function viewWith(scale: number, place: Place, at: Place): View {
  const within = Math.min(greatestScale, Math.max(1, scale));
  return bounded({ scale: within, x: place[0] - at[0] / within, y: place[1] - at[1] / within });
}

/** Enlarges by `factor`; what lies at the frame's `at` stays there. */
export const zoomed = (view: View, factor: number, at: Place): View =>
  viewWith(view.scale * factor, toImage(view, at), at);

/** Moved by shares of the frame: positive moves the image to the right and down. */
export const moved = (view: View, du: number, dv: number): View =>
  bounded({ ...view, x: view.x - du / view.scale, y: view.y - dv / view.scale });

/** Moved as little as needed for the image's `place` to lie in the frame, away from its edges by `margin` of the frame. */
export function showing(view: View, place: Place, margin: number): View {
  const [u, v] = toFrame(view, place);
  const off = (share: number) => Math.min(0, 1 - margin - share) + Math.max(0, margin - share);
  return moved(view, off(u), off(v));
}

/** The frame shows nothing but image. */
function bounded({ scale, x, y }: View): View {
  const most = 1 - 1 / scale;
  return { scale, x: Math.min(most, Math.max(0, x)), y: Math.min(most, Math.max(0, y)) };
}
