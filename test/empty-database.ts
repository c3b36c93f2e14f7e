/** An empty PGlite database for a test, in a moment: making one takes seconds, copying one does not. */
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "../src/store/index.ts";

/**
 * Puts a database at `folder`, which must not exist, as `openStore` would make it there. The original is made once and
 * stays in the temporary folder, under a name that changes with what makes it.
 */
export async function copyEmptyDatabase(folder: string): Promise<void> {
  const makers = ["../src/store/pglite.ts", "../package-lock.json"].map((path) => new URL(path, import.meta.url));
  const digest = createHash("sha256");
  for (const maker of makers) digest.update(readFileSync(maker));
  const original = join(tmpdir(), `oversight-empty-database-${digest.digest("hex").slice(0, 16)}`);
  if (!existsSync(original)) await makeOriginal(original);
  mkdirSync(folder, { recursive: true });
  cpSync(original, folder, { recursive: true });
}

/** Of several tests that make it at once one keeps its own; the others find that it is there. */
async function makeOriginal(original: string): Promise<void> {
  const own = mkdtempSync(`${original}-`);
  await (await openStore({ folder: own })).close();
  try {
    renameSync(own, original);
  } catch (error) {
    rmSync(own, { recursive: true });
    if (!existsSync(original)) throw error;
  }
}
