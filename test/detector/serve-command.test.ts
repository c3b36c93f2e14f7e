/** `oversight serve` as a person runs it: its processes, their death, and the end. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { encoded, makeTinyDetector } from "./tiny-detector.ts";

const bin = fileURLToPath(new URL("../../bin/oversight.mjs", import.meta.url));
let folder: string;
let png: Buffer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "oversight-serve-"));
  makeTinyDetector(folder);
  png = await encoded("png", 1);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function begin(...args: string[]) {
  const child = spawn(process.execPath, [bin, "serve", ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].on("data", (chunk) => {
      said[name] += chunk;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const words = async (pattern: RegExp) => {
    for (;;) {
      const match = pattern.exec(said.stderr);
      if (match !== null) return match;
      if (child.exitCode !== null) throw new Error(`ended: ${said.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  /** Processes that the log names. */
  const pids = () =>
    new Set(
      said.stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).pid as number),
    );
  return { child, ended, said, words, pids };
}

test("a killed process is replaced; every request is answered or its connection fails; the end answers what is under way", async () => {
  const service = begin(folder, "--port", "0", "--processes", "2", "--threads", "1");
  const [, address] = await service.words(/(http:\S+): 2 processes/);
  const first = [...service.pids()];
  expect(first).toHaveLength(2);

  const score = () =>
    fetch(`${address}/v1/score`, { method: "POST", body: png, headers: { "content-type": "image/png" } });
  const outcomes: (number | "failed")[] = [];
  let loading = true;
  const client = async () => {
    while (loading) {
      const outcome = await score().then(
        async (response) => {
          await response.arrayBuffer();
          return response.status;
        },
        () => "failed" as const,
      );
      outcomes.push(outcome);
      // Whose connection failed tries again at once, and another process answers.
      if (outcome === "failed")
        outcomes.push(
          await score().then(
            ({ status }) => status,
            () => "failed" as const,
          ),
        );
    }
  };
  const clients = Array.from({ length: 4 }, client);
  await until(() => outcomes.length > 20);
  process.kill(first[0], "SIGKILL");
  await service.words(/a process has ended \(SIGKILL\); another takes its place/);
  await until(() => service.pids().size === 3);
  const answered = outcomes.length;
  await until(() => outcomes.length > answered + 40);
  loading = false;
  await Promise.all(clients);
  const failures = outcomes.filter((outcome) => outcome === "failed").length;
  // At most the connections that the killed one had.
  expect(failures).toBeLessThanOrEqual(8);
  expect(new Set(outcomes.filter((outcome) => outcome !== "failed"))).toEqual(new Set([200]));

  // The measures are those of both processes; the killed one's are gone with it.
  const measures = await (await fetch(`${address}/metrics`)).text();
  const counted = Number(/oversight_requests_total\{route="\/v1\/score",status="200"\} (\d+)/.exec(measures)?.[1]);
  expect(counted).toBeGreaterThan(40);
  expect(measures.match(/^oversight_requests_waiting /gm)).toHaveLength(1);

  const last = Array.from({ length: 6 }, score);
  await new Promise((resolve) => setTimeout(resolve, 30));
  service.child.kill("SIGTERM");
  const statuses = (await Promise.allSettled(last)).map((result) =>
    result.status === "fulfilled" ? result.value.status : "failed",
  );
  // Nobody whose request was taken is left without an answer.
  expect(statuses.filter((status) => status === 200 || status === 503)).toHaveLength(6);
  expect(statuses).toContain(200);
  expect(await service.ended).toBe(0);
  for (const pid of service.pids()) expect(() => process.kill(pid, 0)).toThrow();
});

test("processes do not outlive the one that began them", async () => {
  const service = begin(folder, "--port", "0", "--processes", "1", "--threads", "1");
  await service.words(/1 processes/);
  service.child.kill("SIGKILL");
  await service.ended;
  const [pid] = service.pids();
  await until(() => {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  });
});

test("what cannot begin says why, in one line", async () => {
  const place = mkdtempSync(join(folder, "bad-"));
  makeTinyDetector(place);
  writeFileSync(join(place, "model.onnx"), "not a model");
  const service = begin(place, "--port", "0");
  expect(await service.ended).toBe(2);
  expect(service.said.stderr).toMatch(/^oversight: \S+model\.onnx: onnxruntime cannot use it \(.*\)\n$/);
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
}
