/**
 * The second half of a trial: marking what made one choose, until the protocol's requirement is met. One image or both;
 * where they are stacked, one is shown at a time.
 */
import type { MarkingRule, Side, TrialToShow } from "../../../src/study/contract/api.ts";
import { unmetRequirement } from "../../../src/study/contract/geometry.ts";
import type { Stroke } from "../../../src/study/contract/strokes.ts";
import { element, setText } from "../dom.ts";
import type { PairView } from "../pair-view.ts";
import type { Say } from "../texts.ts";
import { addStroke, clear, type Editing, redo, resumeEditing, type Strokes, undo } from "./editing.ts";
import { Surface } from "./surface.ts";
import { type Command, Toolbar } from "./toolbar.ts";
import { type View, wholeImage } from "./view.ts";

export interface MarkingTask {
  pair: PairView;
  images: Pick<TrialToShow, Side>;
  chosen: Side;
  rule: MarkingRule;
  say: Say;
  strokes: Strokes;
  undone: number;
  /** Milliseconds since the images were painted. @param timeStamp of an event */
  time(timeStamp: number): number;
  /** Whether a mark has been begun: from then on the choice is final. */
  begun: boolean;
  onBegun(): void;
  /** The participant wants to choose anew. */
  onOtherChoice(): void;
  /** Marks were added, taken back or cleared. */
  onChange(strokes: Strokes, undone: number): void;
  /** The participant continues, and the requirement is met. @param timeStamp of the event */
  onDone(timeStamp: number): void;
}

const zoomStep = 1.5;
/** Milliseconds for which "no more marks" is said instead of the requirement. */
const fullFor = 4_000;

export class Marking {
  /** Tools, reason and "continue"; goes below the pair. */
  readonly element: HTMLElement;
  private readonly task: MarkingTask;
  private readonly marked: readonly Side[];
  private editing: Editing;
  private active: Side;
  private readonly surfaces = new Map<Side, Surface>();
  private readonly views: Record<Side, View> = { left: wholeImage, right: wholeImage };
  private readonly toolbar: Toolbar;
  private readonly reason = element("p", { class: "reason", id: "reason", role: "status" });
  private readonly pen = element("p", { class: "hidden-text", "aria-live": "polite" });
  private readonly done: HTMLButtonElement;
  private readonly change: HTMLButtonElement;
  private begun: boolean;
  private readonly switches = new Map<Side, HTMLButtonElement>();
  private met = false;
  private readonly stopListening: () => void;

  constructor(task: MarkingTask) {
    const { say, pair, rule, chosen } = task;
    this.task = task;
    this.begun = task.begun;
    this.change = element("button", { type: "button", class: "quiet change" }, say("trial.change"));
    this.change.addEventListener("click", () => task.onOtherChoice());
    this.marked = rule.on === "both" ? ["left", "right"] : [chosen];
    this.active = chosen;
    this.editing = resumeEditing(task.strokes, task.undone);
    this.toolbar = new Toolbar(
      say,
      () => this.redraw(),
      (command) => this.command(command),
    );
    this.done = element(
      "button",
      {
        type: "button",
        class: "primary",
        "aria-describedby": "reason",
        onclick: (event: MouseEvent) => this.finish(event.timeStamp),
      },
      say("mark.continue"),
    );
    for (const side of this.marked) this.surfaces.set(side, this.surface(side));
    this.element = element(
      "div",
      { class: "marking" },
      this.marked.length === 2 && this.switch(),
      this.toolbar.element,
      element("div", { class: "finish" }, this.reason, this.done, this.change),
      this.pen,
    );
    this.stopListening = pair.onLayout(() => this.update());
    this.activate(chosen);
    this.showChange();
    this.update();
  }

  /** Gives the keyboard to the image. */
  focus(): void {
    this.task.pair.sides[this.active].frame.focus({ preventScroll: true });
  }

  /** Takes the canvases away again. */
  close(): void {
    this.stopListening();
    for (const [side, surface] of this.surfaces) {
      surface.close();
      const { frame } = this.task.pair.sides[side];
      frame.removeAttribute("tabindex");
      frame.removeAttribute("role");
      frame.removeAttribute("aria-label");
    }
  }

  /** @returns whether the key was one of marking's */
  onKey(event: KeyboardEvent): boolean {
    if (this.toolbar.onKey(event)) return true;
    const target = event.target as Element;
    if (event.key !== "Enter" || target.closest("button, summary, input, a") !== null) return false;
    this.finish(event.timeStamp);
    return true;
  }

