/**
 * The study's server under load: simulated participants who look and mark as long as people do, all there at once, each
 * from an address of its own. Server and participants are processes of their own, the real commands; on PostgreSQL two
 * servers share the participants. What was confirmed is counted in the database afterwards.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { stringify } from "yaml";
import { InputError } from "../base/errors.ts";
import { randomStream } from "../base/random.ts";
import { openStore, type Store, type StorePlace } from "../store/index.ts";
import { streamTrials } from "../study/database/records.ts";
import { StudyDatabase } from "../study/database/study-database.ts";
import type { SimulationSummary } from "../study/simulate/simulate.ts";
import { readStudy } from "../study/study-file.ts";
import { studyPaths } from "../study/study-folder.ts";

export interface StudyBenchOptions {
  /** One run for each. */
  participants: readonly number[];
  /** Of each participant. */
  trials: number;
  /** Seconds over which they arrive. */
  arriveWithin: number;
}

interface Run {
  store: Store["kind"];
  servers: number;
  participants: number;
  trials: number;
  commitsPerSecond: number;
  /** Milliseconds, as the participant's side measures them; of two servers the slower one's. */
  p50: number;
  p99: number;
  greatest: number;
  /** Requests that had to be sent again. */
  retries: number;
}

const command = fileURLToPath(new URL("../../bin/oversight.mjs", import.meta.url));

/** Runs on PGlite, and on PostgreSQL where DATABASE_URL names one; prints a line a run and one JSON object at the end. */
export async function benchStudy({ participants, trials, arriveWithin }: StudyBenchOptions): Promise<void> {
  const url = process.env.DATABASE_URL;
  if (url === undefined) process.stderr.write("DATABASE_URL names no PostgreSQL: PGlite only\n");
  const runs: Run[] = [];
  for (const store of url === undefined ? (["pglite"] as const) : (["pglite", "postgres"] as const)) {
    for (const count of participants) {
      const run = await measure(store, count, trials, arriveWithin);
      const { servers, commitsPerSecond, p50, p99, greatest } = run;
      process.stderr.write(
        `${store} (${servers === 1 ? "1 server" : `${servers} servers`})  ${count} participants  ` +
          `${commitsPerSecond} commits/s  p50 ${p50} ms  p99 ${p99} ms  greatest ${greatest} ms\n`,
      );
      runs.push(run);
    }
  }
  console.log(
    JSON.stringify({ bench: "study", cpu: cpus()[0].model, cpus: cpus().length, trials, arriveWithin, runs }),
  );
}

async function measure(kind: Store["kind"], participants: number, trials: number, arriveWithin: number): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), "oversight-bench-"));
  const servers: Server[] = [];
  try {
    await makeStudy(folder, `bench-${process.pid}-${participants}`, trials);
    const place = kind === "postgres" ? { url: process.env.DATABASE_URL! } : { folder: studyPaths(folder).database };
    for (let i = 0; i < (kind === "postgres" ? 2 : 1); i++) servers.push(await startServer(folder, kind));
    const summaries = await Promise.all(
      servers.map(({ address }, index) =>
        simulate(folder, {
          ...{ url: address, participants: Math.ceil((participants - index) / servers.length), seed: index + 1 },
          "arrive-within": arriveWithin,
        }),
      ),
    );
    await stopAll(servers.splice(0));
    const confirmed = summaries.reduce((sum, summary) => sum + summary.trials, 0);
    const stored = await countStored(folder, place);
    if (stored !== confirmed) throw new Error(`${confirmed} trials were confirmed, ${stored} are stored`);
    const seconds = Math.max(...summaries.map((summary) => summary.seconds));
    const slowest = (of: "p50" | "p99" | "greatest") =>
      round(Math.max(...summaries.map(({ commitMs }) => commitMs?.[of] ?? 0)));
    return {
      ...{ store: kind, servers: summaries.length, participants, trials: stored },
      commitsPerSecond: round(confirmed / seconds),
      ...{ p50: slowest("p50"), p99: slowest("p99"), greatest: slowest("greatest") },
      retries: summaries.flatMap(({ retries }) => Object.values(retries)).reduce((sum, count) => sum + count, 0),
    };
  } finally {
    await stopAll(servers);
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Server {
  process: ChildProcess;
  address: string;
}

async function startServer(folder: string, kind: Store["kind"]): Promise<Server> {
  const { DATABASE_URL, ...environment } = process.env;
  const env = kind === "postgres" ? { ...environment, DATABASE_URL } : environment;
  const args = [command, "study", "serve", folder, "--port", "0", "--trust-proxy"];
  const server = spawn(process.execPath, args, { env, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  return new Promise((resolve, reject) => {
    server.stderr.on("data", (chunk) => {
      said += chunk;
      const address = /participants +(http:\/\/[\d.]+:\d+)/.exec(said)?.[1];
      if (address !== undefined) resolve({ process: server, address });
    });
    server.on("close", () => reject(new Error(`the server ended: ${said.trim()}`)));
  });
}

async function stopAll(servers: readonly Server[]): Promise<void> {
  await Promise.all(
    servers.map(async ({ process: server }) => {
      if (server.exitCode !== null || server.signalCode !== null) return;
      server.kill("SIGTERM");
      await once(server, "close");
    }),
  );
}

async function simulate(folder: string, flags: Record<string, string | number>): Promise<SimulationSummary> {
  const args = Object.entries({ ...flags, pace: 1, careless: 0, "drop-out": 0 }).flatMap(([name, value]) => [
    `--${name}`,
    String(value),
  ]);
  const driver = spawn(process.execPath, [command, "study", "simulate", folder, ...args, "--behind-proxy", "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [output, [code]] = await Promise.all([text(driver.stdout), once(driver, "close")]);
  if (code !== 0) throw new InputError(`the simulated participants failed: ${output.trim()}`);
  return JSON.parse(output);
}

async function countStored(folder: string, place: StorePlace): Promise<number> {
  const store = await openStore(place);
  try {
    let count = 0;
    for await (const _ of streamTrials(await StudyDatabase.open(store, await readStudy(folder)))) count++;
    return count;
  } finally {
    await store.close();
  }
}

const imageSide = 512;

/** Images of noise over a gradient, about 200 kB each, as many of either label as two participants see. */
async function makeStudy(folder: string, name: string, trials: number): Promise<void> {
  mkdirSync(join(folder, "main"));
  const rows = ["split,label,path"];
  for (let index = 0; index < 4 * trials; index++) {
    const random = randomStream(1, "bench", index);
    const pixels = new Uint8Array(imageSide * imageSide * 3);
    for (let i = 0; i < pixels.length; i++) pixels[i] = (i / imageSide / 12 + 8 * random.uniform()) & 255;
    const path = `main/${index}.png`;
    const raw = { width: imageSide, height: imageSide, channels: 3 } as const;
    await sharp(pixels, { raw }).png().toFile(join(folder, path));
    rows.push(`train,${index % 2 === 0 ? "Synthetic" : "Real"},${path}`);
  }
  writeFileSync(join(folder, "main.csv"), `${rows.join("\n")}\n`);
  const study = {
    ...{ name, title: "Load", images: { manifest: "main.csv" }, practiceTrials: 0, catchTrials: 0 },
    question: { text: "Which image is synthetic?", target: "Synthetic" },
    pairs: { targetOther: trials },
    targetJudgements: 100_000,
    consent: { version: "1", text: "I agree." },
  };
  writeFileSync(join(folder, "study.yaml"), stringify(study));
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
