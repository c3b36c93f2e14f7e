/**
 * A scores file that is added to: what a run before has scored stands, what failed or was half written is taken out and
 * tried again.
 */
import { closeSync, createReadStream, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { createInterface } from "node:readline";
import { openAtomicFile } from "../base/atomic-file.ts";
import { explainSystemError, InputError } from "../base/errors.ts";
import { acquirePidLock } from "../base/pid-lock.ts";
import type { LineFormat, ScoreLine } from "./score-lines.ts";

export interface ScoresFile {
  /** Paths that have their scores already. */
  done: ReadonlySet<string>;
  add(line: ScoreLine): Promise<void>;
  /** Flushes to the disk. */
  close(): Promise<void>;
}

/**
 * @param model whose scores the file holds
 * @throws InputError when the file is none of scores in this format, holds another model's scores, is being written by
 * another process, or cannot be written
 */
export async function openScoresFile(path: string, format: LineFormat, model: string): Promise<ScoresFile> {
  const during = async <T>(step: () => T | Promise<T>): Promise<T> => {
    try {
      return await step();
    } catch (error) {
      throw explainSystemError(error, "write", path);
    }
  };
  const lock = await during(() => acquirePidLock(`${path}.lock`, "the scores file"));
  let file: FileHandle | undefined;
  try {
    const done = existsSync(path) ? await keepWhatIsDone(path, format, model) : new Set<string>();
    const added = await during(() => open(path, "a"));
    file = added;
    if ((await added.stat()).size === 0) await during(() => added.appendFile(format.header));
    return {
      done,
      add: (line) => during(() => added.appendFile(format.write(line))),
      async close() {
        try {
          await during(() => added.sync());
          await added.close();
        } finally {
          lock.release();
        }
      },
    };
  } catch (error) {
    await file?.close();
    lock.release();
    throw error;
  }
}

/** Writes the file anew with its good lines alone. */
async function keepWhatIsDone(path: string, format: LineFormat, model: string): Promise<Set<string>> {
  const done = new Set<string>();
  const kept = await openAtomicFile(path);
  // A last line that lacks its end would run into the next.
  let dropped = !endsWithLine(path);
  let lines = 0;
  let good = 0;
  let unknown: { line: number } | undefined;
  try {
    await kept.write(format.header);
    for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
      lines++;
      if (lines === 1 && `${text}\n` === format.header) {
        good++;
        continue;
      }
      // Only what was written last can be half a line; anything else is a file of another kind.
      if (unknown !== undefined) throw notOurs(path, unknown.line);
      const line = format.read(text);
      if (line === undefined) {
        unknown = { line: lines };
        dropped = true;
        continue;
      }
      good++;
      if (line.model !== model) {
        throw new InputError(
          `${path}:${lines}: a score of another model (${line.model}; this is ${model}); name another file`,
        );
      }
      if (line.failed) dropped = true;
      else {
        done.add(line.path);
        await kept.write(`${text}\n`);
      }
    }
    // A killed run has left more than half a line, unless it had hardly begun.
    if (unknown !== undefined && good === 0) throw notOurs(path, unknown.line);
    if (dropped) await kept.commit();
    return done;
  } finally {
    await kept.abandon();
  }
}

function endsWithLine(path: string): boolean {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const last = Buffer.alloc(1);
    return size === 0 || (readSync(file, last, 0, 1, size - 1) === 1 && last.toString() === "\n");
  } finally {
    closeSync(file);
  }
}

function notOurs(path: string, line: number): InputError {
  return new InputError(`${path}:${line}: no line of a scores file of this format; name another file`);
}
