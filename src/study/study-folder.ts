/** Where things lie in a study's folder. */
import { join, resolve } from "node:path";

export interface StudyPaths {
  /** Absolute, as all of them are. */
  folder: string;
  /** The protocol: the only one that a person writes. */
  protocol: string;
  /** Keys and the password's hash; readable by its owner alone. */
  secret: string;
  /** Prepared images, and what is remembered of the originals. */
  images: string;
  /** The embedded database, where no other is named. */
  database: string;
  maps: string;
  exports: string;
  report: string;
}

export function studyPaths(folder: string): StudyPaths {
  const root = resolve(folder);
  return {
    folder: root,
    protocol: join(root, "study.yaml"),
    secret: join(root, "secret.json"),
    images: join(root, "images"),
    database: join(root, "database"),
    maps: join(root, "maps"),
    exports: join(root, "exports"),
    report: join(root, "report.html"),
  };
}
