/** The files of maps, named as their images are. Pure. */
import { dirname, join, parse } from "node:path";

/**
 * The base name and `.png`; images that would share it keep their folders, too, and those that still would (`1.jpg` and
 * `1.png` in one folder) their extensions.
 * @param paths of the images, relative to the folder that they have in common
 * @returns in their order, all different; where paths differ by more than upper and lower case, so do names
 */
export function mapNames(paths: readonly string[]): string[] {
  const stem = (path: string) => parse(path).name;
  const stems = countOf(paths.map(stem));
  const inFolders = (path: string) => join(dirname(path), stem(path));
  const placed = countOf(paths.map(inFolders));
  const names = paths.map((path) => {
    if (stems(stem(path)) === 1) return `${stem(path)}.png`;
    return placed(inFolders(path)) === 1 ? `${inFolders(path)}.png` : `${path}.png`;
  });
  // "1.jpg", "1.gif" and "1.jpg.tif" in one folder.
  const clash = new Set(names.map((name) => name.toLowerCase())).size < names.length;
  return clash ? paths.map((path) => `${path}.png`) : names;
}

function countOf(names: readonly string[]): (name: string) => number {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name.toLowerCase(), (counts.get(name.toLowerCase()) ?? 0) + 1);
  return (name) => counts.get(name.toLowerCase())!;
}
