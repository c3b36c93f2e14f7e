/** One set-up at a time: a lock file that holds the pid of its owner. Only the lock of a dead process is taken over. */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { say } from "./shell.mjs";

function isAlive(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
  return !isZombie(pid);
}

/** Killed, but not yet waited for by its parent: in a container without an init it stays so for good. */
function isZombie(pid) {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false; // gone meanwhile, which the next look finds, or a system without /proc
  }
}

function ownerOf(path) {
  try {
    return Number(readFileSync(path, "utf8"));
  } catch {
    return undefined; // released meanwhile
  }
}

/** Links a file that is already written, so that nobody ever reads a lock without its pid. */
function tryTake(path, own) {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    return false;
  }
}

/** Moves a dead process's lock away. Should another have taken it over just before, its lock is put back. */
function reap(path) {
  const moved = `${path}.${process.pid}.dead`;
  try {
    renameSync(path, moved);
  } catch {
    return; // another was quicker
  }
  const owner = ownerOf(moved);
  if (owner !== undefined && isAlive(owner)) tryTake(path, moved);
  rmSync(moved, { force: true });
}

/** Runs `work` while holding the lock at `path`, waiting for a living owner to finish. */
export async function withLock(path, work) {
  mkdirSync(dirname(path), { recursive: true });
  const own = `${path}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    for (let waited = false; !tryTake(path, own); ) {
      const owner = ownerOf(path);
      if (owner === undefined) continue;
      if (!isAlive(owner)) {
        reap(path);
        continue;
      }
      if (!waited) say(`waiting for another set-up (process ${owner}); if there is none, remove ${path}`);
      waited = true;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  } finally {
    rmSync(own, { force: true });
  }
  try {
    return await work();
  } finally {
    if (ownerOf(path) === process.pid) rmSync(path, { force: true });
  }
}
