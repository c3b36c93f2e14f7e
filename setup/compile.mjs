/** Compiles src/ into dist/ by tsc where a source has changed since. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./places.mjs";
import { run, SetupError, timed } from "./shell.mjs";

const sourceFolder = join(root, "src");
const distFolder = join(root, "dist");
const recordFile = join(distFolder, ".compiled-from");

/** A line for each file that tsc reads: its name, size and time of change. */
function sourceState() {
  const sources = readdirSync(sourceFolder, { recursive: true })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => join("src", name));
  return [...sources.sort(), "tsconfig.json", "tsconfig.build.json", "package-lock.json"].map((name) => {
    const { size, mtimeMs } = statSync(join(root, name));
    return `${name} ${size} ${mtimeMs}`;
  });
}

function recordedState() {
  return existsSync(recordFile) ? readFileSync(recordFile, "utf8").split("\n") : [];
}

/** A published package holds dist/ and no sources: nothing to compile. */
export function distIsCurrent() {
  return !existsSync(sourceFolder) || sourceState().join("\n") === recordedState().join("\n");
}

export function compileSources() {
  const state = sourceState();
  const names = new Set(state.map((line) => line.split(" ")[0]));
  // What was compiled from a source that is gone must go too.
  if (recordedState().some((line) => !names.has(line.split(" ")[0])))
    rmSync(distFolder, { recursive: true, force: true });
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const compiled = timed("compiling src/ into dist/ (tsc)", () =>
    run(process.execPath, [compiler, "-p", "tsconfig.build.json"], { cwd: root }),
  );
  if (!compiled) throw new SetupError("src/ does not compile (see above): mend it, then run this again");
  mkdirSync(distFolder, { recursive: true });
  writeFileSync(recordFile, state.join("\n"));
}
