/** Checkpoints in a folder that all workers see. */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { explainSystemError, InputError } from "../../base/errors.ts";
import { type CheckpointStore, filesToSave } from "./checkpoint-store.ts";

export function openFolderStore(root: string): CheckpointStore {
  const place = (key: string) => join(root, key);
  return {
    async save(key, folder) {
      const fresh = `${place(key)}.${randomUUID()}.new`;
      try {
        await copy(filesToSave(folder), folder, fresh);
        // Whole or not there.
        await rename(fresh, place(key));
      } catch (error) {
        await rm(fresh, { recursive: true, force: true }).catch(() => {});
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
    remove: (key) => rm(place(key), { recursive: true, force: true }),
  };
}

async function copy(files: readonly string[], from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const file of files) {
    await mkdir(dirname(join(to, file)), { recursive: true });
    await cp(join(from, file), join(to, file));
  }
}
