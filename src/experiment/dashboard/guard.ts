/**
 * Who may look. On this machine's own address: whoever is on this machine, and no other site's page, which could otherwise
 * reach it under a name of its own that leads here. Anywhere else: whoever has the link that was printed at start, which
 * is changed for a cookie that scripts cannot read.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import cookie from "@fastify/cookie";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { Refused } from "../../study/server/refused.ts";
import { isSameOrigin } from "../../study/server/researcher/same-origin.ts";
import { ResearcherSessions, sessionSeconds } from "../../study/server/researcher/sessions.ts";

const loginSchema = z.strictObject({ token: z.string().min(1).max(1000) });

/** Whether a host, as a person writes it, is this machine alone. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
}

/** Refuses whoever is not on this machine, by the name under which the browser asks. */
export function guardByHost(app: FastifyInstance): void {
  app.addHook("onRequest", async ({ hostname }) => {
    if (!isLoopback(hostname)) throw new Refused("unauthorized", "this address is for this machine alone");
  });
}

/** Adds the login, and refuses every other route below `/api` to whoever has not logged in. */
export async function guardByToken(app: FastifyInstance, token: string): Promise<void> {
  await app.register(cookie);
  const sessions = new ResearcherSessions(Date.now);
  // Browsers send a host's cookies to all of its ports: another dashboard's must not take the place of this one's.
  const name = `dashboard-${digest(token).toString("hex").slice(0, 8)}`;

  app.addHook("onRequest", async (request) => {
    if (!request.url.startsWith("/api/") || request.routeOptions.url === "/api/login") return;
    const id = request.cookies[name];
    if (id === undefined || !sessions.isOpen(id))
      throw new Refused("unauthorized", "open the link that oversight dashboard printed when it started");
  });

  app.post("/api/login", { bodyLimit: 4096 }, async (request, reply) => {
    if (!isSameOrigin(request))
      throw new Refused("unauthorized", "the request does not come from the dashboard's page");
    const body = loginSchema.safeParse(request.body);
    if (!body.success) throw new Refused("malformed", 'expected {"token": …}');
    if (!timingSafeEqual(digest(body.data.token), digest(token)))
      throw new Refused("unauthorized", "this link is of an earlier start: open the one that was printed last");
    return reply
      .setCookie(name, sessions.open(), {
        ...{ httpOnly: true, sameSite: "strict", path: "/api", maxAge: sessionSeconds },
        secure: request.protocol === "https",
      })
      .code(204)
      .send();
  });
}

const digest = (text: string) => createHash("sha256").update(text).digest();
