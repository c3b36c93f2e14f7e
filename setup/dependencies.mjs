/** The npm packages, exactly as package-lock.json says. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./places.mjs";
import { run, SetupError, timed } from "./shell.mjs";

/**
 * Whether node_modules holds what package-lock.json asks for, by npm's own record of what it installed. A published
 * package has no lock file: whoever installed it brought its dependencies.
 */
export function dependenciesAreCurrent() {
  const lock = join(root, "package-lock.json");
  const installed = join(root, "node_modules/.package-lock.json");
  if (!existsSync(lock)) return true;
  if (!existsSync(installed)) return false;
  const has = JSON.parse(readFileSync(installed, "utf8")).packages;
  return Object.entries(JSON.parse(readFileSync(lock, "utf8")).packages).every(([path, wanted]) => {
    if (path === "") return true;
    // An optional package is there only on the platforms that it is made for.
    if (has[path] === undefined) return wanted.optional === true;
    return has[path].version === wanted.version && has[path].integrity === wanted.integrity;
  });
}

export function installDependencies() {
  const installed = timed("installing the npm packages (npm ci)", () =>
    run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: root }),
  );
  if (!installed)
    throw new SetupError("npm ci failed (see above): check the network and npm's registry, then run it again");
}
