/** How the results of an experiment are written in a table's cells. */
import type { Measured, MeasureKey, Summary } from "../../experiment/results/index.ts";
import type { TableCell, TableColumn } from "./data-table.ts";

const signText = (text: string) => (Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−"));

/** 0.612 */
export const threeDecimals = (value: number) => signText(value.toFixed(3));
/** 61.2, of a share. */
export const inPercent = (value: number) => signText((100 * value).toFixed(1));
/** `+0.075` */
export const withPlus = (value: number) => {
  const text = threeDecimals(value);
  return Number(value.toFixed(3)) > 0 ? `+${text}` : text;
};
export const pText = (p: number) => (p < 0.001 ? "< 0.001" : p.toFixed(3));

export const textCell = (text: string): TableCell => ({ text });
export const missingCell = (reason: string): TableCell => ({ text: "n/a", reason });

/** `0.612 ± 0.050`, or without ± of a single run. */
export function summaryText({ mean, sd }: Summary, write: (value: number) => string): string {
  return sd === null ? write(mean) : `${write(mean)} ± ${write(sd)}`;
}

export function summaryCell(found: Measured<Summary>, write: (value: number) => string, link?: string): TableCell {
  if (found.value === null) return missingCell(found.reason);
  const { mean, sd, values } = found.value;
  return { text: summaryText(found.value, write), numbers: [mean, sd, values.length], ...(link && { link }) };
}

/** A column of `summaryCell`s. */
export const summaryColumn = (head: string, csv: string): TableColumn => ({
  head,
  numbers: [`${csv} mean`, `${csv} sd`, `${csv} runs`],
});

export interface MeasureStyle {
  head: string;
  write: (value: number) => string;
  lowerIsBetter: boolean;
}

/** AUC in decimals, rates in percent. */
export function measureStyle(key: MeasureKey): MeasureStyle {
  if (key === "auc") return { head: "AUC", write: threeDecimals, lowerIsBetter: false };
  const [kind, rate] = key.split("@");
  if (rate === undefined) return { head: `${kind.toUpperCase()}, %`, write: inPercent, lowerIsBetter: true };
  const [own, other] = kind === "tpr" ? ["TPR", "FPR"] : ["FPR", "TPR"];
  const at = Number((100 * Number(rate)).toPrecision(6));
  return { head: `${own} at ${other} ${at}%, %`, write: inPercent, lowerIsBetter: kind === "fpr" };
}

/** Marks the best mean of each column among the rows of a block; nothing where there is no choice. */
export function markBest(rows: readonly TableCell[][], column: number, lowerIsBetter: boolean): void {
  const known = rows.flatMap((row) => (row[column].numbers?.[0] === undefined ? [] : [row[column]]));
  if (known.length < 2) return;
  const values = known.map(({ numbers }) => numbers![0]!);
  const best = lowerIsBetter ? Math.min(...values) : Math.max(...values);
  for (const [i, cell] of known.entries()) if (values[i] === best) cell.best = true;
}
