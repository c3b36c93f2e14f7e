/** Which keys there are while marking. */
import { element } from "../dom.ts";
import type { Say, TextName } from "../texts.ts";

const keys: [keys: string[], meaning: TextName][] = [
  [["B", "L", "E", "H"], "mark.keys-tools"],
  [["[", "]"], "mark.keys-size"],
  [["Ctrl Z", "Ctrl Y"], "mark.keys-undo"],
  [["+", "−", "0"], "mark.keys-zoom"],
  [["←", "↑", "→", "↓"], "mark.keys-move"],
  [["Space"], "mark.keys-draw"],
  [["Esc"], "mark.keys-drop"],
  [["Enter"], "mark.keys-continue"],
];

export function keyHelp(say: Say): HTMLElement {
  const row = ([names, meaning]: (typeof keys)[number]) =>
    element(
      "div",
      {},
      element("dt", {}, ...names.flatMap((name) => [element("kbd", {}, name), " "])),
      element("dd", {}, say(meaning)),
    );
  return element(
    "details",
    { class: "keys" },
    element("summary", {}, say("mark.keys")),
    element("dl", {}, ...keys.map(row)),
  );
}
