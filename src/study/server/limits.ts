/**
 * How much one address may ask of the server, so that nobody slows the others. A laboratory of fifty people behind one
 * address stays far below: each asks for three or four things a trial, and a few dozen when the page opens.
 */
import type { Server, Socket } from "node:net";
import rateLimit, { normalizeIP } from "@fastify/rate-limit";
import type { FastifyInstance } from "fastify";

export interface Limits {
  /** Of one address; of IPv6, of one /64. */
  requestsPerMinute: number;
  joinsPerMinute: number;
  /** Open at once from one address. Not counted behind a proxy, whose connections are everybody's. */
  connectionsPerAddress: number;
}

export const defaultLimits: Limits = { requestsPerMinute: 6000, joinsPerMinute: 120, connectionsPerAddress: 500 };

/** Who has one IPv6 address has all that share so many of its bits. */
const ipv6Subnet = 64;

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

/**
 * Answers 429 to an address beyond its share of the window. An address that goes on as if nothing had been said is hung
 * up on until the window ends, for even a refusal costs: at ten thousand a second they would hold up everybody.
 * @param proxied connections are a proxy's, and everybody's: then nobody is hung up on
 */
export async function limitRequests(app: FastifyInstance, limits: Limits, proxied: boolean): Promise<void> {
  const share = Math.ceil((limits.requestsPerMinute * rateWindow) / 60_000);
  const headers = { "x-ratelimit-limit": false, "x-ratelimit-remaining": false, "x-ratelimit-reset": false };
  /** Refusals in this window, by network. */
  const refused = new Map<string, number>();
  const isDeaf = (network: string) => (refused.get(network) ?? 0) > share;
  const timer = setInterval(() => refused.clear(), rateWindow).unref();
  app.addHook("onClose", async () => clearInterval(timer));
  await app.register(rateLimit, {
    max: share,
    timeWindow: rateWindow,
    ipv6Subnet,
    addHeadersOnExceeding: headers,
    addHeaders: { ...headers, "retry-after": true },
    // So many addresses are remembered at once.
    cache: 50_000,
    onExceeded({ raw: { socket } }, network) {
      if (proxied) return;
      refused.set(network, (refused.get(network) ?? 0) + 1);
      if (isDeaf(network)) socket.destroy();
    },
  });
  if (!proxied) limitConnections(app.server, limits, isDeaf);
}

/** Refuses connections beyond so many from one address, and all of those that do not hear. */
function limitConnections(
  server: Server,
  { connectionsPerAddress }: Limits,
  isDeaf: (network: string) => boolean,
): void {
  const open = new Map<string, number>();
  server.on("connection", (socket: Socket) => {
    const network = normalizeIP(socket.remoteAddress ?? "", ipv6Subnet);
    const count = (open.get(network) ?? 0) + 1;
    if (count > connectionsPerAddress || isDeaf(network)) {
      socket.destroy();
      return;
    }
    open.set(network, count);
    socket.once("close", () => {
      const left = open.get(network)! - 1;
      if (left > 0) open.set(network, left);
      else open.delete(network);
    });
  });
}