  private surface(side: Side): Surface {
    const { pair, images, say, time } = this.task;
    const { frame, picture } = pair.sides[side];
    frame.tabIndex = 0;
    frame.setAttribute("role", "application");
    frame.setAttribute("aria-label", `${pair.imageName(side)}. ${say("mark.surface")}`);
    return new Surface(frame, picture!, images[side], {
      tool: () => this.toolbar.tool,
      radius: () => this.toolbar.radius,
      time,
      strokes: () => this.editing.present[side],
      focused: () => this.activate(side),
      add: (stroke) => this.edit(addStroke(this.editing, side, stroke)),
      full: () => this.sayFull(),
      begun: () => {
        this.activate(side);
        this.begin();
      },
      viewed: (view) => {
        this.views[side] = view;
        this.toolbar.setZoom(this.views[this.active].scale);
      },
      penMoved: (change) => setText(this.pen, say(`mark.${change}`)),
    });
  }

  /** Where the images are stacked and both are marked: which one is shown. */
  private switch(): HTMLElement {
    for (const side of this.marked) {
      const button = element("button", { type: "button", onclick: () => this.activate(side) });
      this.switches.set(side, button);
    }
    return element(
      "div",
      { class: "switch", role: "group", "aria-label": this.task.say("mark.both") },
      ...this.switches.values(),
    );
  }

  private activate(side: Side): void {
    this.active = side;
    this.task.pair.bringToFront(side);
    for (const [other, button] of this.switches) button.setAttribute("aria-pressed", String(other === side));
    this.toolbar.setZoom(this.views[side].scale);
    this.updateButtons();
  }

  private command(command: Command): void {
    const surface = this.surfaces.get(this.active)!;
    if (command === "undo") this.edit(undo(this.editing));
    else if (command === "redo") this.edit(redo(this.editing));
    else if (command === "clear") this.edit(clear(this.editing, this.active));
    else if (command === "zoom-in") surface.zoomBy(zoomStep);
    else if (command === "zoom-out") surface.zoomBy(1 / zoomStep);
    else surface.showWhole();
  }

  private begin(): void {
    if (this.begun) return;
    this.begun = true;
    this.task.onBegun();
    this.showChange();
  }

  private showChange(): void {
    this.change.dataset.gone = String(this.begun);
  }

  private edit(editing: Editing): void {
    if (editing === this.editing) return;
    this.editing = editing;
    this.task.onChange(editing.present, editing.undone);
    this.update();
    this.redraw();
  }

  private redraw(): void {
    for (const surface of this.surfaces.values()) surface.redraw();
  }

  private update(): void {
    const reason = this.unmet();
    this.met = reason === undefined;
    setText(this.reason, reason ?? this.task.say("mark.enough"));
    this.reason.dataset.met = String(this.met);
    this.done.setAttribute("aria-disabled", String(!this.met));
    for (const [side, button] of this.switches) {
      setText(button, this.task.pair.shortName(side));
      button.dataset.met = String(this.unmetOn(side) === undefined);
    }
    this.updateButtons();
  }

  private updateButtons(): void {
    this.toolbar.setEnabled("undo", this.editing.past.length > 0);
    this.toolbar.setEnabled("redo", this.editing.future.length > 0);
    this.toolbar.setEnabled("clear", this.editing.present[this.active].length > 0);
  }

  private unmetOn(side: Side) {
    return unmetRequirement(this.editing.present[side], this.task.images[side], this.task.rule);
  }

  /** What is still to be done, in words. */
  private unmet(): string | undefined {
    const { say, rule, pair } = this.task;
    for (const side of this.marked) {
      const unmet = this.unmetOn(side);
      if (unmet === undefined) continue;
      const place = this.marked.length === 2 ? (`-${pair.position(side)}` as const) : "";
      if (unmet.area === 0 && place === "") return say(this.begun ? "mark.none-now" : "mark.none");
      return unmet.lacking.includes("area")
        ? say(`mark.area${place}`, { area: asPercent(unmet.area), least: asPercent(rule.leastArea) })
        : say(`mark.regions${place}`, { regions: unmet.regions, least: rule.leastRegions });
    }
    return undefined;
  }

  private sayFull(): void {
    setText(this.reason, this.task.say("mark.full"));
    setTimeout(() => this.update(), fullFor);
  }

  /** A stroke that no hand drew. */
  draw(side: Side, stroke: Stroke): void {
    this.begin();
    this.edit(addStroke(this.editing, side, stroke));
  }

  /** Continues, when enough is marked. */
  finish(timeStamp: number): void {
    if (this.met) this.task.onDone(timeStamp);
  }
}

/** Two digits that count, so that "0.1 % of at least 0.5 %" is never rounded to the same. */
function asPercent(share: number): string {
  return `${Number((100 * share).toPrecision(2))}\u00a0%`;
}
