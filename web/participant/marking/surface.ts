/** One image that is being marked: its frame with image, canvas and pen, drawn on by pointers or by the keyboard. */
import type { ImageToShow } from "../../../src/study/contract/api.ts";
import type { Stroke } from "../../../src/study/contract/strokes.ts";
import { element } from "../dom.ts";
import { isApart, limits, roomFor, toPoint } from "./editing.ts";
import { type GestureTarget, listenToPointers } from "./gestures.ts";
import { paint } from "./paint.ts";
import { moved, type Place, showing, toFrame, toImage, type View, viewWith, wholeImage, zoomed } from "./view.ts";

export type Tool = Stroke["tool"] | "move";

/** What the tools are set to, and what becomes of strokes; shared by both images. */
export interface Desk {
  tool(): Tool;
  /** Share of the image's width. */
  radius(): number;
  /** Milliseconds since the images were painted. @param timeStamp of an event */
  time(timeStamp: number): number;
  strokes(): readonly Stroke[];
  add(stroke: Stroke): void;
  full(): void;
  /** A line has begun: with the first one the choice is final. */
  begun(): void;
  focused(): void;
  viewed(view: View): void;
  penMoved(change: "pen-down" | "pen-up" | "pen-dropped"): void;
}

/** Shares of the frame that one press of an arrow key moves the pen. */
const keyStep = { small: 0.01, large: 0.06 } as const;
/** CSS pixels between points that are kept. */
const leastGap = 0.5;

export class Surface implements GestureTarget {
  private readonly frame: HTMLElement;
  private readonly picture: HTMLElement;
  private readonly canvas = element("canvas", { "aria-hidden": "true" });
  private readonly tip = element("span", { class: "tip", hidden: true, "aria-hidden": "true" });
  private readonly desk: Desk;
  private readonly aspect: number;
  private view: View = wholeImage;
  private current: Stroke | undefined;
  private hovered: Place | undefined;
  /** Of the keyboard, in the image. */
  private pen: Place = [0.5, 0.5];
  private penShown = false;
  private scheduled = false;
  private readonly listeners = new AbortController();

  /** @param frame a focusable element that holds `picture`, of the image's shape */
  constructor(frame: HTMLElement, picture: HTMLElement, { width, height }: ImageToShow, desk: Desk) {
    this.frame = frame;
    this.picture = picture;
    this.desk = desk;
    this.aspect = height / width;
    frame.append(this.canvas, this.tip);
    const { signal } = this.listeners;
    listenToPointers(frame, this, signal);
    frame.addEventListener("keydown", (event) => this.onKey(event), { signal });
    frame.addEventListener("focus", () => desk.focused(), { signal });
    frame.addEventListener("blur", () => this.onBlur(), { signal });
    const observer = new ResizeObserver(() => this.fitCanvas());
    observer.observe(frame);
    signal.addEventListener("abort", () => observer.disconnect());
    this.fitCanvas();
  }

  /** Leaves the frame as it was. */
  close(): void {
    this.listeners.abort();
    this.canvas.remove();
    this.tip.remove();
    this.picture.style.transform = "";
  }

