/** Running other programs, and saying what set-up does. */
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** A step failed in a way that a person can mend: the message is one line that says how. */
export class SetupError extends Error {}

const quiet = process.argv.includes("--quiet");

/** A line about something that had to be done. */
export function say(line) {
  console.log(`set-up: ${line}`);
}

/** A line about something that was found done already: left out with --quiet. */
export function sayDone(line) {
  if (!quiet) say(line);
}

/** The first executable of this name on the PATH, or undefined. */
export function which(name) {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not here: the next folder.
    }
  }
  return undefined;
}

/** What a program prints, trimmed; undefined when it is missing or fails. */
export function ask(program, args) {
  const result = spawnSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

/** Runs a program silently; where it fails, its last lines are shown. → whether it succeeded */
export function run(program, args, options = {}) {
  const result = spawnSync(program, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 256 * 1024 * 1024,
    ...options,
  });
  if (result.status === 0) return true;
  const output = `${result.error?.message ?? ""}\n${result.stdout ?? ""}\n${result.stderr ?? ""}`.trim();
  console.error(output.split("\n").slice(-30).join("\n"));
  return false;
}

/** Does a piece of work that tells whether it succeeded, saying before what it is and after how long it took. */
export function timed(line, work) {
  say(`${line} …`);
  const start = performance.now();
  const result = work();
  say(`  ${result ? "done" : "failed"} after ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return result;
}
