/** The researcher's API under `/api/researcher`: ../../contract/researcher-api.ts says what it answers. */
import { createReadStream } from "node:fs";
import cookie from "@fastify/cookie";
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { type ZodType, z } from "zod";
import { conditions, sessionStates } from "../../contract/api.ts";
import {
  type ImageDetail,
  type ImagesQuery,
  imageRoles,
  imageSorts,
  mostListed,
  type ParticipantDetail,
  type ParticipantsQuery,
  participantSorts,
  type TrialDetail,
} from "../../contract/researcher-api.ts";
import { judgementsOfImage, recordOfParticipant, strokesOfTrial } from "../../database/researcher-queries.ts";
import type { StudyDatabase } from "../../database/study-database.ts";
import { Refused } from "../refused.ts";
import { imageRow, imagesPage, participantRow, participantsPage, shownImage } from "./lists.ts";
import { liveFrom } from "./live.ts";
import { addLogin, type LoginDependencies } from "./login.ts";
import { OverviewReader } from "./overview.ts";
import { Thumbnails } from "./thumbnails.ts";

export interface ResearcherDependencies extends LoginDependencies {
  database: StudyDatabase;
  /** The PNG file of an image as participants see it, by its id. */
  pictureFile: (image: number) => string;
}

const paging = {
  page: z.coerce.number().int().min(1).max(1_000_000).default(1),
  pageSize: z.coerce.number().int().min(1).max(200).default(24),
  descending: z.stringbool().default(false),
};
const imagesSchema: ZodType<ImagesQuery> = z.strictObject({
  ...paging,
  sort: z.enum(imageSorts).default("id"),
  role: z.enum(imageRoles).default("main"),
  search: z.string().trim().min(1).max(200).optional(),
});
const participantsSchema: ZodType<ParticipantsQuery> = z.strictObject({
  ...paging,
  sort: z.enum(participantSorts).default("id"),
  state: z.enum(sessionStates).optional(),
  condition: z.enum(conditions).optional(),
});

/** Mount with the prefix `/api/researcher`. Everything but the login itself needs the login. */
export const researcherRoutes: FastifyPluginAsync<ResearcherDependencies> = async (app, dependencies) => {
  const { database, pictureFile, now } = dependencies;
  const { study } = database;
  const overview = new OverviewReader(database, now);
  const thumbnails = new Thumbnails();
  const images = new Map(study.images.map((image) => [image.id, image]));

  await app.register(cookie);
  addLogin(app, dependencies);

  app.get("/live", async () => liveFrom(study, await overview.read()));

  app.get("/images", async (request) => {
    const query = check(imagesSchema, request);
    return imagesPage(study, await overview.read(), query);
  });

  app.get("/images/:id", async (request) => {
    const image = images.get(idOf(request));
    if (image === undefined) nothingThere();
    const list = await judgementsOfImage(database, image.id, mostListed);
    const sums = (await overview.read()).images.filter((row) => row.image === image.id);
    return { ...imageRow(study, image, sums), list } satisfies ImageDetail;
  });

  app.get("/images/:id/picture", async (request, reply) => {
    const image = images.get(idOf(request));
    if (image === undefined) nothingThere();
    return keep(reply)
      .type("image/png")
      .send(createReadStream(pictureFile(image.id)));
  });

  app.get("/images/:id/thumbnail", async (request, reply) => {
    const image = images.get(idOf(request));
    if (image === undefined) nothingThere();
    const picture = await thumbnails.get(image.id, pictureFile(image.id));
    return keep(reply).type("image/jpeg").send(picture);
  });

  app.get("/participants", async (request) => {
    const query = check(participantsSchema, request);
    return participantsPage(await overview.read(), query);
  });

  app.get("/participants/:id", async (request) => {
    const id = idOf(request);
    const sums = (await overview.read()).participants.find((participant) => participant.id === id);
    const record = sums && (await recordOfParticipant(database, id));
    if (sums === undefined || record === undefined) nothingThere();
    const { question, questions } = study.protocol;
    const answers = (["before", "after"] as const).flatMap((form) => {
      const given = form === "before" ? record.answersBefore : record.answersAfter;
      return given === null
        ? []
        : questions[form].map(({ id, text }) => ({ form, id, question: text, answer: given[id] ?? null }));
    });
    const list = record.trials.map(({ left, right, ...trial }) => ({
      ...trial,
      left: shownImage(study, images.get(left)!),
      right: shownImage(study, images.get(right)!),
    }));
    return { ...participantRow(sums), question: question.text, answers, list } satisfies ParticipantDetail;
  });

  app.get("/trials/:id", async (request) => {
    const id = idOf(request);
    const strokes = await strokesOfTrial(database, id);
    return strokes ? ({ id, strokes } satisfies TrialDetail) : nothingThere();
  });
};

/** As the address has it. Anything but the digits of an id that fits the database's is nothing's id. */
function idOf(request: FastifyRequest): number {
  const { id } = request.params as { id: string };
  return /^[1-9]\d{0,8}$/.test(id) ? Number(id) : nothingThere();
}

function nothingThere(): never {
  throw new Refused("not-found", "there is no such thing in this study");
}

function check<T>(schema: ZodType<T>, request: FastifyRequest): T {
  const checked = schema.safeParse(request.query);
  if (checked.success) return checked.data;
  const { path, message } = checked.error.issues[0];
  throw new Refused("malformed", `${path.join(".") || "query"}: ${message}`);
}

/** An id's picture stays the same as long as the study does; other people's caches are not to have it. */
function keep(reply: FastifyReply): FastifyReply {
  return reply.header("cache-control", "private, max-age=3600");
}
