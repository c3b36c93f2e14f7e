import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InputError } from "./errors.ts";
import { replaceFolder } from "./replace-folder.ts";

let around: string;
let path: string;
beforeEach(() => {
  around = mkdtempSync(join(tmpdir(), "oversight-replace-"));
  path = join(around, "results");
});
afterEach(() => rmSync(around, { recursive: true }));

const fill = (name: string, text: string) => async (folder: string) => writeFileSync(join(folder, name), text);

describe("replaceFolder", () => {
  it("replaces the whole content, and gives what build gives", async () => {
    await replaceFolder(path, fill("a", "first"));
    expect(await replaceFolder(path, async (folder) => fill("b", "second")(folder).then(() => 7))).toBe(7);
    expect(readdirSync(path).sort()).toEqual([".made-by-oversight", "b"]);
    expect(readdirSync(around)).toEqual(["results"]);
  });

  it("leaves what was there when build fails, and nothing beside it", async () => {
    await replaceFolder(path, fill("a", "first"));
    const failing = replaceFolder(path, async (folder) => {
      await fill("a", "half")(folder);
      throw new Error("the disk is gone");
    });
    await expect(failing).rejects.toThrow("the disk is gone");
    expect(readFileSync(join(path, "a"), "utf8")).toBe("first");
    expect(readdirSync(around)).toEqual(["results"]);
  });

  it("clears away what a killed run left", async () => {
    mkdirSync(`${path}.new`);
    writeFileSync(join(`${path}.new`, "half"), "");
    await replaceFolder(path, fill("a", "whole"));
    expect(existsSync(join(path, "half"))).toBe(false);
    expect(readdirSync(around)).toEqual(["results"]);
  });

  it("does not touch a folder that somebody else has filled, or a file", async () => {
    mkdirSync(path);
    await replaceFolder(path, fill("a", "into an empty folder"));
    const other = join(around, "theirs");
    mkdirSync(other);
    writeFileSync(join(other, "thesis.tex"), "years");
    await expect(replaceFolder(other, fill("a", ""))).rejects.toThrow(InputError);
    expect(readdirSync(other)).toEqual(["thesis.tex"]);
    await expect(replaceFolder(join(other, "thesis.tex"), fill("a", ""))).rejects.toThrow(InputError);
    expect(readFileSync(join(other, "thesis.tex"), "utf8")).toBe("years");
  });
});
