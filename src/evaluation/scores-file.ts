/** `scores/<test set>.csv` of a run folder: one row an image, every digit kept, so that all figures can be made again. */
import { join } from "node:path";
import { CsvError, parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import { InputError, inOneLine } from "../base/errors.ts";
import { readTextFile, writeFileAtomic } from "../base/files.ts";
import { requireFiniteScores, type ScoreRow } from "./scores.ts";

/** In their order in the file. */
export const scoreColumns = [
  "path",
  "label",
  "source",
  "score",
  "probability",
  "predicted",
] as const satisfies (keyof ScoreRow)[];

/** Where a run folder keeps the scores of the test set. */
export function scoresPath(runFolder: string, testSet: string): string {
  return join(runFolder, "scores", `${testSet}.csv`);
}

/**
 * Writes the rows, wholly or not at all.
 * @throws InputError when a score is not finite or the file cannot be written
 */
export function writeScores(file: string, rows: readonly ScoreRow[]): void {
  requireFiniteScores(rows, file);
  writeFileAtomic(file, stringify(rows as ScoreRow[], { header: true, columns: [...scoreColumns] }));
}

/** @throws InputError naming file and line for anything that `writeScores` would not have written */
export function readScores(file: string): ScoreRow[] {
  const rows: ScoreRow[] = [];
  let header: string | null = null;
  // Each record becomes its row at once: the parser's own records of a million images would take gigabytes.
  const take = (record: string[], line: number) => {
    if (header !== null) rows.push(readRow(record, `${file}: line ${line}`));
    else {
      header = record.join(",");
      requireHeader(header, file);
    }
    return null;
  };
  try {
    parse(readTextFile(file), { on_record: (record, { lines }) => take(record, lines) });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new InputError(`${file}: ${inOneLine(error.message)}`);
  }
  if (header === null) requireHeader("", file);
  return rows;
}

function requireHeader(header: string, file: string): void {
  if (header !== scoreColumns.join(","))
    throw new InputError(`${file}: line 1: the header is "${header}", not "${scoreColumns.join(",")}"`);
}

function readRow(record: string[], place: string): ScoreRow {
  const [path, label, source, score, probability, predicted] = record;
  const refuse = (column: keyof ScoreRow, found: string, allowed: string) =>
    new InputError(`${place}: ${column} is "${found}", not ${allowed}`);
  if (path === "") throw refuse("path", path, "the path of an image");
  if (label === "") throw refuse("label", label, "the name of a class");
  if (predicted === "") throw refuse("predicted", predicted, "the name of a class");
  const row = { path, label, source, score: decimal(score), probability: decimal(probability), predicted };
  if (!Number.isFinite(row.score)) throw refuse("score", score, "a finite number");
  if (!(row.probability >= 0 && row.probability <= 1)) throw refuse("probability", probability, "a number from 0 to 1");
  return row;
}

/** The number that the text writes out in full, else NaN. */
const decimal = (text: string) => (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : Number.NaN);
