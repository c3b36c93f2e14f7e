/** `maps/index.json` of a run folder: the pictures of where the network looked. */
import { join } from "node:path";
import { z } from "zod";
import { writeFileAtomic } from "../base/files.ts";
import { checkSchema, readJsonFile } from "../base/schema.ts";
import { testSetName } from "./results.ts";

export const mapEntry = z.strictObject({
  /** A PNG in the folder `maps`. */
  file: z.string().regex(/^[^/\\]+\.png$/, "a map's file is the plain name of a .png file in the folder maps"),
  /** The mean class activation map of many images, or that of one image laid over it. */
  kind: z.enum(["mean-cam", "overlay"]),
  testSet: testSetName,
  /** The true class. */
  label: z.string(),
  caption: z.string(),
  /** The log-odds score of the one image. */
  score: z.number().optional(),
});
export type MapEntry = z.infer<typeof mapEntry>;

const mapIndex = z.array(mapEntry);
const indexFile = (runFolder: string) => join(runFolder, "maps", "index.json");

/** Writes `maps/index.json`, wholly or not at all; the pictures must be there already. */
export function writeMapIndex(runFolder: string, entries: readonly MapEntry[]): void {
  const file = indexFile(runFolder);
  writeFileAtomic(file, `${JSON.stringify(checkSchema(mapIndex, entries, file), null, 1)}\n`);
}

/** @throws InputError naming file and field when it is missing or not what `writeMapIndex` writes */
export function readMapIndex(runFolder: string): MapEntry[] {
  return readJsonFile(mapIndex, indexFile(runFolder));
}
