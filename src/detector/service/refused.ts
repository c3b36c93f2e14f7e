/** What the service says no to, and how every error leaves it: as a `Refusal`, without a word of the inside. */
import type { FastifyError, FastifyInstance, FastifyReply } from "fastify";
import { InputError } from "../../base/errors.ts";
import { TooManyPixelsError } from "../image-reader.ts";
import { Busy } from "./admission.ts";
import { type Refusal, type RefusalCode, refusalCodes } from "./api.ts";

export class Refused extends Error {
  override readonly name = "Refused";
  readonly code: RefusalCode;
  /** Seconds. */
  readonly retryAfter: number | undefined;

  constructor(code: RefusalCode, message: string, retryAfter?: number) {
    super(message);
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError | Error, _request, reply) => {
    const known = asRefused(error);
    if (known === undefined) reply.log.error({ err: error }, "fault");
    return refuse(reply, known ?? new Refused("internal", "something is wrong on our side"));
  });
  app.setNotFoundHandler((_request, reply) => refuse(reply, new Refused("not-found", "there is nothing here")));
}

function asRefused(error: FastifyError | Error): Refused | undefined {
  if (error instanceof Refused) return error;
  if (error instanceof Busy) return new Refused("busy", "too many images wait; come again later", error.retryAfter);
  if (error instanceof TooManyPixelsError) return new Refused("too-many-pixels", error.message);
  if (error instanceof InputError) return new Refused("unreadable-image", error.message);
  const status = "statusCode" in error ? (error.statusCode ?? 500) : 500;
  if (status === 413) return new Refused("too-large", "the body is larger than is read");
  if (status === 415)
    return new Refused("not-an-image-type", "send the image's bytes with its type, such as image/jpeg");
  if (status === 503) return new Refused("stopping", "the service is stopping", 5);
  if (status >= 400 && status < 500) return new Refused("malformed", "the request is not well-formed");
  return undefined;
}

function refuse(reply: FastifyReply, { code, message, retryAfter }: Refused): FastifyReply {
  const refusal: Refusal = { error: { code, message } };
  if (retryAfter !== undefined) reply.header("retry-after", retryAfter);
  // A body that nobody reads would hold the connection: it ends with the answer.
  if (reply.request.method === "POST" && code !== "unreadable-image") reply.header("connection", "close");
  return reply
    .code(refusalCodes[code])
    .header("cache-control", "no-store")
    .type("application/json; charset=utf-8")
    .serializer(JSON.stringify)
    .send(refusal);
}
