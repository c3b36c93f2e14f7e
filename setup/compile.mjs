/** Compiles src/ into dist/ by tsc where a source has changed since. */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./places.mjs";
import { run, SetupError, timed } from "./shell.mjs";
import { isCurrent, recordedState, recordState, sourceState } from "./sources.mjs";

const distFolder = join(root, "dist");
const recordFile = join(distFolder, ".compiled-from");
const state = () => sourceState(["src"], ["tsconfig.json", "tsconfig.build.json", "package-lock.json"]);

/** A published package holds dist/ and no sources: nothing to compile. */
export function distIsCurrent() {
  return !existsSync(join(root, "src")) || isCurrent(recordFile, state());
}

export function compileSources() {
  const compiledFrom = state();
  const names = new Set(compiledFrom.map((line) => line.split(" ")[0]));
  // What was compiled from a source that is gone must go too.
  if (recordedState(recordFile).some((line) => !names.has(line.split(" ")[0])))
    rmSync(distFolder, { recursive: true, force: true });
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const compiled = timed("compiling src/ into dist/ (tsc)", () =>
    run(process.execPath, [compiler, "-p", "tsconfig.build.json"], { cwd: root }),
  );
  if (!compiled) throw new SetupError("src/ does not compile (see above): mend it, then run this again");
  recordState(recordFile, compiledFrom);
}
