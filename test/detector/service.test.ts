/** The service in this process: answers, limits, the line, hostile requests. */
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import type { FastifyInstance } from "fastify";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../../src/base/errors.ts";
import { loadDetector, type NodeDetector } from "../../src/detector/load-detector.ts";
import { readKeys } from "../../src/detector/service/keys.ts";
import { makeService, type ServiceOptions } from "../../src/detector/service/service.ts";
import { decodeImage } from "../../src/vision/decode.ts";
import { encoded, makeTinyDetector } from "./tiny-detector.ts";

let folder: string;
let detector: NodeDetector;
let png: Buffer;
const services: FastifyInstance[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "oversight-service-"));
  makeTinyDetector(join(folder, "detector"));
  detector = await loadDetector(join(folder, "detector"), { threads: 1 });
  png = await encoded("png", 1);
});
afterEach(async () => {
  for (const service of services.splice(0)) await service.close();
});
afterAll(async () => {
  await detector.close();
  rmSync(folder, { recursive: true, force: true });
});

async function serve(options: Partial<ServiceOptions> = {}): Promise<string> {
  const service = await makeService({ detector, ...options });
  services.push(service);
  return service.listen({ host: "127.0.0.1", port: 0 });
}

const post = (address: string, body: NonNullable<RequestInit["body"]>, headers: Record<string, string> = {}) =>
  fetch(address, { method: "POST", body, headers: { "content-type": "application/octet-stream", ...headers } });
const codeOf = async (response: Response) => ((await response.json()) as { error: { code: string } }).error.code;

/** A detector that judges when told to; four images are worked on at once. */
function slowDetector(): NodeDetector & { release(): void } {
  let open: (() => void)[] = [];
  let released = false;
  const inputSize = 224;
  return {
    ...detector,
    about: { ...detector.about, inputSize },
    pending: 0,
    async score(images) {
      // The service's first images are its own.
      if (released || images[0].width === inputSize) return detector.score(images);
      await new Promise<void>((resolve) => open.push(resolve));
      return detector.score(images);
    },
    release() {
      released = true;
      for (const go of open) go();
      open = [];
    },
  };
}

describe("answers", () => {
  test("are the library's scores, the overlay, or the map's values", async () => {
    const address = await serve();
    const image = await decodeImage(png);
    const [judgement] = await detector.score([image]);
    const scored = await post(`${address}/v1/score`, png, { "content-type": "image/png" });
    expect(scored.status).toBe(200);
    expect(await scored.json()).toEqual({
      ...{ score: judgement.score, positive: "Synthetic", threshold: 0.5, verdict: judgement.verdict },
      logits: { Real: judgement.logits[0], Synthetic: judgement.logits[1] },
      image: { width: 41, height: 60 },
      model: detector.model,
    });

    const drawn = await post(`${address}/v1/explain`, png);
    expect(drawn.headers.get("content-type")).toBe("image/png");
    expect(Number(drawn.headers.get("x-score"))).toBe(judgement.score);
    expect(await sharp(Buffer.from(await drawn.arrayBuffer())).metadata()).toMatchObject({ width: 41, height: 60 });

    const explained = await post(`${address}/v1/explain`, png, { accept: "application/json" });
    const { cam, score } = (await explained.json()) as { cam: { values: number[] }; score: number };
    expect(score).toBe(judgement.score);
    expect(cam.values).toEqual(Array.from(judgement.cam.values));
  });

  test("come with an OpenAPI document, health, measures, and headers that keep a page to itself", async () => {
    const address = await serve();
    await post(`${address}/v1/score`, png);
    const openapi = (await (await fetch(`${address}/openapi.json`)).json()) as { paths: Record<string, object> };
    expect(Object.keys(openapi.paths).sort()).toEqual(["/healthz", "/v1/explain", "/v1/score"]);
    expect(JSON.stringify(openapi.paths["/v1/score"])).toContain('"image/jpeg"');
    const health = await fetch(`${address}/healthz`);
    expect(await health.json()).toEqual({ status: "ok", model: detector.model, waiting: 0 });
    expect(health.headers.get("content-security-policy")).toContain("script-src 'self' 'wasm-unsafe-eval';");
    const measures = await (await fetch(`${address}/metrics`)).text();
    expect(measures).toContain('oversight_requests_total{route="/v1/score",status="200"} 1');
    expect(measures).toMatch(/oversight_judging_seconds_count 1/);
  });

  test("hold the page where it is built, and the detector's files; with keys, neither", async () => {
    const page = join(folder, "page");
    mkdirSync(join(page, "assets"), { recursive: true });
    writeFileSync(join(page, "index.html"), "<!doctype html><title>Detector</title>");
    writeFileSync(join(page, "assets", "main.js"), "0");
    writeFileSync(join(folder, "secret.txt"), "secret");
    const open = await serve({ folder: join(folder, "detector"), page });
    expect(await (await fetch(`${open}/`)).text()).toContain("<title>Detector</title>");
    expect((await fetch(`${open}/assets/main.js`)).headers.get("content-type")).toContain("javascript");
    expect((await fetch(`${open}/detector.json`)).status).toBe(200);
    expect((await (await fetch(`${open}/model.onnx`)).arrayBuffer()).byteLength).toBeGreaterThan(10_000);
    expect((await fetch(`${open}/..%2fsecret.txt`)).status).toBeGreaterThanOrEqual(400);
    expect((await fetch(`${open}/assets/..%2f..%2fsecret.txt`)).status).toBeGreaterThanOrEqual(400);
    const closed = await serve({ folder: join(folder, "detector"), page, keys: () => true });
    expect((await fetch(`${closed}/`)).status).toBe(404);
    expect((await fetch(`${closed}/model.onnx`)).status).toBe(404);
  });

  test("leave nothing of images and people in the log", async () => {
    let log = "";
    const address = await serve({
      log: {
        write: (line) => {
          log += line;
        },
      },
    });
    await post(`${address}/v1/score?who=somebody`, png, { authorization: "Bearer hush" });
    await post(`${address}/v1/score`, "not an image");
    const lines = log
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.filter(({ route }) => route === "/v1/score").map(({ status }) => status)).toEqual([200, 422]);
    expect(log).not.toMatch(/hush|somebody|not an image|127\.0\.0\.1:\d+","remote/);
  });
});

