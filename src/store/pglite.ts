/**
 * An embedded PostgreSQL in a folder of its own:
 *
 *     lock         names the process that has the folder open
 *     postgresql/  the database's files
 *
 * A commit that has been acknowledged is on the disk: PGlite leaves out the flushing, and we put it back in.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { NodeFS } from "@electric-sql/pglite/nodefs";
import pg from "pg";
import { explainSystemError, InputError } from "../base/errors.ts";
import { acquirePidLock } from "../base/pid-lock.ts";
import { PGliteStream } from "./pglite-stream.ts";
import { types } from "./types.ts";

/** Without `-F`, which turns fsync off; fdatasync, the default, does nothing in WebAssembly. */
const startParams = [...PGlite.defaultStartParams.filter((given) => given !== "-F"), "-c", "wal_sync_method=fsync"];

/** Milliseconds that a statement or transaction waits for those before it. */
const longestWait = 30_000;

/**
 * @returns a pool of one connection, and what is left to do when it has ended
 * @throws InputError when another process has the folder open, or it holds something else or a damaged database
 */
export async function openPGlite(folder: string): Promise<{ pool: pg.Pool; close(): Promise<void> }> {
  makeFolder(folder);
  const lock = acquirePidLock(join(folder, "lock"), "the database");
  try {
    const files = join(folder, "postgresql");
    if (!existsSync(files)) await createDatabase(folder, files);
    // Without this file PGlite would make a new database over what is there.
    if (!existsSync(join(files, "PG_VERSION"))) {
      throw new InputError(`${files}: not a database, or a damaged one: it has no PG_VERSION; put a copy in its place`);
    }
    const database = await start(files);
    const pool = new pg.Pool({
      // PGlite knows one user and asks for no password.
      user: "postgres",
      database: "postgres",
      password: "",
      stream: () => new PGliteStream(database),
      types,
      max: 1,
      idleTimeoutMillis: 0,
      connectionTimeoutMillis: longestWait,
    });
    return {
      pool,
      async close() {
        await database.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    const strangers = readdirSync(folder).filter((name) => !/^(lock|postgresql)(\.|$)/.test(name));
    if (strangers.length > 0) {
      throw new InputError(`${folder}: not a database folder, it holds ${strangers[0]}; give an empty or a new folder`);
    }
  } catch (error) {
    throw explainSystemError(error, "use the folder", folder);
  }
}

/** Makes the database beside its place and moves it there when it is whole, so that a kill leaves none half made. */
async function createDatabase(folder: string, files: string): Promise<void> {
  const unfinished = join(folder, "postgresql.unfinished");
  try {
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished);
    await (await start(unfinished)).close();
    for (const entry of readdirSync(unfinished, { recursive: true, withFileTypes: true })) {
      flush(join(entry.parentPath, entry.name));
    }
    renameSync(unfinished, files);
    flush(folder);
  } catch (error) {
    throw explainSystemError(error, "make the database", folder);
  }
}

function flush(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** PGlite's file system over a folder, with the call that its build leaves out. */
class FlushedFiles extends NodeFS {
  override async init(...[database, options]: Parameters<NodeFS["init"]>): ReturnType<NodeFS["init"]> {
    const { emscriptenOpts } = await super.init(database, options);
    // biome-ignore lint/suspicious/noExplicitAny: Emscripten's file systems are not declared
    const addFlush = (module: any) => {
      module.NODEFS.stream_ops.fsync = ({ nfd }: { nfd?: number }) => {
        if (nfd !== undefined) fsyncSync(nfd); // a folder has no descriptor here
        return 0;
      };
    };
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...(emscriptenOpts.preRun ?? []), addFlush] } };
  }
}

async function start(files: string): Promise<PGlite> {
  const said: string[] = [];
  const database = new PGlite({
    fs: new FlushedFiles(files),
    startParams,
    onStderr: (line) => {
      said.push(line);
      return false;
    },
  });
  try {
    await database.waitReady;
    return database;
  } catch (error) {
    const reasons = said.flatMap((line) => / (?:FATAL|PANIC|DETAIL): {2}(.+)/.exec(line)?.[1] ?? []);
    if (reasons.length === 0) throw error;
    throw new InputError(
      `${files}: the database cannot be opened: ${reasons.join(" ")}; if its files are damaged, put a copy in their place`,
    );
  }
}
