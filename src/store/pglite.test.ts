import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore } from "./index.ts";

const base = mkdtempSync(join(tmpdir(), "pglite-"));
const folder = join(base, "database");
const others: ChildProcess[] = [];
afterAll(() => {
  for (const other of others) other.kill("SIGKILL");
  rmSync(base, { recursive: true, force: true });
});

/** A server, as far as the database goes: opens the folder, keeps a row, says so, and stays. */
const program = `
  import { sql } from "kysely";
  import { openStore } from ${JSON.stringify(new URL("../../dist/store/index.js", import.meta.url).href)};
  const { db } = await openStore({ folder: process.argv[1] });
  await sql\`create table kept as select 7 as value\`.execute(db);
  console.log("ready");
  await new Promise(setInterval);
`;
function startServer(): ChildProcess {
  const args = ["--input-type=module", "-e", program, folder];
  const other = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  others.push(other);
  return other;
}
async function kill(other: ChildProcess): Promise<void> {
  const exit = once(other, "exit");
  other.kill("SIGKILL");
  await exit;
}

beforeAll(async () => {
  // What a server leaves that is killed while it makes the database is no hindrance, and taken for none.
  mkdirSync(join(folder, "postgresql.unfinished/base"), { recursive: true });
  writeFileSync(join(folder, "postgresql.unfinished/PG_VERSION"), "");

  const server = startServer();
  await once(server.stdout!, "data");
  expect(readdirSync(folder).sort()).toEqual(["lock", "postgresql"]);
  await expect(openStore({ folder })).rejects.toThrow(`the database is held by process ${server.pid} (`);
  await kill(server);
});

test("a database whose server was killed opens, and is locked against the same process too", async () => {
  const store = await openStore({ folder });
  try {
    expect((await sql`select value from kept`.execute(store.db)).rows).toEqual([{ value: 7 }]);
    await expect(openStore({ folder })).rejects.toThrow(`held by process ${process.pid} (`);
    // What makes an acknowledged commit one that a power failure does not undo.
    expect((await sql`show fsync`.execute(store.db)).rows).toEqual([{ fsync: "on" }]);
    expect((await sql`show wal_sync_method`.execute(store.db)).rows).toEqual([{ wal_sync_method: "fsync" }]);
  } finally {
    await store.close();
  }
  expect(existsSync(join(folder, "lock"))).toBe(false);
});

describe("a folder that cannot be used is told in one line, left as it is, and not kept locked", () => {
  const cases: [string, (folder: string) => void, RegExp][] = [
    [
      "another folder",
      (at) => {
        rmSync(at, { recursive: true });
        mkdirSync(at);
        writeFileSync(join(at, "thesis.txt"), "mine");
      },
      /^\S+spoilt: not a database folder, it holds thesis\.txt; give an empty or a new folder$/,
    ],
    [
      "a file",
      (at) => {
        rmSync(at, { recursive: true });
        writeFileSync(at, "mine");
      },
      /^cannot use the folder \S+spoilt: it exists already$/,
    ],
    [
      "no PG_VERSION",
      (at) => rmSync(join(at, "postgresql/PG_VERSION")),
      /postgresql: not a database, or a damaged one: it has no PG_VERSION; put a copy in its place$/,
    ],
    [
      "another version",
      (at) => writeFileSync(join(at, "postgresql/PG_VERSION"), "15\n"),
      /cannot be opened: database files are incompatible .* was initialized by PostgreSQL version 15/,
    ],
    [
      "damaged files",
      (at) => writeFileSync(join(at, "postgresql/global/pg_control"), Buffer.alloc(100)),
      /cannot be opened: could not read file "global\/pg_control".*; if its files are damaged, put a copy/,
    ],
  ];
  test.each(cases)("%s", async (_name, spoil, message) => {
    const spoilt = join(base, "spoilt");
    rmSync(spoilt, { recursive: true, force: true });
    cpSync(folder, spoilt, { recursive: true });
    spoil(spoilt);
    const before = contents(spoilt);
    const error = await openStore({ folder: spoilt }).catch((error) => error);
    expect(error.name).toBe("InputError");
    expect(error.message).toMatch(message);
    expect(contents(spoilt)).toEqual(before);
  });
});

/** Names, or a file's text, without the server's own record of its start. */
function contents(path: string): string[] {
  if (statSync(path).isFile()) return [readFileSync(path, "utf8")];
  const names = readdirSync(path, { recursive: true }) as string[];
  return names.filter((name) => !/postmaster\.|postgresql\.conf$/.test(name)).sort();
}