describe("refusals", () => {
  test("say what is wrong: no body, no image, another type, no route", async () => {
    const address = await serve();
    const statusAndCode = async (response: Response) => [response.status, await codeOf(response)];
    expect(await statusAndCode(await post(`${address}/v1/score`, ""))).toEqual([400, "malformed"]);
    expect(await statusAndCode(await post(`${address}/v1/score`, "no image"))).toEqual([422, "unreadable-image"]);
    expect(
      await statusAndCode(await post(`${address}/v1/score`, "{}", { "content-type": "application/json" })),
    ).toEqual([415, "not-an-image-type"]);
    expect(await statusAndCode(await fetch(`${address}/v1/score`))).toEqual([404, "not-found"]);
    expect(await statusAndCode(await fetch(`${address}/%00`))).toEqual([404, "not-found"]);
  });

  test("meet bodies that are too large, told or not, and images of too many pixels", async () => {
    const address = await serve({ limits: { body: 100_000, pixels: 1_000_000 } });
    expect(await codeOf(await post(`${address}/v1/score`, new Uint8Array(100_001)))).toBe("too-large");
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(50_000)),
    });
    const chunked = await fetch(`${address}/v1/score`, {
      ...{ method: "POST", body: endless, duplex: "half", headers: { "content-type": "image/png" } },
    } as RequestInit).catch((error: Error) => error);
    // The answer may be lost with the connection that is cut while the client still sends.
    if (chunked instanceof Response) expect(chunked.status).toBe(413);
    const large = await sharp({ create: { width: 1001, height: 1000, channels: 3, background: "red" } })
      .png()
      .toBuffer();
    const refused = await post(`${address}/v1/score`, large);
    expect([refused.status, await codeOf(refused)]).toEqual([413, "too-many-pixels"]);
    expect((await post(`${address}/v1/score`, png)).status).toBe(200);
  });

  test("meet a tiny file that claims 50,000 × 50,000 pixels, before anything is decoded", async () => {
    const address = await serve();
    const before = process.memoryUsage().rss;
    const response = await post(`${address}/v1/score`, bomb(50_000, 50_000));
    expect([response.status, await codeOf(response)]).toEqual([413, "too-many-pixels"]);
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
  });

  test("meet whoever sends too slowly, head or body, while others are served", async () => {
    const address = await serve({ limits: { receive: 600 } });
    const { port } = new URL(address);
    const slow = (text: string) =>
      new Promise<string>((resolve) => {
        const socket = connect(Number(port), "127.0.0.1");
        let answer = "";
        socket.on("data", (chunk) => {
          answer += chunk;
        });
        socket.on("error", () => {});
        const drip = setInterval(() => socket.write("x"), 50);
        socket.on("close", () => {
          clearInterval(drip);
          resolve(answer);
        });
        socket.write(text);
      });
    const head = slow("POST /v1/score HTTP/1.1\r\nHost: x\r\nX-Drip: ");
    const body = slow("POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: 9999\r\n\r\n");
    expect((await post(`${address}/v1/score`, png)).status).toBe(200);
    for (const answer of await Promise.all([head, body])) expect(answer).toMatch(/^HTTP\/1\.1 408/);
    // Neither holds a place any more.
    expect(await (await fetch(`${address}/healthz`)).json()).toMatchObject({ waiting: 0 });
  });

  test("meet whoever has no key", async () => {
    const key = randomBytes(32).toString("base64url");
    const file = join(folder, "keys");
    const hash = createHash("sha256").update(key).digest("hex");
    writeFileSync(file, `# who\nother ${"0".repeat(64)}\nlab ${hash} # until spring\n`);
    const address = await serve({ keys: readKeys(file) });
    const status = async (authorization?: string) =>
      (await post(`${address}/v1/score`, png, authorization === undefined ? {} : { authorization })).status;
    expect([await status(), await status("Bearer wrong"), await status(`Bearer ${key}`)]).toEqual([401, 401, 200]);
    expect((await fetch(`${address}/metrics`)).status).toBe(401);
    expect((await fetch(`${address}/healthz`)).status).toBe(200);
    writeFileSync(file, `lab ${key}\n`);
    expect(() => readKeys(file)).toThrow(InputError);
    writeFileSync(file, "# nobody\n");
    expect(() => readKeys(file)).toThrow(/no keys/);
  });
});

