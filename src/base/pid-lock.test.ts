import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { acquirePidLock } from "./pid-lock.ts";

let folder: string;
let path: string;
const started: number[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pid-lock-"));
  path = join(folder, "lock");
});
afterEach(() => {
  for (const pid of started.splice(0)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended.
    }
  }
  rmSync(folder, { recursive: true, force: true });
});

/** Takes the lock at each path that it reads, answers `taken` or why not, and ends with its input. */
const program = `
  import { createInterface } from "node:readline";
  import { acquirePidLock } from ${JSON.stringify(new URL("../../dist/base/pid-lock.js", import.meta.url).href)};
  console.log("ready");
  for await (const path of createInterface({ input: process.stdin })) {
    try {
      acquirePidLock(path, "the folder");
      console.log("taken");
    } catch (error) {
      console.log(error.name + ": " + error.message);
    }
  }
`;

class Other {
  readonly process: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor(command = process.execPath, args = ["--input-type=module", "-e", program]) {
    this.process = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    started.push(this.process.pid!);
    this.#answers = createInterface({ input: this.process.stdout! })[Symbol.asyncIterator]();
  }
  get pid(): number {
    return this.process.pid!;
  }
  async answer(): Promise<string> {
    return (await this.#answers.next()).value;
  }
  async take(at: string): Promise<string> {
    this.process.stdin!.write(`${at}\n`);
    return this.answer();
  }
  async end(): Promise<void> {
    const exit = once(this.process, "exit");
    this.process.stdin!.end();
    await exit;
  }
  async kill(): Promise<void> {
    const exit = once(this.process, "exit");
    this.process.kill("SIGKILL");
    await exit;
  }
}

async function startOther(): Promise<Other> {
  const other = new Other();
  expect(await other.answer()).toBe("ready");
  return other;
}

function holder(fields: object): string {
  return JSON.stringify({ id: "a", pid: process.pid, host: hostname(), since: "2026-01-02T03:04:05.000Z", ...fields });
}

function deadPid(): number {
  return spawnSync(process.execPath, ["-e", ""]).pid;
}

test("whoever comes second is told who holds the lock", async () => {
  const lock = acquirePidLock(path, "the folder");
  const other = await startOther();
  const refused = await other.take(path);
  expect(refused).toContain(
    `InputError: ${path}: the folder is held by process ${process.pid} (on ${hostname()} since`,
  );
  expect(refused).toMatch(/: stop it first$/);
  expect(() => acquirePidLock(path, "the folder")).toThrow(`held by process ${process.pid}`);
  lock.release();
  expect(await other.take(path)).toBe("taken");
  expect(() => acquirePidLock(path, "the folder")).toThrow(`held by process ${other.pid}`);
});

test("released when its process ends, or at the latest by the next after a kill", async () => {
  const ends = await startOther();
  await ends.take(path);
  await ends.end();
  expect(existsSync(path)).toBe(false);

  const killed = await startOther();
  await killed.take(path);
  await killed.kill();
  expect(existsSync(path)).toBe(true);
  acquirePidLock(path, "the folder").release();
  expect(readdirSync(folder)).toEqual([]);
});

test("a killed process that nobody has waited for is dead", async () => {
  const script = `"$0" --input-type=module -e "$1" <"$2" & echo $!; exec sleep 60`;
  writeFileSync(join(folder, "input"), `${path}\n`);
  const parent = new Other("sh", [
    "-c",
    script,
    process.execPath,
    `${program}; await new Promise(setInterval)`,
    join(folder, "input"),
  ]);
  const pid = Number(await parent.answer());
  started.push(pid);
  expect([await parent.answer(), await parent.answer()]).toEqual(["ready", "taken"]);
  expect(() => acquirePidLock(path, "the folder")).toThrow(`held by process ${pid}`);
  process.kill(pid, "SIGKILL");
  await expect.poll(() => /\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"))).toBe(true);
  acquirePidLock(path, "the folder").release();
});

describe("of several processes at once exactly one takes it", () => {
  async function race(prepare: (path: string) => void): Promise<void> {
    const others = await Promise.all(Array.from({ length: 4 }, startOther));
    for (let round = 0; round < 15; round++) {
      const contested = join(folder, `lock-${round}`);
      prepare(contested);
      const answers = await Promise.all(others.map((other) => other.take(contested)));
      expect(answers.filter((answer) => answer === "taken")).toHaveLength(1);
      const winner = others[answers.indexOf("taken")];
      expect(JSON.parse(readFileSync(contested, "utf8")).pid).toBe(winner.pid);
      for (const answer of answers) expect(answer).toMatch(/^taken$|is held by process \d+/);
    }
    expect(readdirSync(folder)).toHaveLength(15);
    await Promise.all(others.map((other) => other.end()));
    expect(readdirSync(folder)).toEqual([]);
  }

  test("where there was none", () => race(() => undefined));

  test("where a dead process has left one", async () => {
    const pid = deadPid();
    await race((contested) => writeFileSync(contested, holder({ id: contested.replaceAll("/", "-"), pid })));
  });
});

test("a process that died while it removed a dead one's lock is no hindrance", () => {
  const pid = deadPid();
  writeFileSync(path, holder({ id: "a", pid }));
  writeFileSync(`${path}.a.reap`, holder({ id: "b", pid }));
  acquirePidLock(path, "the folder").release();
  expect(readdirSync(folder)).toEqual([]);
});

test("an earlier process with the same pid is dead", () => {
  writeFileSync(path, holder({ pid: process.ppid, began: "another boot 1" }));
  acquirePidLock(path, "the folder").release();
  writeFileSync(path, holder({ pid: process.pid }));
  acquirePidLock(path, "the folder").release();
});

test("a living process's lock is left alone, however old; so is another machine's", () => {
  writeFileSync(path, holder({ pid: process.ppid, since: "1999-01-01T00:00:00.000Z" }));
  expect(() => acquirePidLock(path, "the folder")).toThrow(
    `held by process ${process.ppid} (on ${hostname()} since 1999`,
  );
  writeFileSync(path, holder({ pid: deadPid(), host: "elsewhere" }));
  expect(() => acquirePidLock(path, "the folder")).toThrow(
    "(on elsewhere since 2026-01-02T03:04:05.000Z): stop it first; if",
  );
});

test("a lock that is no longer ours is not released", () => {
  const lock = acquirePidLock(path, "the folder");
  writeFileSync(path, holder({ pid: process.ppid }));
  lock.release();
  expect(existsSync(path)).toBe(true);
});

test("a file that is no lock, and a folder that is not there, are told in one line", () => {
  writeFileSync(path, "something else");
  expect(() => acquirePidLock(path, "the folder")).toThrow(`${path}: the lock does not say who holds the folder`);
  expect(() => acquirePidLock(join(folder, "none", "lock"), "the folder")).toThrow("no such file or folder");
});
