/** The built pages, and the headers under which a browser keeps to itself whatever it gets from this server. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import staticFiles from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { InputError, systemErrorCode } from "../../base/errors.ts";

/** Where Vite puts them; the same from src/ and from dist/. */
export const builtPages = fileURLToPath(new URL("../../../dist/web/", import.meta.url));

/**
 * @param pages the names of the pages' folders by the paths at which they are served
 * @throws InputError when the pages have not been built
 */
export async function servePages(app: FastifyInstance, folder: string, pages: Record<string, string>): Promise<void> {
  for (const [path, name] of Object.entries(pages)) {
    const page = readPage(join(folder, name, "index.html"));
    app.get(path, (_request, reply) =>
      reply.type("text/html; charset=utf-8").header("cache-control", "no-cache").send(page),
    );
  }
  // Their names change with their content.
  await app.register(staticFiles, {
    root: join(folder, "assets"),
    prefix: "/assets/",
    index: false,
    redirect: false,
    dotfiles: "deny",
    immutable: true,
    maxAge: "365d",
  });
}

function readPage(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    if (systemErrorCode(error) !== "ENOENT") throw error;
    throw new InputError(`${file}: the pages are not built; run npm run setup`);
  }
}

/** HTTPS, and with it HSTS, is the proxy's. */
const headers = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    "connect-src 'self'",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "x-robots-tag": "noindex",
} as const;

export function addSecurityHeaders(app: FastifyInstance): void {
  app.addHook("onRequest", (_request, reply, done) => {
    reply.headers(headers);
    done();
  });
}
