import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { InputError } from "../../base/errors.ts";
import { Refused, type RetryReason, StudyClient } from "./client.ts";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A server that answers the n-th request by the n-th of `answers`, the last one again and again. */
async function serve(...answers: ((request: IncomingMessage, response: ServerResponse, body: string) => void)[]) {
  const seen: { method: string; url: string; body: string; headers: IncomingMessage["headers"] }[] = [];
  server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    seen.push({ method: request.method!, url: request.url!, body, headers: request.headers });
    answers[Math.min(seen.length, answers.length) - 1](request, response, body);
  });
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  const retries: RetryReason[] = [];
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const options = { url, patienceMs: 10_000, onRetry: (reason: RetryReason) => retries.push(reason) };
  return { options, seen, retries };
}

const answer =
  (status: number, body: object, headers = {}) =>
  (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  };
const hangUp = (request: IncomingMessage) => request.socket.destroy();
const refusal = (code: string) => ({ error: { code, message: "as it is" } });

test("what the network or a busy server swallows is sent again with the same body", async () => {
  const joined = { token: "t0ken", session: { state: "consent" } };
  const { options, seen, retries } = await serve(
    answer(201, joined),
    hangUp,
    answer(503, refusal("internal")),
    answer(429, refusal("too-many-requests"), { "retry-after": "0" }),
    answer(200, { state: "before" }),
  );
  const client = new StudyClient(options, "198.18.0.7");
  expect(await client.join({})).toEqual({ state: "consent" });
  expect(await client.consent({ version: "1" })).toEqual({ state: "before" });
  expect(retries).toEqual(["network", "server", "busy"]);
  expect(seen).toHaveLength(5);
  for (const { url, body, headers } of seen.slice(1)) {
    expect([url, body]).toEqual(["/api/consent", '{"version":"1"}']);
    expect(headers).toMatchObject({ authorization: "Bearer t0ken", "x-forwarded-for": "198.18.0.7" });
  }
});

test("a refusal is told and not sent again", async () => {
  const { options, seen } = await serve(answer(409, refusal("out-of-order")));
  const refused = await new StudyClient(options).session().catch((error) => error);
  expect(refused).toBeInstanceOf(Refused);
  expect(refused).toMatchObject({ status: 409, code: "out-of-order" });
  expect(refused.message).toBe("GET /api/session: 409 out-of-order as it is");
  expect(seen).toHaveLength(1);
});

test("patience ends", async () => {
  const { options } = await serve(answer(503, refusal("internal")));
  await expect(new StudyClient({ ...options, patienceMs: 250 }).study()).rejects.toThrow(/GET \/api\/study: 503/);
});

test("being told to wait does not use patience up", async () => {
  const wait = answer(429, refusal("too-many-requests"), { "retry-after": "0" });
  const { options, seen } = await serve(wait, wait, answer(200, { state: "full" }));
  expect(await new StudyClient({ ...options, patienceMs: 50 }).session()).toEqual({ state: "full" });
  expect(seen).toHaveLength(3);
});

test("a server that is not there is one clear line", async () => {
  const { options } = await serve(hangUp);
  server!.closeAllConnections();
  await new Promise((resolve) => server!.close(resolve));
  const failed = new StudyClient({ ...options, patienceMs: 0 }).study();
  await expect(failed).rejects.toThrow(InputError);
  await expect(failed).rejects.toThrow(
    /^cannot reach http:\/\/127\.0\.0\.1:\d+: ECONNREFUSED; is `oversight study serve`/,
  );
});

test("a page in place of an image is no image", async () => {
  const { options } = await serve(answer(200, {}));
  await expect(new StudyClient(options).image("/images/x")).rejects.toThrow(/is not an image/);
});

test("stopping ends the wait between two tries", async () => {
  const stop = new AbortController();
  const { options } = await serve(answer(503, refusal("internal"), { "retry-after": "5" }));
  const pending = new StudyClient({ ...options, signal: stop.signal, onRetry: () => stop.abort() }).session();
  await expect(pending).rejects.toThrow(/abort/);
});
