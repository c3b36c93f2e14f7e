/** `config.yaml` as a list, whatever it holds. */
import { html } from "./html.ts";
import { absent, type Section } from "./page.ts";

export function settingsSection(config: unknown): Section {
  const head = { id: "settings", title: "Settings" };
  const settings = flatten(config);
  if (settings.length === 0) return { ...head, body: absent("config.yaml is empty.") };
  return {
    ...head,
    body: html`<dl class="settings">${settings.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`,
  };
}

/** `{a: {b: [1, 2]}}` → `a.b` is `1, 2`. */
function flatten(value: unknown, path = ""): [name: string, value: string][] {
  const isPlain = (inner: unknown) => typeof inner !== "object" || inner === null;
  if (Array.isArray(value) && value.every(isPlain)) return [[path, value.map(String).join(", ")]];
  if (isPlain(value)) return path === "" ? [] : [[path, value === null ? "none" : String(value)]];
  return Object.entries(value as object).flatMap(([key, inner]) =>
    flatten(inner, path === "" ? key : `${path}.${key}`),
  );
}
