/** What `oversight score` is to look at: files, folders, patterns, tables with a column `path`, paths from standard input. */
import { createReadStream, type Stats, statSync } from "node:fs";
import { dirname, extname, isAbsolute, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { parse } from "csv-parse";
import { glob, isDynamicPattern } from "tinyglobby";
import { explainSystemError, InputError } from "../base/errors.ts";

/** A path to score, or what is wrong with one that was given. */
export type Found = { path: string } | { path: string; error: string };

export interface FindOptions {
  /** What relative paths in tables are relative to; the table's folder without it. */
  imageRoot?: string | undefined;
  /** For `-`. */
  stdin: Readable;
}

/** What a folder is searched for; a file that is named is tried whatever its name. */
const imageNames = "**/*.{jpg,jpeg,jpe,jfif,png,webp,gif,tif,tiff,avif}";

/** In the order given, folders and patterns sorted; nothing is opened but tables. */
export async function* findImages(given: readonly string[], options: FindOptions): AsyncGenerator<Found> {
  for (const path of given) {
    if (path === "-") yield* fromLines(options.stdin);
    else yield* fromPath(path, options);
  }
}

/** How many there are; undefined where standard input will tell. */
export async function countImages(given: readonly string[], options: FindOptions): Promise<number | undefined> {
  if (given.includes("-")) return undefined;
  let count = 0;
  for await (const _ of findImages(given, options)) count++;
  return count;
}

async function* fromLines(stdin: Readable): AsyncGenerator<Found> {
  for await (const line of createInterface({ input: stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line !== "") yield { path: line };
  }
}

async function* fromPath(path: string, options: FindOptions): AsyncGenerator<Found> {
  const status: Stats | undefined = statSync(path, { throwIfNoEntry: false });
  if (status?.isDirectory()) {
    const names = await glob(imageNames, { cwd: path, caseSensitiveMatch: false, expandDirectories: false });
    if (names.length === 0) yield { path, error: "the folder holds no images" };
    for (const name of names.sort()) yield { path: join(path, name) };
  } else if (status !== undefined) {
    if (extname(path).toLowerCase() === ".csv") yield* fromTable(path, options);
    else yield { path };
  } else if (isDynamicPattern(path)) {
    const paths = await glob(path, { expandDirectories: false, absolute: isAbsolute(path) });
    if (paths.length === 0) yield { path, error: "no file matches" };
    for (const found of paths.sort()) yield { path: found };
  } else {
    yield { path, error: "no such file or folder" };
  }
}

/** With a header that has `path`, or in the published form without one: `split,label,path`. */
async function* fromTable(file: string, { imageRoot = dirname(file) }: FindOptions): AsyncGenerator<Found> {
  const rows = createReadStream(file).pipe(
    parse({ bom: true, skip_empty_lines: true, relax_column_count: true, info: true }),
  );
  let column: number | undefined;
  let published = false;
  try {
    for await (const { record, info } of rows as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      if (column === undefined) {
        const named = record.findIndex((name) => name.trim().toLowerCase() === "path");
        published = named < 0 && record.length === 3 && ["train", "val", "test"].includes(record[0]);
        if (named < 0 && !published)
          throw new InputError(`${file}: the header has no column path (${record.join(",")})`);
        column = published ? 2 : named;
        if (!published) continue;
      }
      const path = record[column];
      if (path === undefined || path === "") yield { path: `${file}:${info.lines}`, error: "the row has no path" };
      // In the published form a leading slash is the image root.
      else yield { path: !published && isAbsolute(path) ? path : join(imageRoot, path) };
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    const explained = explainSystemError(error, "read", file);
    throw explained instanceof InputError ? explained : new InputError(`${file}: ${(error as Error).message}`);
  }
}
