/** Installing a package of Debian or Ubuntu, where that needs no password. */
import { readFileSync } from "node:fs";
import { ask, run, say, timed, which } from "./shell.mjs";

/** How to run apt-get without being asked for a password, or undefined. */
function aptGet() {
  if (!which("apt-get") || !/^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync("/etc/os-release", "utf8")))
    return undefined;
  if (process.getuid() === 0) return ["apt-get"];
  return which("sudo") && ask("sudo", ["-n", "true"]) !== undefined ? ["sudo", "-n", "apt-get"] : undefined;
}

/** → whether it is installed now; undefined where apt-get cannot be used */
export function installByApt(name, why) {
  const apt = aptGet();
  if (!apt) return undefined;
  const [program, ...before] = apt;
  const options = { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
  const install = [...before, "install", "-y", "--no-install-recommends", name];
  return timed(`${why}: installing the system's ${name} by apt-get`, () => {
    if (ask(program, install) !== undefined) return true;
    say("  refreshing apt's lists first");
    return run(program, [...before, "update"], options) && run(program, install, options);
  });
}
