/** What an experiment has shown, in lines for a terminal; the rest stands in its report. */

import { columns } from "../base/columns.ts";
import type { Comparison, ExperimentResults } from "../experiment/results/index.ts";
import { mainSet, pText, summaryText, threeDecimals, withPlus } from "../report/experiment/index.ts";

/** AUC of every strategy over all test sets, and the differences between strategies; 60 columns wide where names allow. */
export function formatOutcome(results: ExperimentResults): string {
  const main = mainSet(results);
  const cells = results.cells.filter(({ testSet }) => testSet === main);
  const compared = results.comparisons.filter(({ testSet }) => testSet === main);
  const strategies = columns(
    cells.map(({ arm, network, runs, pooled }) => [
      ...[`  ${arm}`, network],
      pooled.auc.value === null ? pooled.auc.reason : summaryText(pooled.auc.value, threeDecimals),
      `${runs.length} ${runs.length === 1 ? "run" : "runs"}`,
    ]),
  );
  const title = `AUC, ${main}: mean ± standard deviation over seeds\n`;
  if (compared.length === 0) return `${title}${strategies}`;
  return [
    ...[title, strategies, "\n"],
    `Difference [${Number((100 * results.level).toPrecision(6))} %], p by Welch over seeds, by Holm for all\n`,
    `${results.comparisons.length} comparisons of the report\n`,
    columns(compared.map(comparisonRow)),
  ].join("");
}

function comparisonRow({ first, second, network, welch }: Comparison): string[] {
  const names = [`  ${first} − ${second}`, network];
  if (welch.value === null) return [...names, "–", welch.reason];
  const { difference, low, high, adjustedP } = welch.value;
  const p = pText(adjustedP);
  const range = `[${threeDecimals(low)}, ${threeDecimals(high)}]`;
  return [...names, `${withPlus(difference)} ${range}`, `p ${p.startsWith("<") ? p : `= ${p}`}`];
}
