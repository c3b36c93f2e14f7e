/** Elements without a framework, and without markup in strings: what comes from the study is only ever text. */

type Child = Node | string | undefined | false;
type Attribute = string | number | boolean | undefined | ((event: never) => void);

/**
 * An element with attributes and children. `on…` attributes are listeners (`onclick`), `true` sets an empty attribute,
 * `false` and `undefined` set none.
 */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Record<string, Attribute> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value as EventListener);
    else if (value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.filter((child): child is Node | string => child !== undefined && child !== false));
  return node;
}

const svgSpace = "http://www.w3.org/2000/svg";

/** A line drawing on a grid of 24 units, hidden from screen readers: the control's name says what it is. */
export function icon(...paths: string[]): SVGSVGElement {
  const svg = document.createElementNS(svgSpace, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "icon");
  for (const outline of paths) {
    const path = document.createElementNS(svgSpace, "path");
    path.setAttribute("d", outline);
    svg.append(path);
  }
  return svg;
}

/** Text as its author parted it: an empty line begins a new paragraph. */
export function paragraphs(text: string): HTMLElement[] {
  return text
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replace(/\s+/g, " ").trim())
    .filter((paragraph) => paragraph !== "")
    .map((paragraph) => element("p", {}, paragraph));
}

/** Changes text only when it differs, so that a live region speaks once. */
export function setText(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}
