/** The folders that set-up works on. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
export const nativeFolder = join(root, "native");
export const buildFolder = join(nativeFolder, "build");
export const privateLibtorch = join(nativeFolder, "libtorch");

/** An empty folder in native/build whose name begins so; those that killed set-ups left are removed. */
export function freshFolder(prefix) {
  mkdirSync(buildFolder, { recursive: true });
  for (const name of readdirSync(buildFolder))
    if (name.startsWith(prefix)) rmSync(join(buildFolder, name), { recursive: true, force: true });
  return mkdtempSync(join(buildFolder, prefix));
}
