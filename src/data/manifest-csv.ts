/** The CSV beneath a manifest (RFC 4180, UTF-8): records with their line, or one clear complaint about the file. */
import { CsvError, parse } from "csv-parse/sync";
import { InputError, inOneLine } from "../base/errors.ts";
import { readTextFile } from "../base/files.ts";

// U+FFFD is what bytes that are not UTF-8 were decoded to.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for, five times as fast as by \p{Cc}
const unwanted = /[\x00-\x1f\x7f-\x9f\ufffd]/;

const complaints: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: "a quoted field begins here and never ends",
  CSV_INVALID_CLOSING_QUOTE: 'a quoted field is followed by other text (a quote inside quotes is written "")',
  INVALID_OPENING_QUOTE:
    'a quote inside a field that is not quoted (write the whole field in quotes, and "" for a quote)',
};

/**
 * Calls `take` for every record, in order, with the line it ends on, counted from 1. A byte order mark, any line ends
 * and blank lines are tolerated.
 * @throws InputError, as `file:line: …`, for malformed quoting, control characters and text that is not UTF-8; as
 * `file: …` when it cannot be read or holds no record. What `take` throws comes through.
 */
export function readRecords(file: string, take: (fields: string[], line: number) => void): void {
  let records = 0;
  let lastLine = 0;
  const onRecord = (fields: string[], { lines }: { lines: number }) => {
    for (const field of fields) {
      if (unwanted.test(field)) throw new InputError(`${file}:${lines}: ${unwantedCharacter(field)}`);
    }
    records++;
    lastLine = lines;
    take(fields, lines);
    // Nothing is kept by the parser: its own records of a million images would take gigabytes.
    return null;
  };
  try {
    parse(readTextFile(file), {
      bom: true,
      record_delimiter: ["\r\n", "\n", "\r"],
      skip_empty_lines: true,
      relax_column_count: true,
      on_record: onRecord,
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // What never ends has swallowed the rest of the file: its beginning is what helps.
    const line = error.code === "CSV_QUOTE_NOT_CLOSED" ? lastLine + 1 : error.lines;
    throw new InputError(`${file}:${line}: ${complaints[error.code] ?? inOneLine(error.message)}`);
  }
  if (records === 0)
    throw new InputError(`${file}: the file is empty; a manifest has a header and a row for each image`);
}

function unwantedCharacter(field: string): string {
  const code = field.codePointAt(field.search(unwanted))!;
  if (code === 0xfffd) return "a character that is not UTF-8; save the file as UTF-8";
  const name = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  const hint = code === 0 ? " (NUL); is this UTF-16, or no text at all? A manifest is UTF-8 text" : "";
  return `a field holds the control character ${name}${hint}`;
}