  /** Paints at the next frame; many calls are one painting. */
  redraw(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      this.paintNow();
    });
  }

  zoom(at: Place, factor: number): void {
    this.setView(zoomed(this.view, factor, at));
  }

  zoomBy(factor: number): void {
    this.zoom([0.5, 0.5], factor);
  }

  showWhole(): void {
    this.setView(wholeImage);
  }

  // What gestures.ts asks for; places are of the frame.

  moves(): boolean {
    return this.desk.tool() === "move";
  }

  beginStroke(at: Place, pointer: Stroke["pointer"], event: Event): boolean {
    const tool = this.desk.tool();
    if (tool === "move") return false;
    this.endStroke();
    this.penShown = false;
    if (roomFor(this.desk.strokes()) === 0) {
      this.desk.full();
      return false;
    }
    this.desk.begun();
    this.current = { tool, radius: this.desk.radius(), pointer, points: [this.pointAt(at, event)] };
    this.redraw();
    return true;
  }

  extendStroke(at: Place, event: Event): void {
    const stroke = this.current;
    if (stroke === undefined) return;
    const point = this.pointAt(at, event);
    const gap = leastGap / (this.frame.clientWidth * this.view.scale);
    if (!isApart(stroke.points.at(-1)!, point, this.aspect, gap)) return;
    if (stroke.points.length < roomFor(this.desk.strokes())) {
      stroke.points.push(point);
    } else if (stroke.tool !== "lasso" && stroke.points.length === limits.pointsPerStroke) {
      // The line goes on as another stroke, if there is room for one.
      this.endStroke();
      this.beginStroke(at, stroke.pointer, event);
    }
    this.redraw();
  }

  endStroke(): void {
    const stroke = this.current;
    if (stroke === undefined) return;
    this.current = undefined;
    // A lasso without an inside marks nothing.
    if (stroke.tool !== "lasso" || stroke.points.length > 2) this.desk.add(stroke);
    this.redraw();
  }

  dropStroke(): void {
    this.current = undefined;
    this.redraw();
  }

  moveView(from: Place, to: Place): void {
    this.setView(moved(this.view, to[0] - from[0], to[1] - from[1]));
  }

  pinch(from: Place, to: Place, factor: number): void {
    this.setView(viewWith(this.view.scale * factor, toImage(this.view, from), to));
  }

  hover(at: Place | undefined): void {
    this.hovered = at;
    this.redraw();
  }

  private onBlur(): void {
    this.endStroke();
    this.penShown = false;
    this.redraw();
  }

  private onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (arrow !== undefined) this.movePen(arrow[0], arrow[1], event);
    else if (event.key === " ") this.turnPen(event);
    else if (event.key === "Escape" && this.current !== undefined) {
      this.dropStroke();
      this.desk.penMoved("pen-dropped");
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private movePen(dx: number, dy: number, event: KeyboardEvent): void {
    const step = (event.shiftKey ? keyStep.large : keyStep.small) / this.view.scale;
    const within = (share: number) => Math.min(1, Math.max(0, share));
    // Steps are of one length in both directions.
    this.pen = [within(this.pen[0] + dx * step), within(this.pen[1] + (dy * step) / this.aspect)];
    this.penShown = true;
    this.setView(showing(this.view, this.pen, 0.05));
    if (this.current?.pointer === "keyboard") this.extendStroke(toFrame(this.view, this.pen), event);
    this.redraw();
  }

  private turnPen(event: KeyboardEvent): void {
    if (event.repeat || this.moves()) return;
    if (this.current?.pointer === "keyboard") {
      this.endStroke();
      this.desk.penMoved("pen-up");
    } else if (this.beginStroke(toFrame(this.view, this.pen), "keyboard", event)) {
      this.desk.penMoved("pen-down");
    }
    this.penShown = true;
    this.redraw();
  }

  private pointAt(at: Place, { timeStamp }: Event): Stroke["points"][number] {
    const [x, y] = toImage(this.view, at);
    return toPoint(x, y, this.desk.time(timeStamp));
  }

  private setView(view: View): void {
    this.view = view;
    this.picture.style.transform = `translate(${-100 * view.x * view.scale}%, ${-100 * view.y * view.scale}%) scale(${view.scale})`;
    this.desk.viewed(view);
    this.redraw();
  }

  private fitCanvas(): void {
    const box = this.frame.getBoundingClientRect();
    const [width, height] = [box.width, box.height].map((side) => Math.max(1, Math.round(side * devicePixelRatio)));
    if (this.canvas.width === width && this.canvas.height === height) return;
    this.canvas.width = width;
    this.canvas.height = height;
    // At once: a canvas that changed its size is empty.
    this.paintNow();
  }

  private paintNow(): void {
    paint(this.canvas, this.desk.strokes(), this.current, this.view, getComputedStyle(this.canvas).color);
    this.frame.dataset.tool = this.desk.tool();
    const at = this.penShown ? toFrame(this.view, this.pen) : this.hovered;
    this.tip.hidden = at === undefined || this.moves();
    if (at === undefined) return;
    const round = this.desk.tool() !== "lasso";
    this.tip.dataset.kind = round ? "disc" : "cross";
    this.tip.style.left = `${100 * at[0]}%`;
    this.tip.style.top = `${100 * at[1]}%`;
    this.tip.style.width = round ? `${200 * this.desk.radius() * this.view.scale}%` : "";
  }
}
