import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { cachedWeights, imagenetSources, imagenetWeights } from "./weights.ts";

const content = "the weights";
const file = `tiny-${createHash("sha256").update(content).digest("hex").slice(0, 8)}.pth`;

let server: Server;
let baseUrl: string;
let asked: string[];
let home: string;
let cacheFolder: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url!);
    if (request.url === `/models/${file}`) response.end(content);
    else if (request.url?.includes("densenet121")) response.end("something else");
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/models`;
});
afterAll(() => server.close());

beforeEach(() => {
  asked = [];
  home = mkdtempSync(join(tmpdir(), "home-"));
  cacheFolder = join(home, "oversight");
  vi.stubEnv("HOME", home);
  vi.stubEnv("TORCH_HOME", "");
  vi.stubEnv("XDG_CACHE_HOME", "");
});
afterEach(() => vi.unstubAllEnvs());

function put(folder: string, text = content): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, file), text);
  return join(folder, file);
}

describe("cachedWeights", () => {
  const find = () => cachedWeights(`${baseUrl}/${file}`, { cacheFolder });

  test("downloads once, then finds", async () => {
    const path = await find();
    expect(path).toBe(join(cacheFolder, file));
    expect(readFileSync(path, "utf8")).toBe(content);
    expect(await find()).toBe(path);
    expect(asked).toEqual([`/models/${file}`]);
  });

  test("looks into PyTorch's own cache", async () => {
    const standard = put(join(home, ".cache", "torch", "hub", "checkpoints"));
    expect(await find()).toBe(standard);
    vi.stubEnv("XDG_CACHE_HOME", join(home, "xdg"));
    const moved = put(join(home, "xdg", "torch", "hub", "checkpoints"));
    expect(await find()).toBe(moved);
    vi.stubEnv("TORCH_HOME", join(home, "torch"));
    const named = put(join(home, "torch", "hub", "checkpoints"));
    expect(await find()).toBe(named);
    const own = put(cacheFolder);
    expect(await find()).toBe(own);
    expect(asked).toEqual([]);
  });

  test("a damaged file is named, not used", async () => {
    const path = put(cacheFolder, "half of the wei");
    await expect(find()).rejects.toThrow(`cannot use ${path}: its SHA-256 begins with`);
    expect(asked).toEqual([]);
  });

  test("a name without digits cannot be checked", async () => {
    await expect(cachedWeights(`${baseUrl}/tiny.pth`, { cacheFolder })).rejects.toThrow("does not end with the digits");
  });
});

describe("imagenetWeights", () => {
  test("the official files, by HTTPS, named by their checksum", () => {
    for (const source of Object.values(imagenetSources)) expect(source).toMatch(/^https:\/\/.*-[0-9a-f]{8,9}\.pth$/);
  });

  test("asks another base for the same files", async () => {
    await expect(imagenetWeights("resnet50", { cacheFolder, baseUrl: `${baseUrl}/` })).rejects.toThrow(
      `cannot download ${baseUrl}/resnet50-0676ba61.pth: the server answered 404 Not Found`,
    );
    await expect(imagenetWeights("densenet121", { cacheFolder, baseUrl })).rejects.toThrow(/expected a639ec97$/);
    expect(asked).toEqual(["/models/resnet50-0676ba61.pth", "/models/densenet121-a639ec97.pth"]);
  });
});
