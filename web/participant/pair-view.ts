/** Two images beside each other, or stacked on a screen that is narrow and upright; with their names and buttons. */
import type { ImageToShow, Side } from "../../src/study/contract/api.ts";
import { element, setText } from "./dom.ts";
import type { Say } from "./texts.ts";

/** Where the images are stacked. */
const stackedWhen = "(max-width: 50rem) and (max-aspect-ratio: 1/1)";
const sideNames = ["left", "right"] as const;
const keys: Record<Side, string> = { left: "F", right: "J" };

export interface SideView {
  figure: HTMLElement;
  /** Of the image's shape; what lies outside is cut off. */
  frame: HTMLElement;
  /** Empty until it is shown. */
  picture: HTMLImageElement | undefined;
  choose: HTMLButtonElement;
}

export class PairView {
  readonly element: HTMLElement;
  readonly sides: Readonly<Record<Side, SideView>>;
  private readonly say: Say;
  private readonly query = matchMedia(stackedWhen);
  private readonly listeners = new Set<() => void>();

  constructor(images: Record<Side, ImageToShow>, say: Say, onChoose: (side: Side, event: MouseEvent) => void) {
    this.say = say;
    const build = (side: Side): SideView => {
      const frame = element("div", { class: "frame", onclick: (event: MouseEvent) => onChoose(side, event) });
      const choose = element(
        "button",
        {
          type: "button",
          class: "choose",
          "aria-keyshortcuts": keys[side],
          onclick: (event: MouseEvent) => onChoose(side, event),
        },
        element("span", { class: "choose-name" }),
        element("kbd", { "aria-hidden": "true" }, keys[side]),
      );
      const figure = element("figure", { "data-side": side }, frame, choose);
      figure.style.setProperty("--ratio", String(images[side].width / images[side].height));
      return { figure, frame, picture: undefined, choose };
    };
    this.sides = { left: build("left"), right: build("right") };
    this.element = element("div", { class: "pair" }, this.sides.left.figure, this.sides.right.figure);
    const arrange = () => {
      if (!this.element.isConnected && this.element.dataset.layout !== undefined) {
        this.query.removeEventListener("change", arrange);
        return;
      }
      this.arrange();
    };
    this.query.addEventListener("change", arrange);
    this.arrange();
  }

  /** @param pictures decoded, so that they are painted in one frame */
  show(pictures: Record<Side, HTMLImageElement>): void {
    for (const side of sideNames) {
      const picture = pictures[side];
      picture.draggable = false;
      picture.style.transform = "";
      this.sides[side].picture = picture;
      this.sides[side].frame.replaceChildren(picture);
    }
    this.arrange();
  }

  layout(): "beside" | "stacked" {
    return this.query.matches ? "stacked" : "beside";
  }

  position(side: Side): "left" | "right" | "upper" | "lower" {
    return this.layout() === "beside" ? side : side === "left" ? "upper" : "lower";
  }

  shortName(side: Side): string {
    return this.say(`trial.${this.position(side)}`);
  }

  imageName(side: Side): string {
    return this.say(`trial.image-${this.position(side)}`);
  }

  /** @returns how to be told no more */
  onLayout(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Where the images are stacked and one is marked, it is the one that is shown. */
  bringToFront(side: Side): void {
    for (const other of sideNames) this.sides[other].figure.dataset.front = String(other === side);
  }

  private arrange(): void {
    this.element.dataset.layout = this.layout();
    for (const side of sideNames) {
      const { picture, choose } = this.sides[side];
      if (picture !== undefined) picture.alt = this.imageName(side);
      setText(choose.querySelector(".choose-name")!, this.shortName(side));
      choose.setAttribute("aria-label", this.say(`trial.choose-${this.position(side)}`));
    }
    for (const listener of this.listeners) listener();
  }
}
