/** Whether what is built from sources is up to date: a line for each file, kept beside the outcome. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./places.mjs";

/** A line for each file: its name, size and time of change. @param folders whose files that are no tests are all taken */
export function sourceState(folders, files) {
  const sources = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith(".test.ts"))
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length)),
  );
  return [...sources.sort(), ...files].map((name) => {
    const { size, mtimeMs } = statSync(join(root, name));
    return `${name} ${size} ${mtimeMs}`;
  });
}

export function recordedState(file) {
  return existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
}

export function recordState(file, state) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, state.join("\n"));
}

export function isCurrent(file, state) {
  return state.join("\n") === recordedState(file).join("\n");
}
