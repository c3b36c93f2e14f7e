/** Checkpoints in a folder that all workers see. */
import { existsSync } from "node:fs";
import { cp, mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { explainSystemError, InputError } from "../../base/errors.ts";
import { type CheckpointStore, filesToSave } from "./checkpoint-store.ts";

export function openFolderStore(root: string): CheckpointStore {
  const place = (key: string) => join(root, key);
  const unfinished = (key: string) => `${place(key)}.new`;
  return {
    async save(key, folder) {
      const fresh = unfinished(key);
      try {
        await copy(filesToSave(folder), folder, fresh);
        // Whole or not there.
        await rename(fresh, place(key));
      } catch (error) {
        throw explainSystemError(error, "write the checkpoint", place(key));
      }
    },
    async load(key, folder) {
      const saved = place(key);
      if (!existsSync(saved)) throw new InputError(`${saved}: there is no such checkpoint`);
      try {
        await rm(folder, { recursive: true, force: true });
        await copy(filesToSave(saved), saved, folder);
      } catch (error) {
        throw explainSystemError(error, "read the checkpoint", saved);
      }
    },
    async remove(key) {
      for (const path of [unfinished(key), place(key)]) await rm(path, { recursive: true, force: true });
    },
  };
}

async function copy(files: readonly string[], from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const file of files) {
    await mkdir(dirname(join(to, file)), { recursive: true });
    await cp(join(from, file), join(to, file));
  }
}
