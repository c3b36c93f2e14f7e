/** One address that asks for too much is refused, cheaply; whoever comes from another goes on. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { json } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { Committed, Joined, Session } from "../../src/study/contract/api.ts";
import { defaultLimits } from "../../src/study/server/limits.ts";
import { makeRig, openTestStore, type Rig, resultFor, Visitor } from "./rig.ts";

/** What a commit of somebody else may take meanwhile, in milliseconds: generous, since tests share the machine. */
const bound = 5_000;

let opened: NonNullable<Awaited<ReturnType<typeof openTestStore>>>;
let rig: Rig;
let port: number;
beforeAll(async () => {
  opened = (await openTestStore("pglite"))!;
});
beforeEach(async () => {
  rig = await makeRig(opened.store, { settings: { targetJudgements: 1000 } }, { limits: defaultLimits });
  await rig.app.listen({ host: "127.0.0.1", port: 0 });
  port = (rig.app.server.address() as AddressInfo).port;
  return () => rig.close();
});
afterAll(() => opened.close());

/** From another address of this machine. */
async function ask<T>(path: string, token?: string, body?: object): Promise<T> {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  const sent = request({
    host: "127.0.0.1",
    port,
    localAddress: "127.0.0.2",
    path,
    method: body ? "POST" : "GET",
    headers,
  });
  sent.end(body && JSON.stringify(body));
  const [response] = await once(sent, "response");
  const answer = await json(response);
  if (response.statusCode >= 300) throw new Error(`${path}: ${response.statusCode} ${JSON.stringify(answer)}`);
  return answer as T;
}

/**
 * Sends as many requests as it can, on 20 connections that are opened anew when they are closed, until its standard input
 * ends; prints how many it sent, and the answers by status.
 */
const flood = `
  const counts = { sent: 0 };
  const wave = ("GET /api/session HTTP/1.1\\r\\nHost: x\\r\\nAuthorization: Bearer " + "A".repeat(43) + "\\r\\n\\r\\n").repeat(50);
  function open() {
    const socket = require("node:net").connect(Number(process.argv[1]), "127.0.0.1");
    let due = 0;
    const send = () => { due += 50; counts.sent += 50; socket.write(wave); };
    socket.on("connect", send).on("error", () => {}).on("close", open).on("data", (data) => {
      for (const [, status] of String(data).matchAll(/HTTP\\/1.1 (\\d+)/g)) {
        counts[status] = (counts[status] ?? 0) + 1;
        if (--due === 0) send();
      }
    });
  }
  for (let i = 0; i < 20; i++) open();
  process.stdin.resume().on("end", () => { console.log(JSON.stringify(counts)); process.exit(); });
`;

it("a flood of requests from one address holds up nobody else, and loses nothing", async () => {
  const { token } = await ask<Joined>("/api/join", undefined, {});
  let session = await ask<Session>("/api/consent", token, { version: "1" });
  const begun = performance.now();
  const flooder = spawn(process.execPath, ["-e", flood, String(port)], { stdio: ["pipe", "pipe", "inherit"] });
  const counts = json(flooder.stdout) as Promise<Record<string, number>>;
  const attacker = new Visitor(rig);
  while ((await attacker.session()).status !== 429) await new Promise(setImmediate);
  const commitMs: number[] = [];
  while (session.state === "trials") {
    const sent = performance.now();
    const { session: next } = await ask<Committed>(`/api/trials/${session.trial!.id}`, token, resultFor(session));
    commitMs.push(performance.now() - sent);
    session = next;
  }
  flooder.stdin.end();
  const { sent, ...statuses } = await counts;
  expect(session.state).toBe("complete");
  expect(Math.max(...commitMs), `${commitMs} ms; ${sent} requests, ${JSON.stringify(statuses)}`).toBeLessThan(bound);
  // The window's share got its answer, 401; the rest was refused before anybody looked at it, or not heard at all.
  const { 401: answered = 0, 429: refused = 0, ...others } = statuses;
  expect(others).toEqual({});
  const share = defaultLimits.requestsPerMinute / 6;
  expect(refused).toBeGreaterThan(0);
  expect(sent).toBeGreaterThan(answered + refused);
  expect(answered).toBeLessThanOrEqual(share * Math.ceil((performance.now() - begun) / 10_000 + 1));
  // Thousands of refusals are not thousands of lines.
  expect(rig.log.filter((line) => JSON.parse(line).status === 429)).toEqual([]);
});

it("refusals say when to come again", async () => {
  const visitor = new Visitor(rig);
  let refused = await rig.app.inject("/api/study");
  for (let i = 0; refused.statusCode === 200 && i <= defaultLimits.requestsPerMinute; i++) {
    refused = await rig.app.inject("/api/study");
  }
  expect(refused.statusCode).toBe(429);
  expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
  expect(Number(refused.headers["retry-after"])).toBeLessThanOrEqual(10);
  expect(refused.json().error.code).toBe("too-many-requests");
  // Addresses that do not exist cannot be tried without end either.
  let missing = await visitor.app.inject("/nothing");
  for (let i = 0; missing.statusCode === 404 && i <= defaultLimits.requestsPerMinute; i++) {
    missing = await visitor.app.inject("/nothing");
  }
  expect(missing.statusCode).toBe(429);
});

it("fifty people of one laboratory may join at once, and many more may not", async () => {
  const statuses: number[] = [];
  for (let i = 0; i < defaultLimits.joinsPerMinute + 10; i++) statuses.push((await new Visitor(rig).join()).status);
  expect(statuses.filter((status) => status === 201)).toHaveLength(defaultLimits.joinsPerMinute);
  expect(new Set(statuses.slice(0, 50))).toEqual(new Set([201]));
  expect(statuses.at(-1)).toBe(429);
});

it("one address cannot take all connections by never finishing a request", async () => {
  const sockets: Socket[] = [];
  let closed = 0;
  for (let i = 0; i < defaultLimits.connectionsPerAddress + 20; i++) {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {}).on("close", () => closed++);
    await once(socket, "connect");
    socket.write("POST /api/join HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n");
    sockets.push(socket);
  }
  while (closed < 20) await new Promise(setImmediate);
  expect(await ask<object>("/api/study")).toMatchObject({ title: "A small study" });
  expect(closed).toBe(20);
  for (const socket of sockets) socket.destroy();
});
