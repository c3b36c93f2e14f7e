/** The detector page and the model for it: images that are judged there never come here. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import staticFiles from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { detectorName, modelName } from "../detector-file.ts";
import { builtPage } from "../page-folder.ts";

/** Nothing from elsewhere, no inline script; WebAssembly may be compiled. */
const headers = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self' blob:",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "connect-src 'self'",
    "font-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
  // Isolated from other pages, so that WebAssembly may use threads.
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
} as const;

export function addSecurityHeaders(app: FastifyInstance): void {
  app.addHook("onRequest", (_request, reply, done) => {
    reply.headers(headers);
    done();
  });
}

/**
 * The page at `/`, where it has been built, and beside it the two files of the detector, as in a folder of both.
 * @param folder the detector's
 */
export async function servePage(app: FastifyInstance, folder: string, page = builtPage): Promise<void> {
  const root = resolve(folder);
  const settings = { index: false as const, redirect: false, dotfiles: "deny" as const, cacheControl: false };
  await app.register(staticFiles, { ...settings, root, serve: false });
  for (const name of [modelName, detectorName]) {
    app.get(`/${name}`, { schema: { hide: true } }, (_request, reply) =>
      reply.header("cache-control", "no-cache").sendFile(name, root),
    );
  }
  if (!existsSync(join(page, "index.html"))) return;
  app.get("/", { schema: { hide: true } }, (_request, reply) =>
    reply.header("cache-control", "no-cache").sendFile("index.html", page),
  );
  await app.register(staticFiles, {
    ...settings,
    root: page,
    prefix: "/",
    decorateReply: false,
    schemaHide: true,
    setHeaders: (response) => response.setHeader("cache-control", "no-cache"),
  });
}
