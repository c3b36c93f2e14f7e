/**
 * The server's log: JSON lines that say what was asked for and how it ended, and nothing of who asked: no address, no
 * token, no body, no number of a trial, only the route's pattern.
 */
import type { FastifyInstance, FastifyServerOptions } from "fastify";
import { systemErrorCode } from "../../base/errors.ts";

export type LogStream = { write(line: string): unknown };

/** @param stream where lines go; without it, nowhere */
export function logSettings(stream: LogStream | undefined): FastifyServerOptions["logger"] {
  if (stream === undefined) return false;
  return {
    level: "info",
    stream: {
      write: (line: string) => {
        stream.write(line);
      },
    },
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (level: string) => ({ level }) },
    // A database's error quotes the values it refused: they stay out. So does what Fastify would say of request and reply.
    serializers: {
      err: (error: Error) => ({
        type: error.name,
        code: systemErrorCode(error),
        message: systemErrorCode(error) === undefined ? error.message : "",
        stack:
          error.stack
            ?.split("\n")
            .filter((line) => /^\s+at /.test(line))
            .join("\n") ?? "",
      }),
      req: () => ({}),
      res: () => ({ statusCode: 0 }),
    },
  };
}

/** Milliseconds. */
const floodReportInterval = 10_000;

/**
 * A line for each request that changes something or is refused. Requests beyond the limit would flood the log, too: they
 * are counted and told now and then.
 */
export function logRequests(app: FastifyInstance): void {
  let refused = 0;
  const report = () => {
    if (refused > 0) app.log.warn({ refused, withinMs: floodReportInterval }, "too many requests");
    refused = 0;
  };
  const timer = setInterval(report, floodReportInterval).unref();
  app.addHook("onClose", async () => {
    clearInterval(timer);
    report();
  });
  app.addHook("onResponse", (request, reply, done) => {
    const { statusCode: status } = reply;
    if (status === 429) refused++;
    else if (status >= 400 || request.method === "POST") {
      const line = {
        method: request.method,
        route: request.routeOptions.url,
        status,
        ms: Math.round(reply.elapsedTime),
      };
      if (status >= 400) app.log.warn(line, "refused");
      else app.log.info(line, "done");
    }
    done();
  });
}
