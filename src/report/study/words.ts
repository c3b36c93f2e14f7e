/** How the numbers of a study are written. */
import type { PermutationTest } from "../../evaluation/statistics/permutation.ts";
import type { Bounds, Measured, Proportion } from "../../study/analysis/index.ts";
import type { Condition } from "../../study/contract/api.ts";
import { count, percent } from "../format.ts";
import { type HtmlValue, html } from "../html.ts";

export const conditionNames: Record<Condition, string> = {
  "choice-only": "choice only",
  "choice-and-mark": "choice and mark",
};

/** `0.020`, `< 0.001` */
export const pValue = (p: number) => (p < 0.001 ? "< 0.001" : p.toFixed(3));

/** `p = 0.020`, `p < 0.001` */
export const pText = (p: number) => (p < 0.001 ? "p < 0.001" : `p = ${p.toFixed(3)}`);

export const isSignificant = (p: number, level: number) => p <= 1 - level;

export const percentRange = ({ low, high }: Bounds) => `${percent(low)} to ${percent(high)}`;

/** The value as it is written, or its reason in small print. */
export function orReason<T>(measured: Measured<T>, write: (value: T) => HtmlValue): HtmlValue {
  return "reason" in measured ? html`<small class="reason">n/a: ${measured.reason}</small>` : write(measured.value);
}

/** `58.3%` with its interval: the clustered one, or Wilson's where there is none, which is then said. */
export function shareWithInterval({ share, clustered, wilson }: Proportion): HtmlValue {
  return orReason(share, (value) => {
    if (clustered.value !== null) return html`${percent(value)} <small>${percentRange(clustered.value)}</small>`;
    return html`${percent(value)}${
      wilson.value !== null && html` <small>Wilson: ${percentRange(wilson.value)}</small>`
    }`;
  });
}

/** `3 participants`, `1 participant` */
export const countOf = (number: number, singular: string, plural = `${singular}s`) =>
  `${count(number)} ${number === 1 ? singular : plural}`;

/** Percentage points with their sign: 0.05 → `+5.0`. */
export const points = (difference: number) => withSign((100 * difference).toFixed(1), "+");

export const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(milliseconds < 9_950 ? 2 : 1)} s`;

export const signed = (value: number) => withSign(value.toFixed(2), "");

/** With a minus that is as wide as a plus, and no sign before what is rounded to 0. */
const withSign = (text: string, plus: "+" | "") =>
  Number(text) === 0 ? text.replace("-", "") : text.startsWith("-") ? text.replace("-", "−") : plus + text;

export const permutationText = ({ exact, permutations }: PermutationTest) =>
  exact ? `all ${count(permutations)} ways` : `${count(permutations)} random ways`;

/** `a`, `a and b`, `a, b and c` */
export const inWords = (items: readonly string[]) =>
  items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items[items.length - 1]}`;
