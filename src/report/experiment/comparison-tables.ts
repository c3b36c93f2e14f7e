/** The tables of tests between strategies. */
import type { Comparison, ExperimentResults } from "../../experiment/results/index.ts";
import { missingCell, pText, textCell, threeDecimals, withPlus } from "./cells.ts";
import type { DataTable, TableCell } from "./data-table.ts";
import { across, idsCell, idsColumn, runsLink, textColumn } from "./rows.ts";

export function comparisonTable(results: ExperimentResults): DataTable {
  const interval = across(results);
  return {
    name: "comparisons",
    caption: `AUC of one strategy against another over seeds: difference with ${interval} interval and p by Welch; p by Mann–Whitney; both adjusted by Holm over all rows. Effect: Hedges' g with ${interval} interval. Seeds: how many of each a difference as found would take to show itself at 80%.`,
    columns: [
      ...[textColumn("Strategy"), textColumn("Against"), textColumn("Test set"), textColumn("Network")],
      { head: "Difference", numbers: ["difference", "difference low", "difference high"] },
      { head: "Welch p", numbers: ["welch t", "welch degrees of freedom", "welch p"] },
      { head: "adjusted", numbers: ["welch adjusted p"] },
      { head: "Mann–Whitney p", numbers: ["u", "superiority", "mann-whitney p"] },
      { head: "adjusted", numbers: ["mann-whitney adjusted p"] },
      { head: "Effect g", numbers: ["g", "g low", "g high"] },
      { head: "Seeds", numbers: ["seeds needed of each", "more of the strategy", "more of the other"] },
      { head: "Seed pairs above, below", numbers: ["pairs", "pairs above", "pairs below"] },
    ],
    rows: results.comparisons.map((comparison) => comparisonRow(results, comparison)),
  };
}

function comparisonRow(results: ExperimentResults, comparison: Comparison): TableCell[] {
  const { first, second, testSet, network, welch, mannWhitney, effect, runsNeeded, delong } = comparison;
  const range = (low: number, high: number) => `[${threeDecimals(low)}, ${threeDecimals(high)}]`;
  const linked = (text: string, numbers: (number | null)[]): TableCell => ({
    ...{ text, numbers },
    link: runsLink(results, first, network),
  });
  const w = welch.value;
  const u = mannWhitney.value;
  const pairs = seedPairCounts(comparison, 1 - results.level);
  return [
    ...[textCell(first), textCell(second), textCell(testSet), textCell(network)],
    w === null
      ? missingCell(welch.reason)
      : linked(`${withPlus(w.difference)} ${range(w.low, w.high)}`, [w.difference, w.low, w.high]),
    w === null ? textCell("n/a") : linked(pText(w.p), [w.t, w.freedom, w.p]),
    w === null ? textCell("n/a") : linked(pText(w.adjustedP), [w.adjustedP]),
    u === null ? textCell("n/a") : linked(pText(u.p), [u.u, u.superiority, u.p]),
    u === null ? textCell("n/a") : linked(pText(u.adjustedP), [u.adjustedP]),
    effect.value === null
      ? textCell("n/a")
      : linked(
          `${effect.value.g.toFixed(2).replace("-", "−")} [${twoDecimals(effect.value.low)}, ${twoDecimals(effect.value.high)}]`,
          [effect.value.g, effect.value.low, effect.value.high],
        ),
    runsNeeded.value === null
      ? { text: effect.value === null ? "n/a" : runsNeeded.reason! }
      : linked(runsNeeded.value.each.toLocaleString("en-US"), [
          runsNeeded.value.each,
          runsNeeded.value.moreFirst,
          runsNeeded.value.moreSecond,
        ]),
    delong.value === null
      ? missingCell(delong.reason)
      : linked(`${pairs.above}, ${pairs.below} of ${pairs.all}`, [pairs.all, pairs.above, pairs.below]),
  ];
}

const twoDecimals = (value: number) => value.toFixed(2).replace("-", "−");

/** Seed pairs that differ by DeLong's test after the adjustment. */
export function seedPairCounts({ delong }: Comparison, alpha: number) {
  const pairs = delong.value ?? [];
  const significant = pairs.filter(({ adjustedP }) => adjustedP !== null && adjustedP <= alpha);
  const above = significant.filter(({ difference }) => difference > 0).length;
  return { all: pairs.length, above, below: significant.length - above };
}

export function seedPairTable(results: ExperimentResults): DataTable {
  const interval = across(results);
  return {
    name: "seed-pairs",
    caption: `AUC of runs of one seed on the same images: difference with ${interval} interval and p by DeLong's paired test, adjusted by Holm over all rows.`,
    columns: [
      ...[textColumn("Strategy"), textColumn("Against"), textColumn("Test set"), textColumn("Network")],
      { head: "Seed", numbers: ["seed"] },
      { head: "Difference", numbers: ["difference", "low", "high"] },
      { head: "DeLong p", numbers: ["p"] },
      { head: "adjusted", numbers: ["adjusted p"] },
      idsColumn,
    ],
    rows: results.comparisons.flatMap(({ first, second, testSet, network, delong }) =>
      (delong.value ?? []).map(({ seed, difference, low, high, p, adjustedP, ...ids }) => [
        ...[textCell(first), textCell(second), textCell(testSet), textCell(network)],
        { text: String(seed), numbers: [seed] },
        {
          text: `${withPlus(difference)} [${threeDecimals(low)}, ${threeDecimals(high)}]`,
          numbers: [difference, low, high],
          link: `#run-${ids.first}`,
        },
        p === null ? missingCell("neither run's ranking varies") : { text: pText(p), numbers: [p] },
        adjustedP === null ? textCell("n/a") : { text: pText(adjustedP), numbers: [adjustedP] },
        idsCell([ids.first, ids.second]),
      ]),
    ),
  };
}
