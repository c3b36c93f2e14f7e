/** The detector page as a folder for any web host: the built page and, beside it, the detector's two files. */
import { existsSync } from "node:fs";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { explainSystemError, InputError } from "../base/errors.ts";
import { replaceFolder } from "../base/replace-folder.ts";
import { readJsonFile } from "../base/schema.ts";
import { type DetectorFile, detectorFile, detectorName, modelName } from "./detector-file.ts";

/** Where the build puts the page; the same from src/ and from dist/. */
export const builtPage = fileURLToPath(new URL("../../dist/web/detector/", import.meta.url));

/**
 * @param detector the detector's folder
 * @param to a folder that is not there, is empty, or is an earlier page; it is replaced whole
 * @throws InputError when the detector is none, the page has not been built, or the folder cannot be written
 */
export async function writePageFolder(detector: string, to: string): Promise<DetectorFile> {
  const about = readJsonFile(detectorFile, join(detector, detectorName));
  if (!existsSync(join(builtPage, "index.html"))) {
    throw new InputError("the page has not been built: run npm run setup in the checkout");
  }
  await replaceFolder(to, async (folder) => {
    const copy = (from: string, name: string) =>
      cp(from, join(folder, name), { recursive: true }).catch((error) => {
        throw explainSystemError(error, "copy", from);
      });
    await copy(builtPage, ".");
    for (const name of [modelName, detectorName]) await copy(join(detector, name), name);
  });
  return about;
}
