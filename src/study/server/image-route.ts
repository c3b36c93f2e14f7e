/** Images by the names that sessions hold. All answers are alike but for the pixels: headers, length, type. */
import { readFile } from "node:fs/promises";
import type { FastifyInstance } from "fastify";
import { trialShows } from "../database/participants.ts";
import type { StudyDatabase } from "../database/study-database.ts";
import type { ImageNames } from "../images/image-names.ts";
import { preparedPath } from "../images/prepare.ts";
import { RecentMap } from "./recent-map.ts";
import { Refused } from "./refused.ts";

/** So many files stay in memory: with the usual size of about a megabyte, as many megabytes. */
const keptFiles = 200;

/** An `<img>` can send no token; the name itself is the proof: only who was shown it can know it. */
export function imageRoute(
  app: FastifyInstance,
  { database, names }: { database: StudyDatabase; names: ImageNames },
): void {
  const { study } = database;
  const paths = new Map(study.images.map((image) => [image.id, preparedPath(study, image)]));
  const files = new RecentMap<string, Promise<Buffer>>(keptFiles);
  const fileAt = (path: string) => {
    let file = files.get(path);
    if (file === undefined) {
      file = readFile(path);
      files.set(path, file);
      file.catch(() => files.delete(path));
    }
    return file;
  };
  app.get<{ Params: { name: string } }>("/images/:name", async (request, reply) => {
    const named = names.resolve(request.params.name);
    const path = named && paths.get(named.image);
    // Drop-outs' and deleted trials are gone, and their images with them.
    if (path === undefined || !(await trialShows(database, named!.trial, named!.side, named!.image))) {
      throw new Refused("not-found", "there is no such image");
    }
    return reply
      .type("image/png")
      .header("cache-control", "private, max-age=86400, immutable")
      .send(await fileAt(path));
  });
}
