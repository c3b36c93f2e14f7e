/** Numbers and names as people read them. */
import type { DetectorFile } from "../../src/detector/browser.ts";

/** 0.0051 → `0.5 %`; whole percents from ten on. */
export function percent(share: number): string {
  const percents = share * 100;
  return `${percents.toFixed(percents > 0 && percents < 9.95 ? 1 : 0)}\u00a0%`;
}

/** A stated rate: 0.001 → `0.1 %`. */
export const exactPercent = (rate: number) => `${Number((rate * 100).toPrecision(6))}\u00a0%`;

export const decimals = (value: number) => value.toFixed(3);

export const whole = (count: number) => count.toLocaleString("en");

/** The classes that are not the positive one: `“Real”`, or `“A” or “B”`. */
export const othersOf = ({ classes, positive }: DetectorFile) =>
  classes
    .filter((name) => name !== positive)
    .map(quoted)
    .join(" or ");

export const quoted = (name: string) => `“${name}”`;

export const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)}\u00a0MB`;
