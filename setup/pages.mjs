/** Builds the pages of web/ into dist/web/ by Vite where a source has changed since. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./places.mjs";
import { run, SetupError, timed } from "./shell.mjs";
import { isCurrent, recordState, sourceState } from "./sources.mjs";

const recordFile = join(root, "dist/web/.built-from");
/** What the study's pages share with the server lies in src/study/contract/; the detector's page is the detector. */
const state = () => sourceState(["web", "src/study/contract", "src/detector"], sharedFiles);
const sharedFiles = ["src/vision/colormap.ts", "package-lock.json"];
/** In this order: the first empties dist/web/. */
const configs = ["web/vite.config.ts", "web/detector/vite.config.ts"];

/** A published package holds dist/web/ and no sources: nothing to build. */
export function pagesAreCurrent() {
  return !existsSync(join(root, "web")) || isCurrent(recordFile, state());
}

export function buildPages() {
  const builtFrom = state();
  const vite = join(root, "node_modules/vite/bin/vite.js");
  const built = timed("building the pages of web/ (vite)", () =>
    configs.every((config) =>
      run(process.execPath, [vite, "build", "--config", config, "--logLevel", "warn"], { cwd: root }),
    ),
  );
  if (!built) throw new SetupError("web/ does not build (see above): mend it, then run this again");
  recordState(recordFile, builtFrom);
}
