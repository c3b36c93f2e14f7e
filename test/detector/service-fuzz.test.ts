/** Files that pretend to be images: the service scores or refuses them, and lives. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { randomStream } from "../../src/base/random.ts";
import { loadDetector, type NodeDetector } from "../../src/detector/load-detector.ts";
import { makeService } from "../../src/detector/service/service.ts";
import { encoded, makeTinyDetector } from "./tiny-detector.ts";

let folder: string;
let detector: NodeDetector;
let service: FastifyInstance;
let address: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "oversight-fuzz-"));
  makeTinyDetector(folder);
  detector = await loadDetector(folder, { threads: 1 });
  service = await makeService({ detector });
  address = `${await service.listen({ host: "127.0.0.1", port: 0 })}/v1/score`;
});
afterAll(async () => {
  await service.close();
  await detector.close();
  rmSync(folder, { recursive: true, force: true });
});

const post = (to: string, body: Buffer, headers: Record<string, string> = { "content-type": "image/png" }) =>
  fetch(to, { method: "POST", body: new Uint8Array(body), headers });

test("1,000 mutated files are scored or refused, and the service is as well afterwards", async () => {
  const seeds = await Promise.all((["jpeg", "png", "webp", "gif", "tiff", "avif"] as const).map((f) => encoded(f, 3)));
  seeds.push(
    Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="/etc/passwd"/></svg>'),
  );
  seeds.push(Buffer.from("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"));
  const random = randomStream(11, "fuzz");
  const types = ["image/jpeg", "image/png", "image/webp", "image/gif", "application/octet-stream"];
  const statuses = new Map<number, number>();
  const one = async () => {
    const body = mutate(seeds[random.integer(seeds.length)], random);
    const response = await post(address, body, { "content-type": types[random.integer(types.length)] });
    await response.arrayBuffer();
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
  };
  for (let done = 0; done < 1_000; done += 20) await Promise.all(Array.from({ length: 20 }, one));
  expect([...statuses.keys()].filter((status) => status !== 200 && (status < 400 || status >= 500))).toEqual([]);
  expect([...statuses.values()].reduce((a, b) => a + b)).toBe(1_000);
  // Some survive their mutation, most do not.
  expect(statuses.get(200)).toBeGreaterThan(20);
  expect(statuses.get(422)).toBeGreaterThan(300);
  expect((await post(address, await encoded("png", 1))).status).toBe(200);
});

/** Bytes changed, cut out, doubled, cut off, or filled. */
function mutate(seed: Buffer, random: ReturnType<typeof randomStream>): Buffer {
  let bytes = Buffer.from(seed);
  const times = random.integer(4);
  for (let time = 0; time <= times && bytes.length > 0; time++) {
    const at = random.integer(bytes.length);
    const length = 1 + random.integer(Math.min(64, bytes.length));
    switch (random.integer(5)) {
      case 0:
        bytes[at] = random.integer(256);
        break;
      case 1:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at)]);
        break;
      case 3:
        bytes = bytes.subarray(0, at);
        break;
      default:
        bytes.fill(random.integer(2) * 255, at, Math.min(at + length, bytes.length));
    }
  }
  // Without a byte it would be another refusal.
  return bytes.length > 0 ? bytes : Buffer.from([0]);
}
