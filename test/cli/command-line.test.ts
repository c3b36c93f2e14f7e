import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const bin = join(root, "bin/oversight.mjs");

function oversight(args: string[], script = bin) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });
  return { code: status, stdout, stderr };
}

test("help lists the commands", () => {
  const { code, stdout, stderr } = oversight(["--help"]);
  expect(stdout).toMatch(/doctor.*data.*train.*evaluate.*report/s);
  expect([code, stderr]).toEqual([0, ""]);
  expect(oversight(["help", "doctor"])).toMatchObject({ code: 0, stdout: expect.stringContaining("--json") });
});

test.each([
  [["trian"], "unknown command 'trian' (Did you mean train?)"],
  [["data", "chek"], "unknown command 'chek' (Did you mean check?)"],
  [["doctor", "--jsn"], "unknown option '--jsn' (Did you mean --json?)"],
  [["doctor", "now"], "too many arguments for 'doctor'. Expected 0 arguments but got 1."],
  [["report"], "missing required argument 'run'"],
])("%j is one line and exit code 2", (args, line) => {
  expect(oversight(args)).toEqual({ code: 2, stdout: "", stderr: `oversight: ${line}\n` });
});

test("without a command: help, and exit code 2", () => {
  expect(oversight([])).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("Usage: oversight") });
});

test("a reader who goes away is no fault", async () => {
  const child = spawn(process.execPath, [bin, "doctor", "--json"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  let stderr = "";
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  const signal = await new Promise((resolve) => child.on("close", (_, signal) => resolve(signal)));
  expect([signal, stderr]).toEqual(["SIGPIPE", ""]);
});

test("doctor tells what the addon was linked to", () => {
  const { code, stdout } = oversight(["doctor", "--json"]);
  expect(code).toBe(0);
  const { libtorch, problems } = JSON.parse(stdout);
  expect(libtorch.version).toMatch(/^\d+\.\d+/);
  expect(libtorch.folder).toMatch(/^\//);
  expect(problems).toEqual([]);
  expect(oversight(["doctor"]).stdout).toContain(`${libtorch.version} in ${libtorch.folder}`);
});

describe("a copy that is not set up", () => {
  let copy: string;
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), "oversight-copy-"));
    for (const name of ["bin", "setup", "package.json"])
      cpSync(join(root, name), join(copy, name), { recursive: true });
  });
  afterEach(() => rmSync(copy, { recursive: true, force: true }));

  test("says so where dist/ is missing", () => {
    expect(oversight(["doctor"], join(copy, "bin/oversight.mjs"))).toEqual({
      code: 2,
      stdout: "",
      stderr: `oversight: not set up yet: run \`npm run setup\` in ${copy}/\n`,
    });
  });

  test("has a doctor even where the addon is missing", () => {
    cpSync(join(root, "dist"), join(copy, "dist"), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
    mkdirSync(join(copy, "native"));
    const { code, stdout } = oversight(["doctor"], join(copy, "bin/oversight.mjs"));
    expect(stdout).toMatch(/^libtorch +missing$/m);
    expect(stdout).toMatch(/^problem: libtorch: the native addon is not built: run `npm run setup`$/m);
    expect(code).toBe(1);
  });
});
