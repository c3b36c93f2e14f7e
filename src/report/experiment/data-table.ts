/** A table once, written as Markdown, CSV, LaTeX and HTML. */
import { stringify } from "csv-stringify/sync";
import { type Html, html } from "../html.ts";
import { table } from "../table.ts";

export interface DataTable {
  /** Of its files, without an ending. */
  name: string;
  caption: string;
  columns: TableColumn[];
  rows: TableCell[][];
}

export interface TableColumn {
  head: string;
  /** CSV columns that the cell's numbers fill; its text fills the one named by `head` without it. */
  numbers?: string[];
  /** Set to the left. */
  text?: true;
  /** For the CSV alone. */
  csvOnly?: true;
}

export interface TableCell {
  /** For people to read. */
  text: string;
  /** In full precision, for the CSV. */
  numbers?: (number | null)[];
  /** On the page: where the number's runs are. */
  link?: string;
  /** The best of its column. */
  best?: boolean;
  /** Why there is no number. */
  reason?: string;
}

const shown = ({ columns, rows }: DataTable) => {
  const kept = columns.flatMap((column, i) => (column.csvOnly ? [] : [{ column, i }]));
  return { columns: kept.map(({ column }) => column), rows: rows.map((row) => kept.map(({ i }) => row[i])) };
};

/** GitHub's table syntax. */
export function markdownTable(given: DataTable): string {
  const { columns, rows } = shown(given);
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  const bold = ({ text, best }: TableCell) => (best ? `**${escapeMarkdown(text)}**` : escapeMarkdown(text));
  return [
    `${escapeMarkdown(given.caption)}\n\n`,
    line(columns.map(({ head }) => escapeMarkdown(head))),
    line(columns.map(({ text }) => (text ? ":--" : "--:"))),
    ...rows.map((row) => line(row.map(bold))),
  ].join("");
}

const escapeMarkdown = (text: string) =>
  text
    .replaceAll(/[\\`*_[\]<>|#~&$]/g, (character) => `\\${character}`)
    .replaceAll(/\s+/g, " ")
    .trim();

/** RFC 4180; each number by itself and unrounded, empty where there is none. */
export function csvTable({ columns, rows }: DataTable): string {
  const header = columns.flatMap(({ head, numbers }) => numbers ?? [head]);
  const records = rows.map((row) =>
    row.flatMap(({ text, numbers }, i): (string | number)[] => {
      const { numbers: names } = columns[i];
      if (names === undefined) return [text];
      return names.map((_, k) => numbers?.[k] ?? "");
    }),
  );
  return stringify([header, ...records]);
}

/** A `table` environment with booktabs' rules; the document needs `\usepackage{booktabs}` and UTF-8. */
export function latexTable(given: DataTable): string {
  const { columns, rows } = shown(given);
  const line = (cells: readonly string[]) => `    ${cells.join(" & ")} \\\\\n`;
  const bold = ({ text, best }: TableCell) => (best ? `\\textbf{${escapeLatex(text)}}` : escapeLatex(text));
  return [
    "\\begin{table}\n  \\centering\n",
    `  \\caption{${escapeLatex(given.caption)}}\n  \\label{tab:${given.name}}\n`,
    `  \\begin{tabular}{${columns.map(({ text }) => (text ? "l" : "r")).join("")}}\n    \\toprule\n`,
    line(columns.map(({ head }) => escapeLatex(head))),
    "    \\midrule\n",
    ...rows.map((row) => line(row.map(bold))),
    "    \\bottomrule\n  \\end{tabular}\n\\end{table}\n",
  ].join("");
}

const latexCharacters: Record<string, string> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "<": "$<$",
  ">": "$>$",
  "±": "$\\pm$",
  "×": "$\\times$",
  α: "$\\alpha$",
  "−": "$-$",
  "–": "--",
  // A bracket that begins a row would be taken for an argument of the \\ before it.
  "[": "{[}",
  "]": "{]}",
};

const escapeLatex = (text: string) =>
  text
    .replaceAll(/[\\~^<>±×α−–[\]]|[&%$#_{}]/g, (character) => latexCharacters[character] ?? `\\${character}`)
    .replaceAll(/\s+/g, " ")
    .trim();

/** Numbers lead to their runs. */
export function htmlTable(given: DataTable): Html {
  const { columns, rows } = shown(given);
  return table(
    given.caption,
    columns.map(({ head, text }, i) => ({
      head,
      ...(text && { text }),
      cell: (row: TableCell[]) => htmlCell(row[i]),
    })),
    rows,
  );
}

function htmlCell({ text, link, best, reason }: TableCell): Html {
  if (reason !== undefined) return html`<small class="reason">${text}: ${reason}</small>`;
  const inner = best ? html`<strong>${text}</strong>` : html`${text}`;
  return link === undefined ? inner : html`<a class="plain number" href="${link}">${inner}</a>`;
}
