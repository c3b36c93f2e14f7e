/**
 * The detector as an HTTP service: one image a request, its bytes as the body. Nothing is stored, and the log holds
 * nothing of the images or of who sent them.
 */
import swagger from "@fastify/swagger";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from "fastify";
import { Registry } from "prom-client";
import { version } from "../../base/version.ts";
import type { RgbImage } from "../../vision/decode.ts";
import { batchFor, type Judgement } from "../detector.ts";
import { ImageReader } from "../image-reader.ts";
import type { NodeDetector } from "../load-detector.ts";
import { overlayPng } from "../overlay-png.ts";
import { Admission } from "./admission.ts";
import { type Explained, type Health, type Scored, schemas } from "./api.ts";
import type { KeyCheck } from "./keys.ts";
import { type LogStream, logRequests, logSettings } from "./log.ts";
import { measure } from "./metrics.ts";
import { addSecurityHeaders, servePage } from "./page.ts";
import { answerErrors, Refused } from "./refused.ts";

export interface ServiceLimits {
  /** Bytes of one body. */
  body: number;
  /** Of one image. */
  pixels: number;
  /** Milliseconds that an image may wait for its turn; whoever would wait longer is sent away with 429. */
  wait: number;
  /** Milliseconds within which a whole request must have come. */
  receive: number;
  /** Milliseconds within which an answer goes out, if only to say that it takes too long. */
  answer: number;
}

export const defaultLimits: ServiceLimits = {
  body: 20 * 2 ** 20,
  pixels: 25_000_000,
  wait: 2_000,
  receive: 15_000,
  answer: 30_000,
};

/** Bytes, of one process: of bodies that are here, and of images that are decoded. */
const memory = { bodies: 256 * 2 ** 20, images: 256 * 2 ** 20 };
const connections = 2_000;

export interface ServiceOptions {
  detector: NodeDetector;
  /** The detector's folder, for the page that judges in the browser; without it, or with keys, there is no page. */
  folder?: string | undefined;
  /** Folder of the built page, where it is another than the package's. */
  page?: string | undefined;
  /** Who may use the service; everybody without it. */
  keys?: KeyCheck | undefined;
  limits?: Partial<ServiceLimits> | undefined;
  /** Where the log goes; nowhere without it. */
  log?: LogStream | undefined;
  /** Where this process's measures are kept; a new one without it. */
  registry?: Registry | undefined;
  /** The measures of all processes; this one's without it. */
  gatherMetrics?: (() => Promise<string>) | undefined;
}

/**
 * Makes the service, having judged one image, so that what cannot work does not begin; it does not listen yet. Closing it
 * answers what is under way; the detector stays open.
 */
