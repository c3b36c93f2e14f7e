/** What the server says no to, and how every error leaves it: as a `Refusal`, without a word of the server's inside. */
import type {} from "@fastify/rate-limit";
import type { FastifyError, FastifyInstance, FastifyReply } from "fastify";
import type { Refusal, RefusalCode } from "../contract/api.ts";

export const statuses = {
  malformed: 400,
  unauthorized: 401,
  "not-found": 404,
  "already-committed": 409,
  "out-of-order": 409,
  "already-joined": 409,
  "too-large": 413,
  "requirement-not-met": 422,
  "too-many-requests": 429,
  internal: 500,
} as const satisfies Record<RefusalCode, number>;

/** Thrown by routes. The message is for a person, in one line. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Turns whatever routes and Fastify throw into refusals. */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError | Refused, _request, reply) => {
    if (error instanceof Refused) return refuse(reply, error.code, error.message);
    const status = error.statusCode ?? 500;
    if (status === 413) return refuse(reply, "too-large", "more than a trial can be");
    if (status === 429) return refuse(reply, "too-many-requests", "too many requests from this address; wait a little");
    // Bodies that are no JSON, or of another type; addresses that are no addresses.
    if (status >= 400 && status < 500) return refuse(reply, "malformed", "the request is not well-formed");
    reply.log.error({ err: error }, "fault");
    return refuse(reply, "internal", "something is wrong on our side; what was confirmed is safe");
  });
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (_request, reply) => {
    return refuse(reply, "not-found", "there is nothing here");
  });
}

function refuse(reply: FastifyReply, code: RefusalCode, message: string): FastifyReply {
  const refusal: Refusal = { error: { code, message } };
  return reply.code(statuses[code]).header("cache-control", "no-store").send(refusal);
}
