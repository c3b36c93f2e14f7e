import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const module = new URL("../../setup/lock.mjs", import.meta.url).href;
let folder: string;
let lock: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lock-"));
  lock = join(folder, "lock");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Fails where two are inside at once, since the folder can be made only once. */
const work = `
  import { appendFileSync, mkdirSync, rmdirSync } from "node:fs";
  import { withLock } from ${JSON.stringify(module)};
  const [lock, folder] = process.argv.slice(1);
  await withLock(lock, async () => {
    mkdirSync(folder + "/inside");
    await new Promise((resolve) => setTimeout(resolve, 50));
    rmdirSync(folder + "/inside");
    appendFileSync(folder + "/log", "x");
  });
`;

function start(): Promise<number | null> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", work, lock, folder], { stdio: "ignore" });
  return new Promise((resolve) => child.on("exit", resolve));
}

async function expectSixInTurn(): Promise<void> {
  const codes = await Promise.all(Array.from({ length: 6 }, start));
  expect(codes).toEqual([0, 0, 0, 0, 0, 0]);
  expect(readFileSync(join(folder, "log"), "utf8")).toBe("xxxxxx");
  expect(existsSync(lock)).toBe(false);
}

test("one at a time", expectSixInTurn);

test("a dead process's lock is taken over, by one at a time", async () => {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  writeFileSync(lock, String(pid));
  await expectSixInTurn();
});

test("a living process's lock is waited for", async () => {
  writeFileSync(lock, String(process.pid));
  const done = start();
  const early = await Promise.race([done, new Promise((resolve) => setTimeout(() => resolve("waits"), 700))]);
  expect(early).toBe("waits");
  rmSync(lock);
  expect(await done).toBe(0);
});
