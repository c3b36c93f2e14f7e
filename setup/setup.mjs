/**
 * Makes a fresh clone ready: npm packages, libtorch, the native addon, dist/, the pages. Needs nothing but Node.js, since it runs
 * before anything is installed. What is done already is skipped; `--quiet` then says nothing.
 */
import { join } from "node:path";
import { compileSources, distIsCurrent } from "./compile.mjs";
import { dependenciesAreCurrent, installDependencies } from "./dependencies.mjs";
import { withLock } from "./lock.mjs";
import { buildNative, currentBuild } from "./native.mjs";
import { nodeComplaint } from "./node-version.mjs";
import { buildPages, pagesAreCurrent } from "./pages.mjs";
import { buildFolder } from "./places.mjs";
import { SetupError, sayDone } from "./shell.mjs";

const describe = ({ libtorch }) => `libtorch ${libtorch.version} (${libtorch.foundBy}: ${libtorch.libraryFolder})`;

const steps = [
  { name: "npm packages", check: dependenciesAreCurrent, work: installDependencies },
  { name: "native addon", check: currentBuild, work: buildNative, describe },
  { name: "dist/", check: distIsCurrent, work: compileSources },
  { name: "pages", check: pagesAreCurrent, work: buildPages },
];

function checkMachine() {
  const complaint = nodeComplaint();
  if (complaint) throw new SetupError(complaint);
  if (process.platform === "win32") throw new SetupError("Windows is not supported: run it in WSL");
}

function sayFound({ name, describe }, found) {
  sayDone(`${name}: ${describe?.(found) ?? "up to date"}`);
}

/** Looks anew: another set-up may have done it while this one waited for the lock. */
function doWhatIsLeft() {
  for (const step of steps) {
    const found = step.check();
    if (found) sayFound(step, found);
    else step.work();
  }
}

try {
  checkMachine();
  const found = steps.map((step) => step.check());
  if (found.every(Boolean)) {
    steps.forEach((step, index) => {
      sayFound(step, found[index]);
    });
  } else {
    await withLock(join(buildFolder, "setup.lock"), doWhatIsLeft);
  }
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`set-up failed: ${error.message}`);
  process.exitCode = 1;
}
