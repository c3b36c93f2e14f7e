/**
 * One trial on the screen: both images are loaded and painted, looked at, one is chosen, marks are drawn where the
 * protocol asks for them, and the result is committed. Each step is kept as a draft.
 */
import type { ImageToShow, MarkingRule, Side, TrialResult } from "../../src/study/contract/api.ts";
import { countAbsences } from "./attention.ts";
import { element, setText } from "./dom.ts";
import { type Choice, type Draft, newDraft, toResult } from "./draft.ts";
import { painted } from "./images.ts";
import { keyHelp } from "./marking/key-help.ts";
import { Marking } from "./marking/marking.ts";
import { PairView } from "./pair-view.ts";
import type { Say } from "./texts.ts";

export interface PairTrial {
  left: ImageToShow;
  right: ImageToShow;
  question: string;
  practice: boolean;
  marking: MarkingRule | undefined;
  minimumLookingMs: number;
  say: Say;
  loadImage(url: string): Promise<HTMLImageElement>;
  keepDraft(draft: Draft): void;
  restoreDraft(): Draft | undefined;
  /** @returns why the result was not taken, or undefined when it was */
  commit(result: TrialResult): Promise<string | undefined>;
}

type Stage = "loading" | "looking" | "choosing" | "marking" | "saving";

export class PairTask {
  /** Kept when the result is committed. */
  readonly result: Promise<TrialResult>;
  private readonly trial: PairTrial;
  private readonly root: HTMLElement;
  private readonly pair: PairView;
  private readonly heading: HTMLElement;
  private readonly hint = element("p", { class: "hint", role: "status" });
  private readonly below = element("div", { class: "below" });
  private readonly listeners = new AbortController();
  private resolve!: (result: TrialResult) => void;
  private reject!: (error: unknown) => void;
  private stage: Stage = "loading";
  private draft: Draft;
  /** `performance.now()` at which the images would have been painted had the trial never been left. */
  private zero = Number.POSITIVE_INFINITY;
  private marking: Marking | undefined;
  private lastPointer: TrialResult["chosenBy"] = "mouse";

  constructor(root: HTMLElement, trial: PairTrial, onLoad: () => void) {
    const { say, question, practice } = trial;
    this.root = root;
    this.trial = trial;
    this.draft = trial.restoreDraft() ?? newDraft;
    this.result = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.heading = element("h1", { tabindex: -1 }, question);
    this.pair = new PairView(trial, say, (side, event) => this.chooseByPointer(side, event));
    root.append(
      element(
        "section",
        { class: "trial" },
        element(
          "header",
          { class: "asked" },
          element(
            "div",
            { class: "question" },
            practice && element("p", { class: "badge" }, say("trial.practice")),
            this.heading,
          ),
          this.hint,
        ),
        this.pair.element,
        this.below,
      ),
    );
    this.heading.focus({ preventScroll: true });
    this.listen();
    this.begin(onLoad).catch((error) => this.reject(error));
  }

  /** Does what `result` says, at its pace: for rehearsals. */
  actOut({ choice, responseMs, strokes }: TrialResult): void {
    const waitUntil = (milliseconds: number) =>
      new Promise((resolve) => setTimeout(resolve, Math.max(0, milliseconds - this.elapsed(performance.now()))));
    const act = async () => {
      while (this.stage === "loading" || this.stage === "looking" || this.elapsed(performance.now()) < responseMs) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      this.pair.sides[choice].choose.click();
      const drawn = (["left", "right"] as const).flatMap((side) => strokes[side].map((stroke) => ({ side, stroke })));
      for (const { side, stroke } of drawn) {
        await waitUntil(stroke.points.at(-1)![2]);
        this.marking?.draw(side, stroke);
      }
      this.marking?.finish(performance.now());
    };
    act().catch((error) => this.reject(error));
  }

  private async begin(onLoad: () => void): Promise<void> {
    const { left, right, loadImage, minimumLookingMs, marking, say } = this.trial;
    this.enter("loading", say("trial.loading"));
    const [leftPicture, rightPicture] = await Promise.all([loadImage(left.url), loadImage(right.url)]);
    this.enter("looking", say("trial.look"));
    this.pair.show({ left: leftPicture, right: rightPicture });
    await painted();
    this.zero = performance.now() - this.draft.elapsedMs;
    this.draft = { ...this.draft, display: this.draft.display ?? this.measure() };
    onLoad();
    if (this.draft.choice !== undefined && marking !== undefined) return this.mark(this.draft.choice);
    const wait = minimumLookingMs - this.elapsed(performance.now());
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    this.offerChoice();
  }

  private offerChoice(): void {
    this.leaveMarking();
    this.draft = { ...this.draft, choice: undefined };
    this.enter("choosing", this.trial.say("trial.choose"));
    this.heading.focus({ preventScroll: true });
  }

  private chooseByPointer(side: Side, event: MouseEvent): void {
    // A click without a pointer is a press of Enter or Space on the button. Some browsers' clicks say no pointer.
    const pointer = event.detail === 0 ? "keyboard" : this.lastPointer;
    this.choose(side, pointer, event.timeStamp);
  }

