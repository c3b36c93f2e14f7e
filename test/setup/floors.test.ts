import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const setup = fileURLToPath(new URL("../../setup", import.meta.url));
let house: string;

beforeEach(() => {
  house = mkdtempSync(join(tmpdir(), "floors-"));
  cpSync(setup, join(house, "setup"), { recursive: true });
});
afterEach(() => rmSync(house, { recursive: true, force: true }));

function check(files: Record<string, string>): { complaints: string; code: number | null } {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(house, "src", name)), { recursive: true });
    writeFileSync(join(house, "src", name), text);
  }
  const { status, stderr } = spawnSync(process.execPath, ["setup/check-floors.mjs"], { cwd: house, encoding: "utf8" });
  return { complaints: stderr, code: status };
}

test("imports from the own room, from below and from packages pass", () => {
  const text = 'import a from "./b.ts";\nimport { c } from "../torch/c.ts";\nimport "zod";\n';
  expect(check({ "vision/networks/a.ts": text.replaceAll("../torch", "../../torch") })).toEqual({
    complaints: "",
    code: 0,
  });
});

test.each([
  ["a plain import", 'import { x } from "../training/x.ts";'],
  ["over several lines", 'import {\n  x,\n  y,\n} from "../training/x.ts";'],
  ["of a type", 'import type { X } from "../training/x.ts";'],
  ["handed on", 'export * from "../training/x.ts";'],
  ["for its effect", 'import "../training/x.ts";'],
  ["when called", 'const x = await import("../training/x.ts");'],
  ["as a type's place", 'let x: import("../training/x.ts").X;'],
])("an import that climbs is named: %s", (_, text) => {
  const { complaints, code } = check({ "data/a.ts": text });
  expect(complaints).toBe('src/data/a.ts: data imports "../training/x.ts" from training\n');
  expect(code).toBe(1);
});

test("a test may climb", () => {
  expect(check({ "base/a.test.ts": 'import "../cli/main.ts";' }).code).toBe(0);
});

test("a room that is not in the list is named", () => {
  expect(check({ "attic/a.ts": "" }).complaints).toContain("attic is no room");
});
