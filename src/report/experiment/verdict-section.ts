/** What can be said and what cannot: the outcome of the tests in words that say no more than they do. */
import type { Comparison, ExperimentResults } from "../../experiment/results/index.ts";
import { count } from "../format.ts";
import { type Html, html } from "../html.ts";
import { absent, type Section } from "../page.ts";
import { pText, threeDecimals, withPlus } from "./cells.ts";
import { mainSet } from "./figure-set.ts";
import { runsAnchor } from "./rows.ts";

export function verdictSection(results: ExperimentResults): Section {
  const head = { id: "verdict", title: "What can be said" };
  const { comparisons, arms } = results;
  if (comparisons.length === 0)
    return {
      ...head,
      body: absent(
        arms.length < 2
          ? "There is one strategy only: nothing to compare."
          : "All runs are of one strategy: nothing to compare.",
      ),
    };
  const main = comparisons.filter(({ testSet }) => testSet === mainSet(results));
  const tested = comparisons.filter(({ welch }) => welch.value !== null);
  const alpha = 1 - results.level;
  const significant = tested.filter(({ welch }) => welch.value!.adjustedP <= alpha);
  const body = html`
<p>On ${mainSet(results)}. Significant means: p of at most ${alpha.toFixed(2)} by Welch’s test over seeds, after Holm’s adjustment
for all ${count(tested.length)} comparisons of this report. That a difference is not significant does not show that there is none: the
interval says which differences remain possible.</p>
<ul class="verdicts">${main.map((comparison) => html`<li>${verdict(results, comparison, alpha)}</li>\n`)}</ul>
<p>${overall(significant, tested.length, comparisons.length)} All comparisons stand in <a href="#comparisons">the table of
comparisons</a>.</p>`;
  return { ...head, body };
}

function verdict(results: ExperimentResults, comparison: Comparison, alpha: number): Html {
  const { first, second, network, welch, mannWhitney, runsNeeded } = comparison;
  const names = html`<strong>${first}</strong> against <strong>${second}</strong>, ${network}: `;
  if (welch.value === null) return html`${names}cannot be told over seeds: ${welch.reason}.`;
  const { difference, low, high, p, adjustedP } = welch.value;
  const across = `${Number((100 * results.level).toPrecision(6))}%`;
  const link = `#${runsAnchor(results, first, network)}`;
  const numbers = html`AUC <a class="plain number" href="${link}">${withPlus(difference)}</a> (${across}: ${threeDecimals(low)} to ${threeDecimals(high)}), adjusted ${adjusted(adjustedP)}${mannWhitney.value !== null && `; by Mann–Whitney adjusted ${adjusted(mannWhitney.value.adjustedP)}`}`;
  if (adjustedP <= alpha) return html`${names}significantly ${difference > 0 ? "better" : "worse"}, ${numbers}.`;
  const alone = p <= alpha ? ` (${adjusted(p)} before the adjustment)` : "";
  return html`${names}no significant difference, ${numbers}${alone}. ${seedsText(runsNeeded)}`;
}

/** In one piece. */
const adjusted = (p: number) => (p < 0.001 ? "p\u00a0<\u00a00.001" : `p\u00a0=\u00a0${pText(p)}`);

function seedsText({ value, reason }: Comparison["runsNeeded"]): string {
  if (value === null) return `Were the difference as found, it would take ${reason} to show it.`;
  const more = Math.max(value.moreFirst, value.moreSecond);
  const enough = `${count(value.each)} seeds of each`;
  return more === 0
    ? `Were the difference as found, ${enough} would show it four times in five, without adjustment.`
    : `Were the difference as found, it would take ${enough}, ${count(more)} more, to show it four times in five, without adjustment.`;
}

function overall(significant: readonly Comparison[], tested: number, all: number): string {
  const untested = all - tested;
  const rest = untested === 0 ? "" : ` ${count(untested)} could not be tested over seeds.`;
  return `Over all test sets and networks ${count(significant.length)} of ${count(tested)} comparisons are significant.${rest}`;
}
