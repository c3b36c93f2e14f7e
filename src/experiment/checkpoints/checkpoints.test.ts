/** One specification over every place for checkpoints; S3 is a small server that keeps objects in memory. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CheckpointStore, filesToSave, openCheckpoints } from "./checkpoint-store.ts";

const objects = new Map<string, Buffer>();
let order: string[] = [];
/** Objects that the server still takes; then its disk is full. */
let room = Number.POSITIVE_INFINITY;

/** As much of S3's protocol as is used: PUT, GET of an object or of a list in pages of two, and POST ?delete. */
function startS3(): Promise<Server> {
  const server = createServer(async (request, response) => {
    const { pathname: encoded, searchParams } = new URL(request.url!, "http://s3");
    const pathname = decodeURIComponent(encoded).replace(/\/$/, "");
    const body = await buffer(request);
    if (request.method === "PUT" && room-- <= 0)
      return response.writeHead(507).end("<Error><Code>DiskFull</Code><Message>no space</Message></Error>");
    if (request.method === "PUT") {
      objects.set(pathname, body);
      order.push(pathname);
      return response.end();
    }
    if (request.method === "POST" && searchParams.has("delete")) {
      for (const [, key] of body.toString().matchAll(/<Key>(.*?)<\/Key>/g)) objects.delete(`${pathname}/${key}`);
      return response.end("<DeleteResult/>");
    }
    if (searchParams.has("list-type")) {
      const within = (key: string) => key.startsWith(`${pathname}/${searchParams.get("prefix")}`);
      const after = searchParams.get("continuation-token") ?? "";
      const keys = [...objects.keys()].filter((key) => within(key) && key > after).sort();
      const page = keys.slice(0, 2).map((key) => `<Contents><Key>${key.slice(pathname.length + 1)}</Key></Contents>`);
      const next = `<IsTruncated>true</IsTruncated><NextContinuationToken>${keys[1]}</NextContinuationToken>`;
      return response.end(`<ListBucketResult>${page.join("")}${keys.length > 2 ? next : ""}</ListBucketResult>`);
    }
    const found = objects.get(pathname);
    if (found !== undefined) return response.end(found);
    response.writeHead(404).end("<Error><Code>NoSuchKey</Code><Message>not there</Message></Error>");
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

const temporary = () => mkdtempSync(join(tmpdir(), "oversight-checkpoints-"));
function contents(folder: string): Record<string, string> {
  return Object.fromEntries(filesToSave(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}
function runFolder(): string {
  const folder = temporary();
  mkdirSync(join(folder, "scores"));
  for (const name of ["best.safetensors", "last.safetensors", "config.yaml", "scores/a b.csv"])
    writeFileSync(join(folder, name), `${name} `.repeat(1000));
  for (const name of ["lock", "lock.17", "evaluation.lock", "metrics.jsonl.12.tmp"])
    writeFileSync(join(folder, name), "");
  return folder;
}
const saved = ["best.safetensors", "config.yaml", "last.safetensors", "scores/a b.csv"];

test("the checkpoint is copied first; locks and files in the making are not", () => {
  expect(filesToSave(runFolder())).toEqual(["last.safetensors", "best.safetensors", "config.yaml", "scores/a b.csv"]);
});

test("a place that cannot be one", () => {
  expect(() => openCheckpoints("s3://")).toThrow(/expected s3:\/\/bucket\/prefix/);
});

describe.each(["folder", "s3"])("in a place of kind %s", (kind) => {
  let server: Server;
  let store: CheckpointStore;
  beforeAll(async () => {
    server = await startS3();
    process.env.AWS_ENDPOINT_URL_S3 = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: "a",
      AWS_SECRET_ACCESS_KEY: "b",
      AWS_REGION: "local",
      AWS_MAX_ATTEMPTS: "1",
    });
    store = openCheckpoints(kind === "s3" ? "s3://bucket/some/prefix" : join(temporary(), "new", "place"));
  });
  afterAll(() => server.close());

  test("what is saved is loaded, whole, in place of what was there", async () => {
    const folder = runFolder();
    await store.save("run/1", folder);
    const other = temporary();
    writeFileSync(join(other, "stale"), "");
    await store.load("run/1", other);
    expect(Object.keys(contents(other)).sort()).toEqual(saved);
    expect(contents(other)).toEqual(contents(folder));
    expect(readdirSync(other)).not.toContain("stale");
  });

  test("several under one run; one that is removed, or never was, is not loaded", async () => {
    const [one, two] = [runFolder(), runFolder()];
    writeFileSync(join(two, "config.yaml"), "two");
    await store.save("run/2", one);
    await store.save("run/3", two);
    await store.save("run/22", two);
    await store.remove("run/2");
    await store.remove("run/none");
    await expect(store.load("run/2", temporary())).rejects.toThrow(/run\/2/);
    const other = temporary();
    await store.load("run/3", other);
    expect(contents(other)["config.yaml"]).toBe("two");
    await store.load("run/22", other);
  });
});

test("S3: the list comes last, so half a checkpoint is none; what the server says is passed on", async () => {
  const server = await startS3();
  process.env.AWS_ENDPOINT_URL_S3 = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const store = openCheckpoints("s3://bucket");
  order = [];
  await store.save("run/4", runFolder());
  expect(order[0]).toBe("/bucket/run/4/last.safetensors");
  expect(order.at(-1)).toBe("/bucket/run/4/files.json");
  room = 2;
  await expect(store.save("run/5", runFolder())).rejects.toThrow(
    /cannot write the checkpoint s3:\/\/bucket\/run\/5: .*no space/,
  );
  room = Number.POSITIVE_INFINITY;
  const left = () => [...objects.keys()].filter((key) => key.startsWith("/bucket/run/5/")).length;
  expect(left()).toBe(2);
  await store.remove("run/5");
  expect(left()).toBe(0);
  server.close();
});
