/** The demonstration's result: AUC per unseen generator and strategy over seeds, and the difference with its interval. */
import { columns } from "../base/columns.ts";
import { type PairedDifference, pairedDifference, type Spread, spread } from "../evaluation/over-seeds.ts";
import type { AucTable } from "./compare.ts";

export interface SummaryRow {
  generator: string;
  classical: Spread;
  cyborg: Spread;
  /** CYBORG − classical, seed by seed. */
  difference: PairedDifference;
}

/** A row a generator, and last their mean, taken seed by seed. */
export function summariseDemo({ classical, cyborg }: AucTable): SummaryRow[] {
  const row = (generator: string, first: readonly number[], second: readonly number[]): SummaryRow => ({
    generator,
    classical: spread(first),
    cyborg: spread(second),
    difference: pairedDifference(first, second),
  });
  const generators = [...classical.keys()];
  const meanBySeed = (table: Map<string, number[]>) => {
    const columns = generators.map((name) => table.get(name)!);
    return columns[0].map((_, seed) => spread(columns.map((column) => column[seed])).mean);
  };
  return [
    ...generators.map((name) => row(name, classical.get(name)!, cyborg.get(name)!)),
    row("mean of all", meanBySeed(classical), meanBySeed(cyborg)),
  ];
}

export function formatSpread({ mean, sd }: Spread): string {
  return sd === null ? mean.toFixed(3) : `${mean.toFixed(3)} ± ${sd.toFixed(3)}`;
}

export function formatDifference({ mean, low, high }: PairedDifference): string {
  const signed = (value: number) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;
  return low === null || high === null ? signed(mean) : `${signed(mean)} [${signed(low)}, ${signed(high)}]`;
}

/** For a terminal, 80 columns. */
export function formatSummary(rows: readonly SummaryRow[]): string {
  return columns([
    ["generator", "classical", "CYBORG", "difference [95 %]"],
    ...rows.map(({ generator, classical, cyborg, difference }) => [
      generator,
      formatSpread(classical),
      formatSpread(cyborg),
      formatDifference(difference),
    ]),
  ]);
}

/** One sentence that says no more than the interval does. */
export function verdict(rows: readonly SummaryRow[]): string {
  const { difference, classical } = rows.at(-1)!;
  const seeds = `${classical.count} seeds`;
  if (difference.low === null || difference.high === null) return `One seed says nothing of other seeds.`;
  if (difference.low > 0) return `CYBORG ranks the unseen generators better; over ${seeds} the interval excludes 0.`;
  if (difference.high < 0) return `CYBORG ranks the unseen generators worse; over ${seeds} the interval excludes 0.`;
  return `Over ${seeds} the interval includes 0: no difference is shown.`;
}