describe("the line", () => {
  test("is bounded: beyond it 429 with Retry-After, and those in it are answered", async () => {
    const slow = slowDetector();
    const address = await serve({ detector: slow, limits: { wait: 0.001 } });
    const first = Array.from({ length: 4 }, () => post(`${address}/v1/score`, png));
    await until(async () => (await waiting(address)) === 4);
    const refused = await Promise.all(Array.from({ length: 20 }, () => post(`${address}/v1/score`, png)));
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([429]));
    expect(Number(refused[0].headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(await codeOf(refused[0])).toBe("busy");
    slow.release();
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect((await post(`${address}/v1/score`, png)).status).toBe(200);
  });

  test("sends away whoever's turn does not come within the bound, though it looked as if it would", async () => {
    const slow = slowDetector();
    const address = await serve({ detector: slow, limits: { wait: 300 } });
    const first = Array.from({ length: 4 }, () => post(`${address}/v1/score`, png));
    await until(async () => (await waiting(address)) === 4);
    const late = await post(`${address}/v1/score`, png);
    expect([late.status, await codeOf(late), late.headers.get("retry-after")]).toEqual([429, "busy", "1"]);
    slow.release();
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const measures = await (await fetch(`${address}/metrics`)).text();
    expect(measures).toContain("oversight_wait_seconds_count 4");
  });

  test("keeps the place of whoever hangs up until the work is done", async () => {
    const slow = slowDetector();
    const address = await serve({ detector: slow, limits: { wait: 0.001 } });
    const gone = new AbortController();
    const request = fetch(`${address}/v1/score`, {
      ...{ method: "POST", body: png, signal: gone.signal, headers: { "content-type": "image/png" } },
    }).catch(() => {});
    await until(async () => (await waiting(address)) === 1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    gone.abort();
    await request;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await waiting(address)).toBe(1);
    slow.release();
    await until(async () => (await waiting(address)) === 0);
  });

  test("whoever is not answered in time is told so", async () => {
    const slow = slowDetector();
    const address = await serve({ detector: slow, limits: { answer: 100 } });
    const late = await post(`${address}/v1/score`, png);
    expect([late.status, await codeOf(late), late.headers.get("retry-after")]).toEqual([503, "too-slow", "5"]);
    slow.release();
  });

  test("is emptied before the service stops", async () => {
    const slow = slowDetector();
    const address = await serve({ detector: slow });
    const underWay = post(`${address}/v1/score`, png);
    await until(async () => (await waiting(address)) === 1);
    const closed = services[0].close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    slow.release();
    expect((await underWay).status).toBe(200);
    await closed;
    await expect(fetch(`${address}/healthz`)).rejects.toThrow();
  });
});

const waiting = async (address: string) =>
  ((await (await fetch(`${address}/healthz`)).json()) as { waiting: number }).waiting;

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A PNG of a few bytes whose header claims a size. */
function bomb(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const chunk = (name: string, data: Buffer) => {
    const named = Buffer.concat([Buffer.from(name), data]);
    const sizes = Buffer.alloc(8);
    sizes.writeUInt32BE(data.length, 0);
    sizes.writeUInt32BE(crc32(named), 4);
    return Buffer.concat([sizes.subarray(0, 4), named, sizes.subarray(4)]);
  };
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const data = deflateSync(Buffer.alloc(100_000));
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

function crc32(data: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
