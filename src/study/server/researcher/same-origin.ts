/** Requests that change something must come from our own pages: the browser says so and no page can forge it. */
import type { FastifyRequest } from "fastify";

/**
 * Whether the browser says that one of our own pages sent the request: by `Sec-Fetch-Site`, or, where a browser does not
 * send that (plain HTTP to another machine), by an `Origin` that is the host asked for. Neither header: no.
 */
export function isSameOrigin(request: FastifyRequest): boolean {
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined) return site === "same-origin";
  const { origin } = request.headers;
  if (origin === undefined || !URL.canParse(origin)) return false;
  return new URL(origin).host === request.host;
}
