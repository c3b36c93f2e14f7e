import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openAtomicFile } from "./atomic-file.ts";
import { InputError } from "./errors.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "oversight-atomic-"));
  path = join(folder, "deep", "file.txt");
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = async (...pieces: string[]) => {
  const file = await openAtomicFile(path);
  for (const piece of pieces) await file.write(piece);
  return file;
};

describe("openAtomicFile", () => {
  it("puts all pieces into place at once, in their order", async () => {
    const pieces = Array.from({ length: 300 }, (_, i) => `${i}: ü${"x".repeat(1000)}\n`);
    const file = await write(...pieces);
    expect(existsSync(path)).toBe(false);
    await file.commit();
    expect(readFileSync(path, "utf8")).toBe(pieces.join(""));
    expect(readdirSync(join(folder, "deep"))).toEqual(["file.txt"]);
  });

  it("leaves the old file when it is abandoned, and the new one when it was committed before", async () => {
    await (await write("first")).commit();
    const second = await write("second");
    await second.abandon();
    expect(readFileSync(path, "utf8")).toBe("first");
    expect(readdirSync(join(folder, "deep"))).toEqual(["file.txt"]);
    const third = await write("third");
    await third.commit();
    await third.abandon();
    expect(readFileSync(path, "utf8")).toBe("third");
  });

  it("begins anew over what a killed process left", async () => {
    await (await write()).abandon();
    writeFileSync(`${path}.new`, "half of a longer text");
    await (await write("whole")).commit();
    expect(readFileSync(path, "utf8")).toBe("whole");
  });

  it("names the file that cannot be written", async () => {
    writeFileSync(join(folder, "deep"), "a file");
    await expect(openAtomicFile(path)).rejects.toThrow(InputError);
    await expect(openAtomicFile(path)).rejects.toThrow(/cannot write .*file\.txt/);
  });
});
