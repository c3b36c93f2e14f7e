/** Builds the pages of web/ into dist/web/ by Vite where a source has changed since. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./places.mjs";
import { run, SetupError, timed } from "./shell.mjs";
import { isCurrent, recordState, sourceState } from "./sources.mjs";

const recordFile = join(root, "dist/web/.built-from");
/** What the pages share with the server lies in src/study/contract/. */
const state = () => sourceState(["web", "src/study/contract"], ["package-lock.json"]);

/** A published package holds dist/web/ and no sources: nothing to build. */
export function pagesAreCurrent() {
  return !existsSync(join(root, "web")) || isCurrent(recordFile, state());
}

export function buildPages() {
  const builtFrom = state();
  const vite = join(root, "node_modules/vite/bin/vite.js");
  const built = timed("building the pages of web/ (vite)", () =>
    run(process.execPath, [vite, "build", "--config", "web/vite.config.ts", "--logLevel", "warn"], { cwd: root }),
  );
  if (!built) throw new SetupError("web/ does not build (see above): mend it, then run this again");
  recordState(recordFile, builtFrom);
}
