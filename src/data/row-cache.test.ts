import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { InputError } from "../base/errors.ts";
import { findRowCache, requireSpace, writeRowCache } from "./row-cache.ts";

const schema = z.object({ note: z.string() });
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rows-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function* rowsOf(count: number, length: number, before: (row: number) => void = () => {}) {
  for (let row = 0; row < count; row++) {
    before(row);
    yield new Uint8Array(length).fill(row);
  }
}

test("what was written is found, with its description", async () => {
  const cache = { file: join(folder, "a.images"), rows: 3, rowLength: 4 };
  expect(findRowCache(cache, schema)).toBeUndefined();
  await writeRowCache(cache, rowsOf(3, 4), () => ({ note: "made" }));
  expect(findRowCache(cache, schema)).toEqual({ note: "made" });
  expect([...readFileSync(cache.file)]).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
  expect(findRowCache({ ...cache, rows: 2 }, schema)).toBeUndefined();
});

test("a failure of the source leaves nothing", async () => {
  const cache = { file: join(folder, "a.images"), rows: 3, rowLength: 4 };
  const fail = (row: number) => {
    if (row === 2) throw new InputError("c.png: damaged");
  };
  await expect(writeRowCache(cache, rowsOf(3, 4, fail), () => ({}))).rejects.toThrow("c.png: damaged");
  expect(readdirSync(folder)).toEqual([]);
});

test("more than the disk can hold is refused before it begins", () => {
  const cache = { file: join(folder, "a.images"), rows: 2 ** 40, rowLength: 2 ** 12 };
  expect(() => requireSpace(folder, [cache])).toThrow(InputError);
  expect(() => requireSpace(folder, [cache])).toThrow(/need 4503599627\.4 MB, and [\d.]+ MB are free/);
});

describe("on a disk of 1 MB", () => {
  let disk: string | undefined;
  beforeEach(() => {
    disk = join(folder, "disk");
    try {
      execFileSync("mkdir", [disk]);
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], { stdio: "pipe" });
    } catch {
      disk = undefined;
    }
  });
  afterEach(() => {
    if (disk !== undefined) execFileSync("umount", [disk]);
  });

  test("one that fills up on the way is told, and the part removed", async ({ skip }) => {
    if (disk === undefined) return skip("no small disk: mounting a tmpfs needs root");
    const cache = { file: join(disk, "a.images"), rows: 9, rowLength: 100_000 };
    requireSpace(disk, [cache]);
    const filler = join(disk, "filler");
    const fill = (row: number) => {
      if (row === 4) writeFileSync(filler, new Uint8Array(400_000));
    };
    const run = writeRowCache(cache, rowsOf(9, 100_000, fill), () => ({}));
    await expect(run).rejects.toThrow(InputError);
    await expect(run).rejects.toThrow(`cannot write ${cache.file}: no space left on the disk`);
    expect(readdirSync(disk)).toEqual(["filler"]);
    expect(statSync(filler).size).toBe(400_000);
  });

  test("one that is too small is told with what is needed and what is free", ({ skip }) => {
    if (disk === undefined) return skip("no small disk: mounting a tmpfs needs root");
    const caches = [1, 2].map((name) => ({ file: join(folder, `disk/${name}`), rows: 6, rowLength: 100_000 }));
    expect(() => requireSpace(join(folder, "disk"), caches)).toThrow(/need 1\.2 MB, and 1\.0 MB are free/);
  });
});
