/**
 * The researcher's login: by the study's password or by the token that the server printed when it started. Either gives a
 * cookie that scripts cannot read, that goes to `/api/researcher` only, and that no other site's page can make a browser
 * send.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type {} from "@fastify/cookie";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Refusal } from "../../contract/api.ts";
import { Refused } from "../refused.ts";
import { LoginAttempts } from "./attempts.ts";
import { OneByOne } from "./one-by-one.ts";
import { isSameOrigin } from "./same-origin.ts";
import { ResearcherSessions, sessionSeconds } from "./sessions.ts";

export interface LoginDependencies {
  /** Opens the pages as long as this server runs; 32 random bytes or more. */
  token: string;
  /** Undefined where the study has no password. */
  passwordMatches: ((password: string) => Promise<boolean>) | undefined;
  /** Milliseconds. */
  now: () => number;
}

const cookieName = "researcher";
const cookiePath = "/api/researcher";
const loginSchema = z.union([
  z.strictObject({ password: z.string().min(1).max(1000) }),
  z.strictObject({ token: z.string().min(1).max(1000) }),
]);

/** Passwords are checked one by one, since each check takes much memory and time; so many may wait. */
const mostWaiting = 10;

/**
 * Adds login and logout, and refuses every other route of `app` (which must be a plugin's own scope, with
 * `@fastify/cookie` registered) to whoever is not logged in, and every changing one to other sites' pages.
 */
export function addLogin(app: FastifyInstance, { token, passwordMatches, now }: LoginDependencies): void {
  const sessions = new ResearcherSessions(now);
  const attempts = new LoginAttempts(now);
  const passwords = new OneByOne();

  const isLoggedIn = ({ cookies }: FastifyRequest) => {
    const id = cookies[cookieName];
    return id !== undefined && sessions.isOpen(id);
  };

  app.addHook("onRequest", async (request, reply) => {
    reply.header("cache-control", "no-store");
    const changes = request.method !== "GET" && request.method !== "HEAD";
    if (changes && !isSameOrigin(request)) {
      const message = "the request does not come from the researcher's pages";
      return reply.code(403).send({ error: { code: "unauthorized", message } } satisfies Refusal);
    }
    if (request.routeOptions.config.open !== true && !isLoggedIn(request))
      throw new Refused("unauthorized", "log in first");
  });

  app.post("/login", { config: { open: true }, bodyLimit: 4096 }, async (request, reply) => {
    const body = loginSchema.safeParse(request.body);
    if (!body.success) throw new Refused("malformed", 'expected {"password": …} or {"token": …}');
    const wait = passwords.waiting >= mostWaiting ? 1 : attempts.begin(request.ip);
    if (wait > 0) {
      reply.header("retry-after", wait);
      throw new Refused("too-many-requests", `too many attempts; try again in ${wait} s`);
    }
    const given = body.data;
    const right =
      "token" in given
        ? isSame(given.token, token)
        : passwordMatches !== undefined && (await passwords.run(() => passwordMatches(given.password)));
    if (!right) throw new Refused("unauthorized", "wrong password or link");
    attempts.succeeded(request.ip);
    reply.setCookie(cookieName, sessions.open(), {
      httpOnly: true,
      sameSite: "strict",
      path: cookiePath,
      secure: request.protocol === "https",
      maxAge: sessionSeconds,
    });
    return reply.code(204).send();
  });

  app.post("/logout", async (request, reply) => {
    sessions.close(request.cookies[cookieName]!);
    reply.clearCookie(cookieName, { path: cookiePath });
    return reply.code(204).send();
  });
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** A route of the researcher's that needs no login. */
    open?: boolean;
  }
}

/** In a time that does not tell how much of it is right. */
function isSame(given: string, wanted: string): boolean {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(given), hash(wanted));
}
