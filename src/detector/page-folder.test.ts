import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeTinyDetector } from "../../test/detector/tiny-detector.ts";
import { InputError } from "../base/errors.ts";
import { writePageFolder } from "./page-folder.ts";

let folder: string;
let detector: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "oversight-page-folder-"));
  detector = join(folder, "detector");
  makeTinyDetector(detector);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a page's folder has the page, its scripts and the detector, and is replaced whole", async () => {
  const page = join(folder, "page");
  await writePageFolder(detector, page);
  const [, script] = /src="\.\/(assets\/[^"]+\.js)"/.exec(readFileSync(join(page, "index.html"), "utf8"))!;
  expect(existsSync(join(page, script))).toBe(true);
  expect(readFileSync(join(page, "model.onnx")).equals(readFileSync(join(detector, "model.onnx")))).toBe(true);
  writeFileSync(join(page, "left.txt"), "of an earlier page");
  await writePageFolder(detector, page);
  expect(existsSync(join(page, "left.txt"))).toBe(false);
  expect(existsSync(join(page, "detector.json"))).toBe(true);
});

test("nobody's files are replaced, and nothing is left half made", async () => {
  const site = join(folder, "site");
  mkdirSync(site);
  writeFileSync(join(site, "index.html"), "somebody's");
  await expect(writePageFolder(detector, site)).rejects.toThrow(InputError);
  expect(readFileSync(join(site, "index.html"), "utf8")).toBe("somebody's");

  const without = join(folder, "without");
  mkdirSync(without);
  cpSync(join(detector, "detector.json"), join(without, "detector.json"));
  await expect(writePageFolder(without, join(folder, "new"))).rejects.toThrow(/model\.onnx: no such file/);
  expect(existsSync(join(folder, "new"))).toBe(false);
  await expect(writePageFolder(folder, join(folder, "new"))).rejects.toThrow(/detector\.json: no such file/);
});
