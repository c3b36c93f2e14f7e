/** A study and its records, for commands that read them: from PGlite in the study's folder, or from DATABASE_URL. */
import { existsSync } from "node:fs";
import { InputError } from "../../../base/errors.ts";
import { LockHeldError } from "../../../base/pid-lock.ts";
import { startProgress } from "../../../base/progress.ts";
import type { Store, StorePlace } from "../../../store/index.ts";
import type { StudyDatabase } from "../../../study/database/study-database.ts";
import type { Study } from "../../../study/study-file.ts";

/** Reads the study's folder, with progress and notes on stderr. */
export async function readStudyFolder(folder: string): Promise<Study> {
  const { readStudy } = await import("../../../study/study-file.ts");
  const progress = startProgress();
  try {
    return await readStudy(folder, (done, total) => progress.update("reading images", done, total));
  } finally {
    progress.end();
  }
}

/** Where the study's records lie. */
export async function placeOf(study: Study): Promise<StorePlace> {
  const { studyPaths } = await import("../../../study/study-folder.ts");
  const url = process.env.DATABASE_URL;
  return url === undefined || url === "" ? { folder: studyPaths(study.folder).database } : { url };
}

/**
 * Opens the study's records for `work` and closes them after it, however it ends.
 * @throws InputError when there are none, or a running server holds them
 */
export async function withRecords<T>(study: Study, work: (database: StudyDatabase) => Promise<T>): Promise<T> {
  const { openStore } = await import("../../../store/index.ts");
  const { StudyDatabase } = await import("../../../study/database/study-database.ts");
  const place = await placeOf(study);
  if ("folder" in place && !existsSync(place.folder))
    throw new InputError(
      `${study.folder}: nobody has taken part yet; begin with oversight study serve ${study.folder}`,
    );
  const store: Store = await openStore(place).catch((error) => {
    if (!(error instanceof LockHeldError)) throw error;
    throw new InputError(`${error.message}; or keep the records in PostgreSQL (DATABASE_URL), which serves several`);
  });
  try {
    return await work(await StudyDatabase.open(store, study));
  } finally {
    await store.close();
  }
}
