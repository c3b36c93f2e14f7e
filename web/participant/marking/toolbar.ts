/** The tools of marking: their buttons, their keys, and what they are set to. */
import { element, icon, setText } from "../dom.ts";
import type { Say, TextName } from "../texts.ts";
import type { Tool } from "./surface.ts";

export type Command = "undo" | "redo" | "clear" | "zoom-in" | "zoom-out" | "whole";

const outlines: Record<Tool | "undo" | "redo" | "clear" | "zoom-in" | "zoom-out", string[]> = {
  brush: [
    "M20 4 11 13",
    "M9.5 12.5a3.2 3.2 0 0 1 2 4.6C10.4 19 7.6 20.5 4 20c1.5-1 1.5-2 1.8-3.5a3.4 3.4 0 0 1 3.7-4Z",
  ],
  lasso: [
    "M12 4.5c4.7 0 8.5 2.5 8.5 5.7S16.7 16 12 16s-8.5-2.6-8.5-5.8S7.3 4.5 12 4.5Z",
    "M7.5 15c-1.8 1-1.8 3.2 0 3.7 1.7.5 2 1.8.8 2.8",
  ],
  eraser: ["m9 19-5-5a1.5 1.5 0 0 1 0-2l8-8a1.5 1.5 0 0 1 2 0l6 6a1.5 1.5 0 0 1 0 2l-7 7Z", "m8 8 8 8", "M9 19h11"],
  move: ["M12 3v18M3 12h18", "m9 6 3-3 3 3M9 18l3 3 3-3M6 9l-3 3 3 3M18 9l3 3-3 3"],
  undo: ["M9 14 4 9l5-5", "M4 9h10a6 6 0 0 1 0 12h-3"],
  redo: ["m15 14 5-5-5-5", "M20 9H10a6 6 0 0 0 0 12h3"],
  clear: ["M4 7h16M10 11v6M14 11v6", "M6 7l1 13h10l1-13M9 7V4h6v3"],
  "zoom-in": ["M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13ZM15.5 15.5 20 20", "M10.5 7.5v6M7.5 10.5h6"],
  "zoom-out": ["M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13ZM15.5 15.5 20 20", "M7.5 10.5h6"],
};

const toolKeys: Record<string, Tool> = { b: "brush", l: "lasso", e: "eraser", h: "move" };

/** Radii the slider goes through, as shares of the image's width: finer steps for fine brushes. */
const radii = [0.004, 0.006, 0.009, 0.013, 0.018, 0.024, 0.032, 0.042, 0.055, 0.07, 0.09, 0.115, 0.15];
const firstRadius = 7;

export class Toolbar {
  readonly element: HTMLElement;
  tool: Tool = "brush";
  private readonly say: Say;
  private readonly buttons = new Map<string, HTMLButtonElement>();
  private readonly slider: HTMLInputElement;
  private readonly zoomLabel = element("button", { type: "button", class: "tool zoom-value" });
  private onChange = () => {};
  private readonly onCommand: (command: Command) => void;

  /** @param onChange the tool or its size is another */
  constructor(say: Say, onChange: () => void, onCommand: (command: Command) => void) {
    this.say = say;
    this.onCommand = onCommand;
    this.slider = element("input", {
      type: "range",
      id: "brush-size",
      min: 0,
      max: radii.length - 1,
      step: 1,
      value: firstRadius,
      oninput: () => this.setSize(Number(this.slider.value)),
    });
    this.zoomLabel.addEventListener("click", () => onCommand("whole"));
    this.element = element(
      "div",
      { class: "tools", role: "group", "aria-label": say("mark.tools") },
      element("div", { class: "tool-group" }, ...Object.values(toolKeys).map((tool) => this.toolButton(tool))),
      element(
        "div",
        { class: "tool-group size" },
        element("label", { for: "brush-size" }, say("mark.size")),
        this.slider,
        element("span", { class: "dot-room", "aria-hidden": "true" }, element("span", { class: "dot" })),
      ),
      element(
        "div",
        { class: "tool-group" },
        this.commandButton("undo", "Control+Z"),
        this.commandButton("redo", "Control+Shift+Z"),
        this.commandButton("clear"),
      ),
      element(
        "div",
        { class: "tool-group" },
        this.commandButton("zoom-out", "-"),
        this.zoomLabel,
        this.commandButton("zoom-in", "+"),
      ),
    );
    this.setTool(this.tool);
    this.setSize(firstRadius);
    this.setZoom(1);
    this.onChange = onChange;
  }

