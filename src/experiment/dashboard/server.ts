/** The dashboard's server: reads an experiment's folder, and writes nothing there but the CAMs that it was asked for. */
import { randomBytes } from "node:crypto";
import Fastify, { type FastifyError, type FastifyInstance } from "fastify";
import { InputError, systemErrorCode } from "../../base/errors.ts";
import { addSecurityHeaders, servePages } from "../../study/server/pages.ts";
import { Refused, statuses } from "../../study/server/refused.ts";
import { Board } from "./board.ts";
import { Cams } from "./cams.ts";
import { guardByHost, guardByToken, isLoopback } from "./guard.ts";
import { ImageSets } from "./image-sets.ts";
import { Live } from "./live.ts";
import { Pictures } from "./pictures.ts";
import { addRoutes } from "./routes.ts";

export interface DashboardOptions {
  /** Of an experiment. */
  folder: string;
  /** Whoever does not have it is refused; without it, whoever is not on this machine. */
  token?: string | undefined;
  /** Folder of the built pages; without it there are the routes alone. */
  pages?: string | undefined;
  cams?: Cams | undefined;
  /** Takes faults of ours. */
  onFault?: (error: unknown) => void;
}

export interface Dashboard {
  app: FastifyInstance;
  live: Live;
}

/** Makes the server; it does not listen yet. @throws InputError when the pages are not built */
export async function makeDashboard(options: DashboardOptions): Promise<Dashboard> {
  const { folder, token, pages, onFault = () => {} } = options;
  const board = new Board(folder);
  const live = new Live(board);
  const cams = options.cams ?? new Cams(board.folder);
  const app = Fastify({
    ...{ requestTimeout: 30_000, bodyLimit: 64 * 1024 },
    // Browsers keep their lines for later, and would hold up the end for a minute.
    forceCloseConnections: true,
  });
  // Watchers would hold up the end for ever.
  app.addHook("preClose", async () => live.close());
  app.addHook("onClose", async () => cams.close());
  addSecurityHeaders(app);
  answerErrors(app, onFault);
  if (token === undefined) guardByHost(app);
  else await guardByToken(app, token);
  const sets = new ImageSets();
  await app.register(
    async (api) => {
      api.addHook("onRequest", async (_request, reply) => void reply.header("cache-control", "no-store"));
      addRoutes(api, { board, live, cams, sets, pictures: new Pictures() });
    },
    { prefix: "/api" },
  );
  if (pages !== undefined) await servePages(app, pages, { "/": "dashboard" });
  return { app, live };
}

function answerErrors(app: FastifyInstance, onFault: (error: unknown) => void): void {
  app.setErrorHandler((error: FastifyError | Refused | InputError, _request, reply) => {
    const refuse = (code: Refused["code"], message: string) =>
      reply.code(statuses[code]).header("cache-control", "no-store").send({ error: { code, message } });
    if (error instanceof Refused) return refuse(error.code, error.message);
    // A file that is not there or not what it should be: for the person who looks to know.
    if (error instanceof InputError) return refuse("not-found", error.message);
    const status = "statusCode" in error ? (error.statusCode ?? 500) : 500;
    if (status >= 400 && status < 500) return refuse("malformed", "the request is not well-formed");
    onFault(error);
    return refuse("internal", "something is wrong on our side; the terminal of oversight dashboard says what");
  });
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ error: { code: "not-found", message: "there is nothing here" } }),
  );
}

export interface RunningDashboard {
  /** To be opened; with the token where there is one. */
  link: string;
  close(): Promise<void>;
}

/**
 * Makes the server and listens. On any address but this machine's own it asks for a token, whatever was said.
 * @param port 0: any that is free
 * @throws InputError when it cannot listen there, or the pages are not built
 */
export async function startDashboard({
  host,
  port,
  ...options
}: Omit<DashboardOptions, "token"> & { host: string; port: number }): Promise<RunningDashboard> {
  const token = isLoopback(host) ? undefined : randomBytes(32).toString("base64url");
  const { app } = await makeDashboard({ ...options, token });
  try {
    const address = await app.listen({ host: host.replace(/^\[|\]$/g, ""), port });
    return { link: token === undefined ? `${address}/` : `${address}/#token=${token}`, close: () => app.close() };
  } catch (error) {
    await app.close();
    throw explainListenError(error, host, port);
  }
}

function explainListenError(error: unknown, host: string, port: number): unknown {
  const reasons: Record<string, string> = {
    EADDRINUSE: "another program listens there; choose another --port",
    EACCES: "permission denied; ports from 1024 on need no rights",
    EADDRNOTAVAIL: "this machine has no such address; choose another --host",
    ENOTFOUND: "there is no such host; choose another --host",
  };
  const reason = reasons[systemErrorCode(error) ?? ""];
  return reason === undefined ? error : new InputError(`cannot listen on ${host}, port ${port}: ${reason}`);
}
