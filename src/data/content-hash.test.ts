import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { InputError } from "../base/errors.ts";
import { contentHashes } from "./content-hash.ts";

let folder: string;
let index: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hash-"));
  index = join(folder, "cache", "hashes.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** The hashes, and how many files were read for them. */
async function hash(...paths: string[]): Promise<{ hashes: string[]; read: number }> {
  let read = 0;
  const contents = await contentHashes(paths, index, () => read++);
  return { hashes: contents.map((content) => content.hash), read };
}

test("hashes what files hold, in order, however large, a path that comes twice once", async () => {
  const large = "x".repeat(3_000_001);
  const [a, b, c] = [write("a", "one"), write("b", large), write("c", "")];
  expect(await hash(a, b, c, a)).toEqual({
    hashes: [sha256("one"), sha256(large), sha256(""), sha256("one")],
    read: 3,
  });
});

test("files that have settled are not read again; those that changed are", async () => {
  const [a, b] = [write("a", "one"), write("b", "two")];
  await setTimeout(2100);
  expect(await hash(a, b)).toMatchObject({ read: 2 });
  expect(await hash(b, a)).toEqual({ hashes: [sha256("two"), sha256("one")], read: 0 });
  const { atime, mtime } = statSync(a);
  write("a", "ONE");
  // A copy that keeps the time of modification and the size does not pass for the old content.
  utimesSync(a, atime, mtime);
  expect(await hash(a, b)).toEqual({ hashes: [sha256("ONE"), sha256("two")], read: 1 });
});

test("a file that was written a moment ago is not trusted to stay", async () => {
  const a = write("a", "one");
  expect(await hash(a)).toMatchObject({ read: 1 });
  expect(await hash(a)).toMatchObject({ read: 1 });
});

test.each(["", "{", '{"x":3}', "[]"])("a damaged index is made anew: %j", async (text) => {
  mkdirSync(join(folder, "cache"));
  writeFileSync(index, text);
  const a = write("a", "one");
  expect(await hash(a)).toEqual({ hashes: [sha256("one")], read: 1 });
  expect(JSON.parse(readFileSync(index, "utf8"))).toEqual({});
});

test("what is no file is named", async () => {
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  for (const [path, reason] of [
    [join(folder, "none"), "no such file"],
    [folder, "it is a folder, not a file"],
    [pipe, "it is not a regular file"],
  ]) {
    const failure = await hash(path).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InputError);
    expect((failure as Error).message).toContain(path);
    expect((failure as Error).message).toContain(reason);
  }
});