  /** Share of the image's width. */
  get radius(): number {
    return radii[Number(this.slider.value)];
  }

  setEnabled(command: "undo" | "redo" | "clear", enabled: boolean): void {
    // Not `disabled`: a button that has the focus would lose it.
    this.buttons.get(command)!.setAttribute("aria-disabled", String(!enabled));
  }

  setZoom(scale: number): void {
    const percent = `${Math.round(100 * scale)}\u00a0%`;
    setText(this.zoomLabel, percent);
    this.zoomLabel.setAttribute("aria-label", this.say("mark.zoom-value", { percent }));
    this.zoomLabel.setAttribute("aria-disabled", String(scale === 1));
    this.buttons.get("zoom-out")!.setAttribute("aria-disabled", String(scale === 1));
  }

  /** @returns whether the key is one of the tools' */
  onKey(event: KeyboardEvent): boolean {
    const key = event.key.toLowerCase();
    if (event.ctrlKey || event.metaKey) {
      if (event.altKey || (key !== "z" && key !== "y")) return false;
      this.onCommand(key === "y" || event.shiftKey ? "redo" : "undo");
      return true;
    }
    if (event.altKey) return false;
    const command = ({ "+": "zoom-in", "=": "zoom-in", "-": "zoom-out", "0": "whole" } as const)[key];
    if (command !== undefined) this.onCommand(command);
    else if (key === "[" || key === "]") this.setSize(Number(this.slider.value) + (key === "]" ? 1 : -1));
    else if (Object.hasOwn(toolKeys, key)) this.setTool(toolKeys[key]);
    else return false;
    return true;
  }

  private setTool(tool: Tool): void {
    this.tool = tool;
    for (const other of Object.values(toolKeys)) {
      this.buttons.get(other)!.setAttribute("aria-pressed", String(other === tool));
    }
    this.onChange();
  }

  private setSize(step: number): void {
    this.slider.value = String(step);
    const percent = `${Math.round(2000 * this.radius) / 10}\u00a0%`;
    this.slider.setAttribute("aria-valuetext", this.say("mark.size-value", { percent }));
    const dot = this.element.querySelector<HTMLElement>(".dot")!;
    dot.style.width = `${Math.max(3, Math.round(28 * Math.sqrt(this.radius / radii.at(-1)!)))}px`;
    this.onChange();
  }

  private toolButton(tool: Tool): HTMLButtonElement {
    const key = Object.keys(toolKeys).find((key) => toolKeys[key] === tool)!;
    return this.button(tool, key.toUpperCase(), () => this.setTool(tool));
  }

  private commandButton(command: Exclude<Command, "whole">, keys?: string): HTMLButtonElement {
    return this.button(command, keys, () => this.onCommand(command));
  }

  private button(name: keyof typeof outlines, keys: string | undefined, act: () => void): HTMLButtonElement {
    const label = this.say(`mark.${name}` satisfies TextName);
    const button = element(
      "button",
      { type: "button", class: `tool ${name}`, "aria-keyshortcuts": keys, title: keys ? `${label} (${keys})` : label },
      icon(...outlines[name]),
      element("span", { class: "tool-name" }, label),
    );
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-disabled") !== "true") act();
    });
    this.buttons.set(name, button);
    return button;
  }
}
