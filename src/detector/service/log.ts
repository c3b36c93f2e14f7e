/** The service's log: JSON lines of what was asked for and how it ended; nothing of who asked or what was sent. */
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
    base: { pid: process.pid },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (level: string) => ({ level }) },
    serializers: {
      err: (error: Error) => ({
        type: error.name,
        code: systemErrorCode(error),
        message: error.message,
        stack: error.stack ?? "",
      }),
      req: () => ({}),
      res: () => ({ statusCode: 0 }),
    },
  };
}

export function logRequests(app: FastifyInstance): void {
  app.addHook("onResponse", (request, reply, done) => {
    const { statusCode: status } = reply;
    if (request.method === "POST" || status >= 400) {
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
