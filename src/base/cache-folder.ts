/** Where things are kept that can be made again: downloaded weights, decoded data sets. */
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/**
 * `OVERSIGHT_CACHE`, else `$XDG_CACHE_HOME/oversight`, else `~/.cache/oversight`; absolute. Does not make the folder.
 * As the XDG specification asks, a relative `XDG_CACHE_HOME` is ignored.
 */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const { OVERSIGHT_CACHE: own, XDG_CACHE_HOME: xdg } = environment;
  if (own) return resolve(own);
  return xdg?.startsWith("/") ? join(xdg, "oversight") : join(homedir(), ".cache", "oversight");
}
