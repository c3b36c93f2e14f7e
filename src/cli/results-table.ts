/** Results as lines for a terminal. */
import type { EvaluationResults } from "../evaluation/results.ts";

/** One line a test set, aligned, at most 80 columns wide where names allow. */
export function formatResults({ testSets, threshold, positiveClass }: EvaluationResults): string {
  const rows = testSets.map(({ name, counts, auc, eer, atThreshold }) => [
    name,
    String(counts.images),
    auc.value === null ? "–" : `${auc.value.toFixed(3)} [${auc.low.toFixed(3)}, ${auc.high.toFixed(3)}]`,
    eer.value === null ? "–" : eer.value.toFixed(3),
    atThreshold.accuracy.toFixed(3),
  ]);
  const header = ["test set", "images", "AUC [95 %]", "EER", "accuracy"];
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const line = (cells: string[]) =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join("  ");
  const rule = threshold.rule.rule === "eer" ? "equal error rate" : `false positive rate ${threshold.rule.fpr}`;
  const note = `accuracy at score ≥ ${threshold.value.toFixed(3)} → ${positiveClass}, the ${rule} of validation`;
  return [line(header), ...rows.map(line), note, ""].join("\n");
}
