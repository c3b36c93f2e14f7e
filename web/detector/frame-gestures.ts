/** The frame by pointer: it is dragged, a corner is, two fingers spread it, or a mouse draws it anew. */
import type { RefObject } from "preact";
import { useRef } from "preact/hooks";
import { type Crop, moved, type Point, resized, type Size, spanned } from "./crop.ts";

interface Options {
  stage: RefObject<HTMLDivElement | null>;
  size: Size;
  crop: Crop;
  square: boolean;
  /** While it moves. */
  follow: (crop: Crop) => void;
  /** When the pointer is lifted. */
  settle: (crop: Crop) => void;
}

interface Gesture {
  /** Where the pointers are, in pixels of the image. */
  points: Map<number, Point>;
  next: (points: readonly Point[]) => Crop;
  crop: Crop;
}

export function useFrameGestures({ stage, size, crop, square, follow, settle }: Options) {
  const gesture = useRef<Gesture | undefined>(undefined);
  const pointOf = ({ clientX, clientY }: PointerEvent): Point => {
    const { left, top, width, height } = stage.current!.getBoundingClientRect();
    const within = (value: number, most: number) => Math.min(Math.max(value, 0), most);
    return {
      x: within(((clientX - left) / width) * size.width, size.width),
      y: within(((clientY - top) / height) * size.height, size.height),
    };
  };

  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0) return;
    const target = event.target as Element;
    const inFrame = target.closest(".frame");
    const under = gesture.current;
    // A finger beside the frame scrolls the page.
    if (!under && !inFrame && event.pointerType === "touch") return;
    const point = pointOf(event);
    stage.current!.setPointerCapture(event.pointerId);
    if (under) {
      if (under.points.size > 1) return;
      const [first] = under.points.values();
      under.points.set(event.pointerId, point);
      under.next = spread(under.crop, size, first, point);
      return;
    }
    const corner = target.getAttribute("data-corner");
    const next =
      corner !== null
        ? stretch(oppositeOf(crop, corner), size, square)
        : inFrame
          ? drag(crop, size, point)
          : stretch({ x: Math.round(point.x), y: Math.round(point.y) }, size, square);
    gesture.current = { points: new Map([[event.pointerId, point]]), next, crop };
  };

  const onPointerMove = (event: PointerEvent) => {
    const under = gesture.current;
    if (!under?.points.has(event.pointerId)) return;
    under.points.set(event.pointerId, pointOf(event));
    under.crop = under.next([...under.points.values()]);
    follow(under.crop);
  };

  const onPointerUp = (event: PointerEvent) => {
    const under = gesture.current;
    if (!under?.points.delete(event.pointerId)) return;
    const [left] = under.points.values();
    if (left) {
      under.next = drag(under.crop, size, left);
      return;
    }
    gesture.current = undefined;
    settle(under.crop);
  };

  return { onStage: { onPointerDown, onPointerMove, onPointerUp, onPointerCancel: onPointerUp } };
}

const drag = (crop: Crop, size: Size, from: Point) => {
  return ([to]: readonly Point[]) => moved(crop, size, { x: to.x - from.x, y: to.y - from.y });
};

const stretch = (fixed: Point, size: Size, square: boolean) => {
  return ([to]: readonly Point[]) => spanned(fixed, to, size, square);
};

const spread = (crop: Crop, size: Size, first: Point, second: Point) => {
  const begun = Math.max(apart(first, second), 1);
  return ([a, b]: readonly Point[]) => {
    const factor = apart(a, b) / begun;
    const most = Math.min(size.width / crop.width, size.height / crop.height, factor);
    const grown = resized(crop, size, crop.width * most, crop.height * most);
    return moved(grown, size, {
      x: (a.x + b.x - first.x - second.x) / 2,
      y: (a.y + b.y - first.y - second.y) / 2,
    });
  };
};

const apart = (a: Point, b: Point) => Math.hypot(a.x - b.x, a.y - b.y);

const oppositeOf = ({ left, top, width, height }: Crop, corner: string): Point => ({
  x: corner.includes("w") ? left + width : left,
  y: corner.includes("n") ? top + height : top,
});
