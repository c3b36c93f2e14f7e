/**
 * A lock file for a folder that one process may work in. It names its holder, so that whoever comes second can be told;
 * a dead holder's lock is taken over, a living one's never, however old it is.
 */
import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { z } from "zod";
import { explainSystemError, InputError, systemErrorCode } from "./errors.ts";

export interface PidLock {
  /** Removes the lock if it is still ours; a second call does nothing. */
  release(): void;
}

/** Another process has the lock. */
export class LockHeldError extends InputError {}

const holderSchema = z.object({
  /** Of this one taking of the lock. */
  id: z.string(),
  pid: z.int().positive(),
  host: z.string(),
  /** The boot and the tick at which the process began: a later process with the same pid is another one. */
  began: z.string().optional(),
  /** When the lock was taken, ISO 8601. */
  since: z.string(),
});
type Holder = z.infer<typeof holderSchema>;

/** Locks held by this process, by id. */
const held = new Map<string, string>();

/**
 * Takes the lock file at `path`, whose folder must exist. Released at the latest when the process exits.
 * @param what is locked, for the message: `the database`
 * @throws LockHeldError `<path>: <what> is held by process 12 (on host since …): stop it first`
 */
export function acquirePidLock(path: string, what: string): PidLock {
  const holder: Holder = {
    id: randomUUID(),
    pid: process.pid,
    host: hostname(),
    began: beginning(process.pid),
    since: new Date().toISOString(),
  };
  const other = take(path, holder, what);
  if (other !== undefined) {
    throw new LockHeldError(
      `${path}: ${what} is held by process ${other.pid} (on ${other.host} since ${other.since}): ` +
        (other.host === holder.host ? "stop it first" : "stop it first; if that machine is gone, remove the file"),
    );
  }
  if (held.size === 0) process.on("exit", releaseAll);
  held.set(holder.id, path);
  return {
    release() {
      if (!held.delete(holder.id)) return;
      if (held.size === 0) process.off("exit", releaseAll);
      remove(path, holder.id);
    },
  };
}

function releaseAll(): void {
  for (const [id, path] of held) remove(path, id);
}

function remove(path: string, id: string): void {
  try {
    if (JSON.parse(readFileSync(path, "utf8")).id === id) rmSync(path);
  } catch {
    // Gone with its folder, or no longer ours: there is nothing to release.
  }
}

/** @returns the living holder, or undefined when the lock is now `holder`'s */
function take(path: string, holder: Holder, what: string): Holder | undefined {
  // The file that is linked is whole and on the disk, so that nobody ever reads a lock without its holder.
  const own = `${path}.${holder.id}`;
  try {
    writeDurably(own, JSON.stringify(holder));
    for (;;) {
      if (tryLink(own, path)) return undefined;
      const other = holderOf(path, what);
      if (other === undefined) continue; // released meanwhile
      if (isAlive(other)) return other;
      const reaper = reap(path, other, holder, what);
      if (reaper !== undefined) return reaper;
    }
  } catch (error) {
    throw explainSystemError(error, "make the lock", path);
  } finally {
    rmSync(own, { force: true });
  }
}

/**
 * Removes a dead process's lock. Only the holder of a second lock, named after the dead one's id, may do so: between
 * reading a lock and removing it another process could have put its own there.
 * @returns the living process that is about it already
 */
function reap(path: string, dead: Holder, holder: Holder, what: string): Holder | undefined {
  const claim = `${path}.${dead.id}.reap`;
  const reaper = take(claim, { ...holder, id: randomUUID() }, what);
  if (reaper !== undefined) return reaper;
  try {
    if (holderOf(path, what)?.id === dead.id) rmSync(path);
  } finally {
    rmSync(claim, { force: true });
  }
  return undefined;
}

function writeDurably(path: string, text: string): void {
  const file = openSync(path, "wx");
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** @returns undefined when there is no lock */
function holderOf(path: string, what: string): Holder | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    throw new InputError(`${path}: the lock does not say who holds ${what}; if no process does, remove the file`);
  }
}

function isAlive({ id, pid, host, began }: Holder): boolean {
  if (host !== hostname()) return true; // from here nobody can tell
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (systemErrorCode(error) !== "EPERM") return false;
  }
  const now = beginning(pid);
  if (now === "ended") return false;
  if (began !== undefined && now !== undefined) return began === now;
  return pid !== process.pid || held.has(id);
}

/** @returns `ended` for a process that only waits to be noticed by its parent; undefined where /proc does not tell */
function beginning(pid: number): string | undefined {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field, the name, may hold anything; the third is the state, the 22nd the start.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? "ended" : `${boot} ${fields[19]}`;
  } catch {
    return undefined;
  }
}
