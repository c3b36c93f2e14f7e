/** The study's server: participants' routes, images and pages over one database. */
import Fastify, { type FastifyInstance, LogController } from "fastify";
import type { Store } from "../../store/index.ts";
import { StudyDatabase } from "../database/study-database.ts";
import { ImageNames } from "../images/image-names.ts";
import { preparedPath } from "../images/prepare.ts";
import { shownSize } from "../images/shown-size.ts";
import { type StudySecret, verifyPassword } from "../secret.ts";
import type { Study } from "../study-file.ts";
import { imageRoute } from "./image-route.ts";
import { defaultLimits, type Limits, limitRequests, patience } from "./limits.ts";
import { type LogStream, logRequests, logSettings } from "./log.ts";
import { addSecurityHeaders, servePages } from "./pages.ts";
import { participantRoutes } from "./participant-routes.ts";
import { isOurProxy } from "./proxy.ts";
import { answerErrors } from "./refused.ts";
import { researcherRoutes } from "./researcher/routes.ts";

export interface StudyServerOptions {
  /** Its images are prepared. */
  study: Study;
  store: Store;
  secret: StudySecret;
  /** Opens the researcher's pages, beside the password: random, new at each start. */
  researcherToken: string;
  /** Folder of the built pages; without it there are the routes alone. */
  pages?: string | undefined;
  clock?: (() => Date) | undefined;
  /** A proxy of this machine or network stands in front, and its X-Forwarded-For is believed. */
  trustProxy?: boolean | undefined;
  limits?: Partial<Limits> | undefined;
  /** Where the log goes; nowhere without it. */
  log?: LogStream | undefined;
}

/**
 * Makes the server; it does not listen yet. Closing it lets requests that are under way end; the store stays open.
 * @throws InputError when the images have changed since the study began, or the pages are not built
 */
export async function makeStudyServer(options: StudyServerOptions): Promise<FastifyInstance> {
  const { study, store, secret, researcherToken, pages, trustProxy = false, log } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const database = await StudyDatabase.open(store, study);
  const app = Fastify({
    ...patience,
    trustProxy: trustProxy ? isOurProxy : false,
    // Requests that come while the server ends are still answered, each as the last of its connection.
    return503OnClosing: false,
    logger: logSettings(log),
    logController: new LogController({ disableRequestLogging: true }),
  });
  const names = new ImageNames(secret.imageKey);
  const sizes = new Map(study.images.map((image) => [image.id, shownSize(image, study.protocol.images.longestSide)]));
  const now = options.clock ?? (() => new Date());

  addSecurityHeaders(app);
  logRequests(app);
  await limitRequests(app, limits, trustProxy);
  answerErrors(app);
  await app.register(
    async (api) =>
      participantRoutes(api, {
        ...{ database, study, names, now },
        sizeOf: (image) => sizes.get(image)!,
        recruitmentKey: secret.salt,
        joinsPerMinute: limits.joinsPerMinute,
      }),
    { prefix: "/api" },
  );
  const { password } = secret;
  const pictures = new Map(study.images.map((image) => [image.id, preparedPath(study, image)]));
  await app.register(researcherRoutes, {
    prefix: "/api/researcher",
    database,
    token: researcherToken,
    passwordMatches: password === undefined ? undefined : (given) => verifyPassword(given, password),
    pictureFile: (image) => pictures.get(image)!,
    now: () => now().getTime(),
  });
  imageRoute(app, { database, names });
  if (pages !== undefined) await servePages(app, pages, { "/": "participant", "/researcher": "researcher" });
  return app;
}
