/**
 * Where the run folders of many machines meet: whole copies under keys that are never written twice. Which copy counts is
 * said by the database (queue/run-queue.ts), so a worker that has lost its run may write what it likes: nobody reads it.
 */
import { readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { openFolderStore } from "./folder-store.ts";
import { openS3Store } from "./s3-store.ts";

export interface CheckpointStore {
  /**
   * Copies a run folder as it stands, also while a process trains in it.
   * @throws InputError when it cannot be written; parts of it may then be left
   */
  save(key: string, folder: string): Promise<void>;
  /** Makes `folder` what was saved, and nothing else. @throws InputError when there is nothing whole under the key */
  load(key: string, folder: string): Promise<void>;
  /** Frees its room, also where there is only a part; a key that is not there is none the worse. */
  remove(key: string): Promise<void>;
}

/** @param place a folder that all workers share, or `s3://bucket/prefix` */
export function openCheckpoints(place: string): CheckpointStore {
  return place.startsWith("s3://") ? openS3Store(place) : openFolderStore(place);
}

/**
 * The files to copy, relative. The checkpoint comes first: whatever is written while the others are copied is then newer
 * than it, and that is what a run finds after a kill, too.
 */
export function filesToSave(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => !isPassing(name));
  const files = names.filter((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.isFile());
  const first = (name: string) => (name === "last.safetensors" ? 0 : 1);
  return files.map((name) => relative(".", name)).sort((a, b) => first(a) - first(b) || (a < b ? -1 : 1));
}

/** Locks and files in the making are of the process that has them. */
function isPassing(name: string): boolean {
  return /(^|[/\\])(evaluation\.)?lock($|\.)/.test(name) || name.endsWith(".tmp") || name.endsWith(".new");
}
