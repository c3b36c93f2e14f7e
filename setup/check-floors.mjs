/**
 * The floors of the house: a file in src/ imports only from its own room or from rooms below. Names every import that
 * climbs. Tests may import from anywhere.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { root } from "./places.mjs";

/** From the ground up. */
const rooms = [
  "base",
  "torch",
  "store",
  "vision",
  "saliency",
  "detector",
  "data",
  "guidance",
  "evaluation",
  "training",
  "study",
  "experiment",
  "report",
  "export",
  "demo",
  "cli",
  "bench",
];

const imported = /(?:\bfrom\s*|\bimport\s*\(?\s*)["'](\.[^"']+)["']/g;

const sourceFolder = join(root, "src");
const roomOf = (path) => relative(sourceFolder, path).split(sep)[0];
const complaints = [];
for (const name of readdirSync(sourceFolder, { recursive: true }).sort()) {
  if (!name.endsWith(".ts") || name.endsWith(".test.ts")) continue;
  const path = join(sourceFolder, name);
  const floor = rooms.indexOf(roomOf(path));
  if (floor < 0) complaints.push(`src/${name}: ${roomOf(path)} is no room of the house (setup/check-floors.mjs)`);
  for (const [, target] of readFileSync(path, "utf8").matchAll(imported)) {
    const targetFloor = rooms.indexOf(roomOf(join(dirname(path), target)));
    if (targetFloor > floor)
      complaints.push(`src/${name}: ${rooms[floor]} imports "${target}" from ${rooms[targetFloor]}`);
  }
}
for (const complaint of complaints) console.error(complaint);
if (complaints.length > 0) process.exitCode = 1;
