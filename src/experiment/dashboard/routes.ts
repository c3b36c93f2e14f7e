/** What the dashboard answers under `/api`; contract.ts says what to. */
import { createReadStream, existsSync } from "node:fs";
import { join, relative, sep } from "node:path";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { stringify } from "yaml";
import { type ZodType, z } from "zod";
import { InputError } from "../../base/errors.ts";
import { readMapIndex } from "../../evaluation/index.ts";
import { Refused } from "../../study/server/refused.ts";
import { imageHeader } from "../../vision/index.ts";
import { type Board, type BoardRun, stampOf } from "./board.ts";
import type { Cams } from "./cams.ts";
import { compareRuns, readCurve, readRunResults } from "./comparison.ts";
import type { CamAnswer, ImageDetail, RunDetail } from "./contract.ts";
import { type ImageSets, imageRow, imagesPage, plainMap } from "./image-sets.ts";
import type { Live } from "./live.ts";
import type { Pictures } from "./pictures.ts";

export interface RouteDependencies {
  board: Board;
  live: Live;
  sets: ImageSets;
  pictures: Pictures;
  cams: Cams;
}

/** Runs that may be compared at once. */
const mostCompared = 200;

const runId = z.string().regex(/^[0-9a-f]{16}$/);
const number = z.coerce.number().int().min(0).max(1e9);
const runParameters = z.object({ run: runId });
const pictureParameters = z.object({ run: runId, picture: number });
const setParameters = z.object({ set: number });
const imageParameters = z.object({ set: number, image: number });
const camParameters = z.object({ set: number, image: number, run: runId });
const runsQuery = z.object({
  runs: z
    .string()
    .transform((text) => (text === "" ? [] : text.split(",")))
    .pipe(z.array(runId).max(mostCompared)),
});
const some = z.string().max(500).optional();
const imagesQuery = z.object({
  page: z.coerce.number().int().min(1).max(1e9).default(1),
  pageSize: z.coerce.number().int().min(1).max(200).default(48),
  ...{ label: some, source: some, search: some },
});
const sizeQuery = z.object({ size: z.enum(["small", "large"]).default("large") });

export function addRoutes(app: FastifyInstance, { board, live, sets, pictures, cams }: RouteDependencies): void {
  app.get("/overview", async () => {
    await live.refresh();
    return board.overview();
  });

  app.get("/events", async (_request, reply) => {
    const stream = await live.watch();
    if (stream === undefined) throw new Refused("too-many-requests", "too many pages watch already");
    return reply.type("text/event-stream").header("x-accel-buffering", "no").send(stream);
  });

  const theRun = async (id: string): Promise<BoardRun> => {
    if (!board.runs.has(id)) await live.refresh();
    const found = board.runs.get(id);
    if (found === undefined) throw new Refused("not-found", `the experiment has no run ${id}`);
    return found;
  };

  app.get("/runs/:run", async (request): Promise<RunDetail> => {
    const { run } = await theRun(check(runParameters, request.params).run);
    const pictures = picturesOf(run.folder).map(({ file: _, ...rest }) => rest);
    const folder = relative(board.folder, run.folder).split(sep).join("/");
    return { run: run.id, folder, settings: stringify(run.config), results: readRunResults(run), pictures };
  });

  app.get("/runs/:run/pictures/:picture", async (request, reply) => {
    const asked = check(pictureParameters, request.params);
    const { run } = await theRun(asked.run);
    // The index allows plain names of PNG files alone.
    const entry = picturesOf(run.folder)[asked.picture];
    const file = entry && join(run.folder, "maps", entry.file);
    if (file === undefined || !existsSync(file)) throw new Refused("not-found", "there is no such picture");
    return reply.type("image/png").send(createReadStream(file));
  });

  const theRuns = async (request: FastifyRequest) => Promise.all(check(runsQuery, request.query).runs.map(theRun));
  app.get("/curves", async (request) => (await theRuns(request)).map(({ run }) => readCurve(run)));
  app.get("/comparison", async (request) => compareRuns(await theRuns(request)));

  const theSet = async (number: number) => {
    if (board.sets[number] === undefined) await live.refresh();
    const place = board.sets[number];
    if (place === undefined) throw new Refused("not-found", "there is no such set of images");
    return { place, samples: await sets.samples(place) };
  };
  const theImage = async (params: unknown) => {
    const asked = check(imageParameters, params);
    const { place, samples } = await theSet(asked.set);
    const sample = samples[asked.image];
    if (sample === undefined) throw new Refused("not-found", `${place.name} has no image ${asked.image}`);
    return { place, samples, sample, image: asked.image };
  };

  app.get("/sets/:set/images", async (request) => {
    const { samples } = await theSet(check(setParameters, request.params).set);
    return imagesPage(samples, check(imagesQuery, request.query));
  });

  app.get("/sets/:set/images/:image", async (request): Promise<ImageDetail> => {
    const { place, samples, sample, image } = await theImage(request.params);
    const { width, height } = await imageHeader(sample.path);
    return { ...imageRow(sample, image), set: place.name, of: samples.length, width, height };
  });

  app.get("/sets/:set/images/:image/picture", async (request, reply) => {
    const { sample } = await theImage(request.params);
    const { size } = check(sizeQuery, request.query);
    return reply.type("image/jpeg").send(await pictures.get(sample.path, size, await stampOf(sample.path)));
  });

  app.get("/sets/:set/images/:image/map", async (request) => {
    const { sample } = await theImage(request.params);
    if (sample.saliency === undefined) throw new Refused("not-found", "the manifest names no map of this image");
    return plainMap(sample.saliency);
  });

  app.get("/sets/:set/images/:image/cams/:run", async (request): Promise<CamAnswer> => {
    const { run } = await theRun(check(camParameters, request.params).run);
    const { sample } = await theImage(request.params);
    if (!existsSync(join(run.folder, "best.safetensors")))
      throw new Refused("not-found", "it has no weights yet: its training has not finished an epoch");
    const answer = await cams.ask(run, sample);
    if (answer === undefined) throw new Refused("too-many-requests", "too many maps are waiting already: try again");
    return answer;
  });
}

/** None where the run has not been evaluated, or the index cannot be read: the pictures are an addition. */
function picturesOf(folder: string): ReturnType<typeof readMapIndex> {
  try {
    return readMapIndex(folder);
  } catch (error) {
    if (error instanceof InputError) return [];
    throw error;
  }
}

function check<T>(schema: ZodType<T>, value: unknown): T {
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  const { path, message } = checked.error.issues[0];
  throw new Refused("malformed", `${path.join(".")}: ${message}`);
}