  private choose(side: Side, chosenBy: TrialResult["chosenBy"], timeStamp: number): void {
    const responseMs = this.elapsed(timeStamp);
    if (this.stage !== "choosing" || responseMs < this.trial.minimumLookingMs) return;
    const choice: Choice = { side, chosenBy, responseMs };
    this.keep({ choice });
    if (this.trial.marking === undefined) void this.finish(undefined);
    else this.mark(choice);
  }

  private mark({ side }: Choice): void {
    const { say, marking: rule } = this.trial;
    this.pair.element.dataset.chosen = side;
    this.enter("marking", say(rule!.on === "both" ? "mark.both" : "mark.chosen"));
    this.marking = new Marking({
      pair: this.pair,
      images: this.trial,
      chosen: side,
      rule: rule!,
      say,
      strokes: this.draft.strokes,
      undone: this.draft.undone,
      time: (timeStamp) => this.elapsed(timeStamp),
      begun: this.draft.begun,
      onBegun: () => this.keep({ begun: true }),
      onOtherChoice: () => this.offerChoice(),
      onChange: (strokes, undone) => this.keep({ strokes, undone }),
      onDone: (timeStamp) => void this.finish(this.elapsed(timeStamp)),
    });
    this.below.replaceChildren(this.marking.element, keyHelp(say));
    this.marking.focus();
  }

  /** Back to two images to be chosen from; nothing is marked yet. */
  private leaveMarking(): void {
    if (this.marking === undefined) return;
    this.marking.close();
    this.marking = undefined;
    delete this.pair.element.dataset.chosen;
    this.below.replaceChildren();
  }

  private async finish(doneMs: number | undefined): Promise<void> {
    const stage = this.stage;
    const { choice, display } = this.draft;
    if ((stage !== "choosing" && stage !== "marking") || choice === undefined || display === undefined) return;
    this.enter("saving", this.trial.say("trial.saving"));
    try {
      const result = toResult(this.draft, choice, display, doneMs);
      const why = await this.trial.commit(result);
      if (why === undefined) {
        this.listeners.abort();
        return this.resolve(result);
      }
      this.enter(stage, this.trial.say("trial.refused", { message: why }));
    } catch (error) {
      this.listeners.abort();
      this.reject(error);
    }
  }

  private enter(stage: Stage, hint: string): void {
    this.stage = stage;
    this.root.dataset.stage = stage;
    setText(this.hint, hint);
    for (const { choose } of Object.values(this.pair.sides)) {
      choose.setAttribute("aria-disabled", String(stage !== "choosing"));
    }
    this.pair.element.inert = stage === "saving";
    this.below.inert = stage === "saving";
  }

  private listen(): void {
    const { signal } = this.listeners;
    const stopCounting = countAbsences(this.root, () => this.keep({ blurred: this.draft.blurred + 1 }));
    signal.addEventListener("abort", stopCounting);
    document.addEventListener("pointerdown", (event) => this.notePointer(event), { signal, capture: true });
    document.addEventListener("keydown", (event) => this.onKey(event), { signal });
    window.addEventListener("pagehide", () => this.keep({}), { signal });
  }

  private notePointer({ pointerType }: PointerEvent): void {
    this.lastPointer = pointerType === "touch" || pointerType === "pen" ? pointerType : "mouse";
  }

  private onKey(event: KeyboardEvent): void {
    if (!this.pair.element.isConnected) this.listeners.abort();
    if (this.listeners.signal.aborted || (event.target as Element).closest?.("dialog") != null) return;
    if (this.stage === "marking") {
      if (this.marking?.onKey(event)) event.preventDefault();
      return;
    }
    if (this.stage !== "choosing" || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    const stacked = this.pair.layout() === "stacked";
    const side = { f: "left", arrowleft: "left", j: "right", arrowright: "right" }[event.key.toLowerCase()];
    const stackedSide = { arrowup: "left", arrowdown: "right" }[event.key.toLowerCase()];
    const chosen = (side ?? (stacked ? stackedSide : undefined)) as Side | undefined;
    if (chosen === undefined) return;
    event.preventDefault();
    this.choose(chosen, "keyboard", event.timeStamp);
  }

  private elapsed(timeStamp: number): number {
    return Math.max(0, timeStamp - this.zero);
  }

  private keep(change: Partial<Draft>): void {
    if (!this.pair.element.isConnected) return;
    const elapsedMs = Number.isFinite(this.zero) ? this.elapsed(performance.now()) : this.draft.elapsedMs;
    this.draft = { ...this.draft, ...change, elapsedMs };
    this.trial.keepDraft(this.draft);
  }

  private measure(): TrialResult["display"] {
    const { width, height } = this.pair.sides.left.frame.getBoundingClientRect();
    return {
      window: [innerWidth, innerHeight],
      image: [Math.round(width), Math.round(height)],
      pixelRatio: devicePixelRatio,
      layout: this.pair.layout(),
    };
  }
}
