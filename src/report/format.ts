/** Numbers as they stand in a report. */

/** 0.12345 → `12.3%`, with a second decimal where one would show too little. */
export function percent(rate: number): string {
  const percents = rate * 100;
  return `${percents.toFixed(percents > 0 && percents < 1 ? 2 : 1)}%`;
}

/** An AUC, a loss. */
export const decimals = (value: number) => value.toFixed(3);

/** 12345 → `12,345` */
export const count = (value: number) => value.toLocaleString("en-US");

/** A false positive rate that was asked for: 0.001 → `0.1%`. */
export const exactPercent = (rate: number) => `${Number((rate * 100).toPrecision(6))}%`;
