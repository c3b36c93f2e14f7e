/** The pages' colours: text can be read on every ground it is put on, by day and by night. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const css = readFileSync(new URL("../../web/shared/style.css", import.meta.url), "utf8");
const tokensIn = (text: string) =>
  Object.fromEntries([...text.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, n, v]) => [n, v]));
const [light, dark] = css.split("@media (prefers-color-scheme: dark)");
const themes = { light: tokensIn(light), dark: { ...tokensIn(light), ...tokensIn(dark) } };

/** WCAG 2.2: relative luminance, 0..1. */
function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

const texts: [string, string[]][] = [
  ["ink", ["ground", "card", "sunken", "accent-soft"]],
  ["ink-soft", ["ground", "card", "sunken"]],
  ["accent", ["ground", "card"]],
  ["accent-strong", ["accent-soft"]],
  ["on-accent", ["accent", "accent-strong"]],
  ["good", ["ground", "card", "good-soft"]],
  ["bad", ["ground", "card", "bad-soft"]],
  ["warn", ["warn-soft"]],
];

describe.each(["light", "dark"] as const)("in the %s theme", (theme) => {
  const colours = themes[theme];
  it.each(texts.flatMap(([text, grounds]) => grounds.map((ground) => [text, ground])))(
    "%s can be read on %s",
    (text, ground) => expect(contrast(colours[text], colours[ground])).toBeGreaterThanOrEqual(4.5),
  );
  it.each(["ground", "card"])("the borders of controls are seen on %s", (ground) =>
    expect(contrast(colours["line-strong"], colours[ground])).toBeGreaterThanOrEqual(3),
  );
});
