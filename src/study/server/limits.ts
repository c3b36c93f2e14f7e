/**
 * How much one address may ask of the server, so that nobody slows the others. A laboratory of fifty people behind one
 * address stays far below: each asks for three or four things a trial, and a few dozen when the page opens.
 */
import type { Server, Socket } from "node:net";
import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance } from "fastify";

export interface Limits {
  /** Of one address; of IPv6, of one /64. */
  requestsPerMinute: number;
  joinsPerMinute: number;
  /** Open at once from one address. Not counted behind a proxy, whose connections are everybody's. */
  connectionsPerAddress: number;
}

export const defaultLimits: Limits = { requestsPerMinute: 6000, joinsPerMinute: 120, connectionsPerAddress: 500 };

/** Milliseconds. Windows are short, so that whoever ran into the limit waits no longer. */
const rateWindow = 10_000;

/** For Fastify: who sends too slowly is cut off, in milliseconds, and nothing larger than any trial is read. */
export const patience = {
  requestTimeout: 30_000,
  keepAliveTimeout: 30_000,
  /** A socket on which nothing moves. */
  connectionTimeout: 60_000,
  bodyLimit: 1024 * 1024,
  http: { headersTimeout: 10_000, connectionsCheckingInterval: 5_000, maxHeaderSize: 16_384 },
} as const;

export async function limitRequests(app: FastifyInstance, { requestsPerMinute }: Limits): Promise<void> {
  const headers = { "x-ratelimit-limit": false, "x-ratelimit-remaining": false, "x-ratelimit-reset": false };
  await app.register(rateLimit, {
    max: Math.ceil((requestsPerMinute * rateWindow) / 60_000),
    timeWindow: rateWindow,
    addHeadersOnExceeding: headers,
    addHeaders: { ...headers, "retry-after": true },
    // So many addresses are remembered at once.
    cache: 50_000,
  });
}

/** Refuses connections beyond so many from one address. */
export function limitConnections(server: Server, { connectionsPerAddress }: Limits): void {
  const open = new Map<string, number>();
  server.on("connection", (socket: Socket) => {
    const address = socket.remoteAddress ?? "";
    const count = (open.get(address) ?? 0) + 1;
    open.set(address, count);
    socket.once("close", () => {
      const left = open.get(address)! - 1;
      if (left > 0) open.set(address, left);
      else open.delete(address);
    });
    if (count > connectionsPerAddress) socket.destroy();
  });
}
