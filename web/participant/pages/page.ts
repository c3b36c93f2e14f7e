/** A page of text with one heading, which is read first. */
import { element } from "../dom.ts";

export function page(root: HTMLElement, title: string, ...content: (Node | string | undefined | false)[]): HTMLElement {
  const heading = element("h1", { tabindex: -1 }, title);
  const body = element("section", { class: "page" }, heading, ...content);
  root.replaceChildren(body);
  window.scrollTo(0, 0);
  heading.focus({ preventScroll: true });
  return body;
}

/** The button that leads on. Pressed once; `act` may take its time. */
export function leadOn(label: string, act: () => void | Promise<void>): HTMLButtonElement {
  const button = element("button", { type: "button", class: "primary" }, label);
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    await act();
    button.removeAttribute("aria-disabled");
  });
  return button;
}
