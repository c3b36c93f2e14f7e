/** The lines of a scores file: JSON lines, or a table with the same in columns. */
import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import { z } from "zod";
import type { DetectorFile } from "./detector-file.ts";

export type ScoreFormat = "jsonl" | "csv";

const lineSchema = z.union([
  z.strictObject({
    path: z.string(),
    score: z.number(),
    verdict: z.string(),
    /** By class. */
    logits: z.record(z.string(), z.number()),
    /** Where its overlay lies, if one was made. */
    overlay: z.string().optional(),
    /** Which model gave the score. */
    model: z.string(),
  }),
  z.strictObject({ path: z.string(), error: z.string(), model: z.string() }),
]);
export type ScoreLine = z.infer<typeof lineSchema>;

export interface LineFormat {
  /** Before the first line, with its end; empty where there is none. */
  header: string;
  write(line: ScoreLine): string;
  /** A line without its end. @returns undefined when it is none of ours */
  read(text: string): (Pick<ScoreLine, "path" | "model"> & { failed: boolean }) | undefined;
}

export function lineFormat(format: ScoreFormat, { classes }: Pick<DetectorFile, "classes">): LineFormat {
  return format === "jsonl" ? jsonLines : table(classes);
}

const jsonLines: LineFormat = {
  header: "",
  write: (line) => `${JSON.stringify(line)}\n`,
  read(text) {
    try {
      const { path, model, ...rest } = lineSchema.parse(JSON.parse(text));
      return { path, model, failed: "error" in rest };
    } catch {
      return undefined;
    }
  },
};

/** Paths with line breaks would make a row of several lines, which a reader of lines cannot put together. */
function table(classes: readonly string[]): LineFormat {
  const columns = ["path", "score", "verdict", ...classes.map((name) => `logit ${name}`), "overlay", "model", "error"];
  return {
    header: stringify([columns]),
    write(line) {
      const cells =
        "error" in line
          ? [line.path, "", "", ...classes.map(() => ""), "", line.model, line.error]
          : [
              ...[line.path, line.score, line.verdict, ...classes.map((name) => line.logits[name])],
              ...[line.overlay ?? "", line.model, ""],
            ];
      return stringify([cells.map((cell) => String(cell).replaceAll(/[\r\n]+/g, " "))]);
    },
    read(text) {
      try {
        const [row] = parse(text) as string[][];
        if (row?.length !== columns.length) return undefined;
        return { path: row[0], model: row.at(-2)!, failed: row.at(-1) !== "" };
      } catch {
        return undefined;
      }
    },
  };
}
