/** Columns declared once: header, rows and codebook follow. Pure. */
import { stringify } from "csv-stringify/sync";

export interface Column<Row> {
  name: string;
  type: "integer" | "number" | "boolean" | "text" | "choice" | "time" | "json";
  description: string;
  /** Of `choice`: what there is. */
  values?: readonly string[];
  /** Null where the row has none: an empty field. */
  of: (row: Row) => unknown;
}

export function headerOf<Row>(columns: readonly Column<Row>[]): string {
  return stringify([columns.map(({ name }) => name)]);
}

export function csvRow<Row>(columns: readonly Column<Row>[], row: Row): string {
  return stringify([columns.map(({ type, of }) => fieldOf(type, of(row)))]);
}

/** A line of JSON lines, columns as its fields. */
export function jsonLine<Row>(columns: readonly Column<Row>[], row: Row): string {
  return `${JSON.stringify(Object.fromEntries(columns.map(({ name, of }) => [name, of(row)])))}\n`;
}

function fieldOf(type: Column<unknown>["type"], value: unknown): string {
  if (value === null || value === undefined) return "";
  if (type === "json") return JSON.stringify(value);
  return type === "text" ? guarded(String(value)) : String(value);
}

/** Spreadsheets run fields that begin like formulas: an apostrophe before them makes them text (OWASP, CSV injection). */
export function guarded(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

/** @param tables columns by the name of their file */
export function codebookOf(tables: Readonly<Record<string, readonly Column<never>[]>>): string {
  const rows = Object.entries(tables).flatMap(([file, columns]) =>
    columns.map(({ name, type, values = [], description }) => [file, name, type, values.join(" | "), description]),
  );
  return stringify([["file", "column", "type", "values", "description"], ...rows]);
}
