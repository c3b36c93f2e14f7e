import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkSha256, type DownloadOptions, type DownloadProgress, download } from "./download.ts";
import { InputError } from "./errors.ts";

const content = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, index) => (index * index) >> 5));
const digest = createHash("sha256").update(content).digest("hex");
const sha256 = digest.slice(0, 8);
const tag = '"version-1"';

let path: string;
let url: string;
let requests: IncomingMessage[];
/** How the server answers each request in turn; the last answers all that follow. */
let answers: RequestListener[];
let close: () => Promise<void>;

beforeEach(async () => {
  path = join(mkdtempSync(join(tmpdir(), "download-")), "weights", "small.pth");
  requests = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answers[Math.min(requests.length, answers.length) - 1](request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/small.pth`;
  close = () =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
});
afterEach(() => close());

/** A server that knows ranges. */
const whole: RequestListener = (request, response) => {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? Number.NaN);
  const resumes = from >= 0 && request.headers["if-range"] === tag;
  if (resumes && from >= content.length) {
    response.writeHead(416, { "content-range": `bytes */${content.length}` }).end();
  } else if (resumes) {
    const range = `bytes ${from}-${content.length - 1}/${content.length}`;
    const length = content.length - from;
    response
      .writeHead(206, { "content-range": range, "content-length": length, etag: tag })
      .end(content.subarray(from));
  } else {
    response.writeHead(200, { "content-length": content.length, etag: tag }).end(content);
  }
};
/** Sends the beginning, then breaks the connection. */
const broken =
  (until: number, headers: Record<string, string | number> = { etag: tag }): RequestListener =>
  (_, response) => {
    response.writeHead(200, { "content-length": content.length, ...headers });
    response.write(content.subarray(0, until), () => setTimeout(() => response.destroy(), 30));
  };
const status =
  (code: number, headers: Record<string, string> = {}): RequestListener =>
  (_, response) =>
    response.writeHead(code, headers).end("an error page");

const fetchIt = (options: Partial<DownloadOptions> = {}) =>
  download(url, path, { sha256, retryDelays: [1, 1], ...options });
const ranges = () => requests.map((request) => request.headers.range);

function expectComplete() {
  expect(readFileSync(path).equals(content)).toBe(true);
  expect(readdirSync(join(path, ".."))).toEqual(["small.pth"]);
}

describe("download", () => {
  test("a whole file, in a folder that is made", async () => {
    answers = [whole];
    const progress: DownloadProgress[] = [];
    await fetchIt({ onProgress: (step) => progress.push(step) });
    expectComplete();
    expect(progress.at(-1)).toMatchObject({ received: content.length, total: content.length });
    expect(progress.at(-1)!.bytesPerSecond).toBeGreaterThan(0);
  });

  test("a connection that breaks: the rest alone is fetched", async () => {
    answers = [broken(100_000), whole];
    const progress: DownloadProgress[] = [];
    await fetchIt({ onProgress: (step) => progress.push(step) });
    expectComplete();
    expect(ranges()).toEqual([undefined, "bytes=100000-"]);
    expect(requests[1].headers["if-range"]).toBe(tag);
    expect(progress.at(-1)).toMatchObject({ received: content.length, total: content.length });
  });

  test("a run that ended midway: the next one goes on", async () => {
    answers = [broken(100_000), (_, response) => response.destroy()];
    await expect(fetchIt()).rejects.toThrow(
      /^cannot download http.*small\.pth to .*small\.pth: the connection broke; run the same command to go on, or put/,
    );
    expect(existsSync(path)).toBe(false);
    answers = [whole];
    requests = [];
    await fetchIt();
    expectComplete();
    expect(ranges()).toEqual(["bytes=100000-"]);
  });

  test("a run that ended between the last byte and the renaming", async () => {
    answers = [whole];
    await fetchIt();
    writeFileSync(`${path}.part`, content);
    writeFileSync(`${path}.part.etag`, tag);
    await fetchIt();
    expectComplete();
    expect(ranges()).toEqual([undefined, `bytes=${content.length}-`]);
  });

  test("a server that ignores ranges: the file begins anew", async () => {
    const ignorant: RequestListener = (_, response) => response.writeHead(200, { etag: tag }).end(content);
    answers = [broken(100_000), ignorant];
    await fetchIt();
    expectComplete();
  });

  test("another file on the server since: the file begins anew", async () => {
    answers = [broken(100_000, { etag: '"version-0"' }), whole];
    await fetchIt();
    expectComplete();
    expect(requests[1].headers["if-range"]).toBe('"version-0"');
  });

  test.each([undefined, 'W/"weak"'])("no promise that parts fit together (%s): the file begins anew", async (etag) => {
    answers = [broken(100_000, etag === undefined ? {} : { etag }), whole];
    await fetchIt();
    expectComplete();
    expect(ranges()).toEqual([undefined, undefined]);
  });

  test("a part that does not fit: discarded, and fetched whole", async () => {
    answers = [whole];
    await fetchIt();
    writeFileSync(`${path}.part`, Buffer.alloc(1000));
    writeFileSync(`${path}.part.etag`, tag);
    await fetchIt();
    expectComplete();
    expect(ranges()).toEqual([undefined, "bytes=1000-", undefined]);
  });

  test("another file than promised: nothing is kept", async () => {
    answers = [whole];
    await expect(fetchIt({ sha256: "0123456789" })).rejects.toThrow(
      `cannot use ${url}: its SHA-256 begins with ${digest.slice(0, 10)}, expected 0123456789`,
    );
    expect(readdirSync(join(path, ".."))).toEqual([]);
    expect(requests.length).toBe(1);
  });

  test("a body without a length that ends early", async () => {
    const short: RequestListener = (_, response) => response.writeHead(200).end(content.subarray(0, 1000));
    answers = [short];
    await expect(fetchIt()).rejects.toThrow(/its SHA-256 begins with/);
  });

  test("a server that always breaks off at the same place is left alone after a while", async () => {
    answers = [broken(100_000, {})];
    await expect(fetchIt()).rejects.toThrow(/the connection broke/);
    expect(requests.length).toBe(3);
  });

  test.each([404, 403, 410])("status %i is final", async (code) => {
    answers = [status(code)];
    await expect(fetchIt()).rejects.toThrow(new RegExp(`^cannot download ${url}: the server answered ${code} \\w+`));
    expect(requests.length).toBe(1);
    expect(readdirSync(join(path, ".."))).toEqual([]);
  });

  test.each([500, 503, 429])("status %i is tried again", async (code) => {
    answers = [status(code), status(code), whole];
    await fetchIt();
    expectComplete();
    answers = [status(code)];
    requests = [];
    await expect(fetchIt()).rejects.toThrow(`the server answered ${code}`);
  });

  test("a redirect is followed, for the rest as well", async () => {
    const moved: RequestListener = (request, response) => {
      if (request.url === "/small.pth") response.writeHead(302, { location: "/elsewhere" }).end();
      else if (requests.length === 2) broken(100_000)(request, response);
      else whole(request, response);
    };
    answers = [moved];
    await fetchIt();
    expectComplete();
    expect(ranges()).toEqual([undefined, undefined, "bytes=100000-", "bytes=100000-"]);
  });

  test("another part than was asked for: the file begins anew", async () => {
    const confused: RequestListener = (_, response) =>
      response.writeHead(206, { "content-range": "bytes 0-9/300000" }).end("0123456789");
    answers = [broken(100_000), confused, whole];
    await fetchIt();
    expectComplete();
    expect(ranges()).toEqual([undefined, "bytes=100000-", undefined]);
  });

  test("no server", async () => {
    answers = [whole];
    await close();
    await expect(fetchIt()).rejects.toThrow(/: the connection was refused; run the same command/);
  });

  test("no such host", async () => {
    const lost = download("http://weights.invalid/small.pth", path, { sha256, retryDelays: [] });
    await expect(lost).rejects.toThrow(/is there a network\?; run the same command to go on, or put the file there/);
  });

  test("a full disk", async () => {
    answers = [whole];
    mkdirSync(join(path, ".."));
    symlinkSync("/dev/full", `${path}.part`);
    await expect(fetchIt()).rejects.toThrow(/^cannot write .*small\.pth\.part: no space left on the disk$/);
  });

  test("a folder that cannot be made", async () => {
    answers = [whole];
    const inFile = download(url, join("/dev/null", "weights", "small.pth"), { sha256 });
    await expect(inFile).rejects.toThrow(InputError);
  });
});

test("a file that is there already is checked", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "check-")), "small.pth");
  writeFileSync(file, content);
  await checkSha256(file, sha256);
  await expect(checkSha256(file, "00000000")).rejects.toThrow(
    `cannot use ${file}: its SHA-256 begins with ${sha256}, expected 00000000; remove it`,
  );
  await expect(checkSha256(`${file}x`, sha256)).rejects.toThrow(/^cannot read .*: no such file or folder$/);
});