export async function makeService(options: ServiceOptions): Promise<FastifyInstance> {
  const { detector, folder, page, keys, log, registry = new Registry() } = options;
  const gatherMetrics = options.gatherMetrics ?? (() => registry.metrics());
  const limits = { ...defaultLimits, ...options.limits };
  const app = Fastify({
    bodyLimit: limits.body,
    requestTimeout: limits.receive,
    keepAliveTimeout: 30_000,
    connectionTimeout: limits.receive + limits.answer,
    http: {
      headersTimeout: Math.min(10_000, limits.receive),
      connectionsCheckingInterval: Math.min(1_000, limits.receive / 2),
      maxHeaderSize: 16_384,
    },
    logger: logSettings(log),
    logController: new LogController({ disableRequestLogging: true }),
  });
  app.server.maxConnections = connections;
  // A pass for each thread, and what is decoded meanwhile.
  const atOnce = detector.threads * (batchFor(detector.about.inputSize) + 2);
  const admission = new Admission(
    { wait: limits.wait, bytes: memory.bodies },
    atOnce,
    (await warmUp(detector)) / detector.threads,
  );
  const reader = new ImageReader({ memory: memory.images, pixels: limits.pixels });
  const { waited, judging } = measure(app, registry, () => admission.waiting);

  addSecurityHeaders(app);
  logRequests(app);
  answerErrors(app);
  closeWhenAnswered(app);
  // The body is an image's bytes and nothing else.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    /^(?:image\/[\w.+-]+|application\/octet-stream)\b/,
    { parseAs: "buffer" },
    async (_request: FastifyRequest, body: Buffer) => body,
  );
  app.setValidatorCompiler(() => () => true);
  await app.register(swagger, {
    openapi: { openapi: "3.1.0", info: { title: `Oversight: ${detector.about.name}`, version } },
  });

  const requireKey = async ({ headers }: FastifyRequest) => {
    if (keys === undefined || keys(headers.authorization)) return;
    throw new Refused("unauthorized", "send a key that is known, as Authorization: Bearer <key>");
  };

  /** Reads, judges and answers one image, in its turn and in time. */
  async function judge<T>(
    { body, raw }: FastifyRequest,
    answer: (judgement: Judgement, image: RgbImage) => T | Promise<T>,
  ): Promise<T> {
    if (!(body instanceof Buffer) || body.byteLength === 0) {
      throw new Refused("malformed", "the request has no body; send the image's bytes");
    }
    const work = inTurn(async (begun) => {
      if (raw.socket.destroyed) throw new Refused("malformed", "whoever asked has gone");
      return reader.with(body, "the image", async (image) => {
        const [judgement] = await detector.score([image]);
        judging.observe((performance.now() - begun) / 1000);
        return answer(judgement, image);
      });
    });
    held.set(raw, work);
    return withinTime(work, limits.answer);
  }

  async function inTurn<T>(work: (begun: number) => Promise<T>): Promise<T> {
    const came = performance.now();
    const end = await admission.turn();
    const begun = performance.now();
    waited.observe((begun - came) / 1000);
    return work(begun).finally(end);
  }

  const held = new WeakMap<FastifyRequest["raw"], Promise<unknown>>();
  /** The place is given back when the answer is out and the work is done: who hangs up frees nothing before. */
  const enter = async (request: FastifyRequest, reply: FastifyReply) => {
    const told = Number(request.headers["content-length"]);
    const leave = admission.enter(Number.isFinite(told) ? Math.min(told, limits.body) : limits.body);
    reply.raw.once("close", () => {
      const work = held.get(request.raw) ?? Promise.resolve();
      work.then(leave, leave);
    });
  };

  const { classes, positive, threshold } = detector.about;
  const scoredOf = ({ score, verdict, logits }: Judgement, { width, height }: RgbImage): Scored => ({
    ...{ score, positive, threshold, verdict },
    logits: Object.fromEntries(classes.map((name, index) => [name, logits[index]])),
    image: { width, height },
    model: detector.model,
  });

  const guarded = { onRequest: [requireKey, enter] };
  // Registered, so that the OpenAPI document knows of the routes.
  await app.register(async (api) => {
    api.post("/v1/score", { ...guarded, schema: schemas.score }, (request, reply) => {
      reply.header("cache-control", "no-store");
      return judge(request, scoredOf);
    });
    api.post("/v1/explain", { ...guarded, schema: schemas.explain }, async (request, reply) => {
      reply.header("cache-control", "no-store");
      if (/\bapplication\/json\b/.test(request.headers.accept ?? "")) {
        return judge(request, (judgement, image): Explained => {
          const { width, height, values } = judgement.cam;
          return { ...scoredOf(judgement, image), cam: { width, height, values: Array.from(values) } };
        });
      }
      const { png, score } = await judge(request, async ({ cam, score }, image) => ({
        png: await overlayPng(image, cam),
        score,
      }));
      return reply.header("x-score", score).type("image/png").send(png);
    });
    api.get("/healthz", { schema: schemas.health }, async (): Promise<Health> => {
      return { status: "ok", model: detector.model, waiting: admission.waiting };
    });
    api.get("/metrics", { onRequest: requireKey, schema: { hide: true } }, async (_request, reply) =>
      reply.type(registry.contentType).send(await gatherMetrics()),
    );
    api.get("/openapi.json", { schema: { hide: true } }, async () => app.swagger());
  });
  if (folder !== undefined && keys === undefined) await servePage(app, folder, page);
  return app;
}

/** Clients that keep their connections would hold up the end until these time out. */
function closeWhenAnswered(app: FastifyInstance): void {
  let closing = false;
  app.addHook("preClose", async () => {
    closing = true;
  });
  app.addHook("onSend", async (_request, reply) => {
    if (closing) reply.header("connection", "close");
  });
}

/** @returns milliseconds of the second of two images: the first pass lays out its memory */
async function warmUp(detector: NodeDetector): Promise<number> {
  const size = detector.about.inputSize;
  const grey = { width: size, height: size, data: new Uint8Array(size * size * 3).fill(128) };
  await Promise.all(Array.from({ length: detector.threads }, () => detector.score([grey])));
  const begun = performance.now();
  await detector.score([grey]);
  return performance.now() - begun;
}

async function withinTime<T>(work: Promise<T>, limit: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Refused("too-slow", "the answer takes too long; come again later", 5)), limit);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
