/** HTML that cannot be injected into: whatever a template takes in is escaped, unless it is HTML made here. */

/** HTML text; anything that is not of this class is escaped. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

/** Null and false leave nothing, so that `condition && html`…`` can be written; an array is its items in a row. */
export type HtmlValue = Html | string | number | null | false | readonly HtmlValue[];

/** `` html`<p title="${anything}">${anything}</p>` ``; values may stand between tags and in quoted attributes. */
export function html(parts: TemplateStringsArray, ...values: HtmlValue[]): Html {
  return new Html(parts.map((part, i) => part + (i < values.length ? markup(values[i]) : "")).join(""));
}

/** Markup from our own hands (an SVG figure, the style sheet), put in as it is. */
export function trustedHtml(text: string): Html {
  return new Html(text);
}

function markup(value: HtmlValue): string {
  if (value === null || value === false) return "";
  if (value instanceof Html) return value.text;
  if (typeof value === "object") return value.map(markup).join("");
  return String(value).replaceAll(/[&<>"']/g, (character) => entities[character]);
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
