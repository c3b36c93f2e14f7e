import { expect, test } from "vitest";
import { seriesColors, seriesStyle } from "./style.ts";

/** Contrast of two colours by WCAG 2, 1 … 21. */
function contrast(a: string, b: string): number {
  const luminance = (hex: string) => {
    const [red, green, blue] = [1, 3, 5]
      .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

test("every colour stands out from its ground", () => {
  for (const { onLight, onDark } of seriesColors) {
    expect(contrast(onLight, "#ffffff")).toBeGreaterThan(3);
    expect(contrast(onDark, "#14171b")).toBeGreaterThan(4.5);
  }
});

test("no two of the first 24 series look alike, and neighbours differ in colour and in dash", () => {
  const styles = Array.from({ length: 24 }, (_, i) => seriesStyle(i));
  expect(new Set(styles.map(({ color, dash }) => `${color} ${dash}`)).size).toBe(24);
  for (let i = 1; i < styles.length; i++) {
    expect(styles[i].color).not.toBe(styles[i - 1].color);
    expect(styles[i].dash).not.toBe(styles[i - 1].dash);
  }
});
