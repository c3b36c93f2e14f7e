/** The folders that set-up works on. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
export const nativeFolder = join(root, "native");
export const buildFolder = join(nativeFolder, "build");
export const privateLibtorch = join(nativeFolder, "libtorch");
