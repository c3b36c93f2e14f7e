/** A plain file server, as any web host is one, and what it was asked. */
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".json": "application/json",
};

export interface FileServer {
  origin: string;
  close(): Promise<void>;
}

/** Serves the folders' files, the first folder's before the others', under the path `under`, which ends in `/`. */
export async function serveFiles(
  folders: readonly string[],
  under: string,
  headers: Record<string, string> = {},
): Promise<FileServer> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, "http://here");
    const name = pathname.startsWith(under) ? pathname.slice(under.length) || "index.html" : undefined;
    const file = name && folders.map((folder) => join(folder, normalize(name))).find(existsSync);
    if (!file) return response.writeHead(404).end();
    const type = types[extname(file)] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type, ...headers }).end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
