/**
 * Mouse, pen and fingers on one image: a line is drawn, the view is moved, or two fingers zoom. Never two at once.
 *
 * - While a pen is on the screen, fingers and palms count for nothing; a line that a palm had begun is dropped.
 * - A second finger makes a pinch of a line that has only just begun; beside a line under way it counts for nothing.
 * - After a pinch, nothing is drawn until all fingers are lifted.
 * - What the browser takes away (`pointercancel`) is dropped.
 */
import type { Place } from "./view.ts";

export type Pointer = "mouse" | "touch" | "pen";

export interface GestureTarget {
  /** Whether dragging moves the view; else it draws. */
  moves(): boolean;
  /** @returns whether there is room for a stroke */
  beginStroke(at: Place, pointer: Pointer, event: PointerEvent): boolean;
  extendStroke(at: Place, event: PointerEvent): void;
  endStroke(): void;
  dropStroke(): void;
  /** From place to place of the frame. */
  moveView(from: Place, to: Place): void;
  /** Of two fingers: where their middle was and is, and how much further they are apart. */
  pinch(from: Place, to: Place, factor: number): void;
  zoom(at: Place, factor: number): void;
  /** The mouse or pen hovers there; undefined when it has left. */
  hover(at: Place | undefined): void;
}

/** A touch line shorter and younger than this becomes a pinch when a second finger comes. */
const young = { milliseconds: 250, pixels: 14 } as const;

type State =
  | { kind: "idle" }
  | { kind: "drawing"; id: number; pointer: Pointer; since: number; from: [number, number] }
  | { kind: "moving"; id: number; last: Place }
  | { kind: "pinching"; first: number; second: number; middle: Place; apart: number }
  /** After a pinch, or a line that was dropped. */
  | { kind: "until-lifted" };

/** @param frame the element that shows the image; its box is the frame of all places. @param signal ends it */
export function listenToPointers(frame: HTMLElement, target: GestureTarget, signal: AbortSignal): void {
  let state: State = { kind: "idle" };
  /** Fingers on the frame, where they are in CSS pixels. */
  const touches = new Map<number, [number, number]>();

  const placeOf = (clientX: number, clientY: number): Place => {
    const box = frame.getBoundingClientRect();
    return [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
  };
  const pinchOf = (a: [number, number], b: [number, number]) => ({
    middle: placeOf((a[0] + b[0]) / 2, (a[1] + b[1]) / 2),
    apart: Math.max(1, Math.hypot(a[0] - b[0], a[1] - b[1])),
  });
  const begin = (event: PointerEvent) => {
    const pointer = event.pointerType === "touch" || event.pointerType === "pen" ? event.pointerType : "mouse";
    const at = placeOf(event.clientX, event.clientY);
    frame.setPointerCapture(event.pointerId);
    if (target.moves() || (pointer === "mouse" && event.button === 1)) {
      state = { kind: "moving", id: event.pointerId, last: at };
    } else if (target.beginStroke(at, pointer, event)) {
      const { pointerId: id, timeStamp: since, clientX, clientY } = event;
      state = { kind: "drawing", id, pointer, since, from: [clientX, clientY] };
    }
  };
  const beginPinch = () => {
    const [[first, a], [second, b]] = touches;
    state = { kind: "pinching", first, second, ...pinchOf(a, b) };
  };

  const onDown = (event: PointerEvent) => {
    const { pointerType, pointerId } = event;
    if (pointerType === "mouse" && event.button > 1) return;
    if (pointerType === "touch") touches.set(pointerId, [event.clientX, event.clientY]);
    // No text selection, no second focus; the frame takes the focus for the keyboard.
    event.preventDefault();
    frame.focus({ preventScroll: true });
    if (state.kind === "idle") return begin(event);
    if (pointerType === "pen") {
      if (state.kind === "drawing") target.dropStroke();
      begin(event);
    } else if (state.kind === "drawing" && state.pointer === "touch") {
      if (touches.size !== 2 || !isYoung(state, touches.get(state.id), event.timeStamp)) return;
      target.dropStroke();
      beginPinch();
    } else if (state.kind === "moving" && touches.size === 2 && touches.has(state.id)) {
      beginPinch();
    }
  };

  const onMove = (event: PointerEvent) => {
    if (touches.has(event.pointerId)) touches.set(event.pointerId, [event.clientX, event.clientY]);
    const at = placeOf(event.clientX, event.clientY);
    if (event.pointerType !== "touch") target.hover(at);
    if (state.kind === "drawing" && event.pointerId === state.id) {
      const passed = event.getCoalescedEvents?.() ?? [];
      for (const one of passed.length === 0 ? [event] : passed) {
        target.extendStroke(placeOf(one.clientX, one.clientY), one);
      }
    } else if (state.kind === "moving" && event.pointerId === state.id) {
      target.moveView(state.last, at);
      state.last = at;
    } else if (state.kind === "pinching" && (event.pointerId === state.first || event.pointerId === state.second)) {
      const { middle, apart } = pinchOf(touches.get(state.first)!, touches.get(state.second)!);
      target.pinch(state.middle, middle, apart / state.apart);
      state = { ...state, middle, apart };
    }
  };

  const onLift = (event: PointerEvent) => {
    touches.delete(event.pointerId);
    if (event.type === "pointercancel") target.hover(undefined);
    if (state.kind === "drawing" && event.pointerId === state.id) {
      if (event.type === "pointercancel") target.dropStroke();
      else target.endStroke();
      // A palm that still lies there does not keep the pen from going on.
      state = { kind: touches.size === 0 || state.pointer === "pen" ? "idle" : "until-lifted" };
    } else if (state.kind === "moving" && event.pointerId === state.id) {
      state = { kind: "idle" };
    } else if (state.kind === "pinching" && (event.pointerId === state.first || event.pointerId === state.second)) {
      state = { kind: "until-lifted" };
    }
    if (state.kind === "until-lifted" && touches.size === 0) state = { kind: "idle" };
  };
  const onWheel = (event: WheelEvent) => {
    // A pinch on a touchpad comes as a wheel with ctrl.
    if (!event.ctrlKey) return;
    event.preventDefault();
    target.zoom(placeOf(event.clientX, event.clientY), Math.exp(-Math.max(-50, Math.min(50, event.deltaY)) / 100));
  };

  frame.addEventListener("pointerdown", onDown, { signal });
  frame.addEventListener("pointermove", onMove, { signal });
  // The last one is sent whenever a captured pointer is gone; after the others it finds nothing to do.
  for (const type of ["pointerup", "pointercancel", "lostpointercapture"] as const) {
    frame.addEventListener(type, onLift, { signal });
  }
  frame.addEventListener("pointerleave", () => target.hover(undefined), { signal });
  frame.addEventListener("contextmenu", (event) => event.preventDefault(), { signal });
  // No gesture of the browser's own: a line that ends in a swing would be its fling, which swallows the next tap.
  frame.addEventListener("touchstart", (event) => event.preventDefault(), { signal, passive: false });
  frame.addEventListener("wheel", onWheel, { signal, passive: false });
}

function isYoung(
  { since, from }: { since: number; from: [number, number] },
  now: [number, number] | undefined,
  time: number,
): boolean {
  const way = now === undefined ? 0 : Math.hypot(now[0] - from[0], now[1] - from[1]);
  return time - since < young.milliseconds && way < young.pixels;
}
