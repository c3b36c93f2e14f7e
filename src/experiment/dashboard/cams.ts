/**
 * CAMs on demand: computed one at a time in a process of their own, which is begun with the first and ended when none has
 * been asked for in a while; kept in the experiment's folder under `dashboard/cams/<run>/`, for as long as weights, image
 * and map are the same.
 */
import { type ChildProcess, fork } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { constants, setPriority } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeFileAtomic } from "../../base/files.ts";
import type { Sample } from "../../data/index.ts";
import type { ExperimentRun } from "../runs.ts";
import { stampOf } from "./board.ts";
import type { CamReply, CamRequest } from "./cam-process.ts";
import type { Cam, CamAnswer } from "./contract.ts";

/** The compiled process; the same from src/ and from dist/. */
const script = fileURLToPath(new URL("../../../dist/experiment/dashboard/cam-process.js", import.meta.url));

/** Waiting jobs; whoever asks for more is refused. */
const mostWaiting = 200;
/** Milliseconds: a page asks again every second; a job that nobody has asked for this long is not wanted any more. */
const wantedFor = 15_000;
/** Milliseconds without a job after which the process ends and gives its memory back. */
const idleFor = 60_000;

interface Job {
  key: string;
  file: string;
  /** Of weights, image and map as they were before. */
  stamp: string;
  request: Omit<CamRequest, "number">;
  askedAt: number;
}

export interface CamsOptions {
  now?: () => number;
  /** Begins the process. */
  start?: () => ChildProcess;
}

export class Cams {
  private readonly folder: string;
  private readonly now: () => number;
  private readonly start: () => ChildProcess;
  /** By key, in the order in which they came; the first may be under way. */
  private readonly jobs = new Map<string, Job>();
  /** What went wrong, until it has been told once. */
  private readonly failures = new Map<string, string>();
  private child: ChildProcess | undefined;
  private current: { number: number; job: Job } | undefined;
  private number = 0;
  private idle: NodeJS.Timeout | undefined;
  private closed = false;

  /** @param folder the experiment's */
  constructor(folder: string, { now = Date.now, start = startProcess }: CamsOptions = {}) {
    this.folder = join(folder, "dashboard", "cams");
    this.now = now;
    this.start = start;
  }

  /** @returns undefined where too many wait already */
  async ask(run: ExperimentRun, sample: Sample): Promise<CamAnswer | undefined> {
    const stamp = await stampsOf(run, sample);
    const name = createHash("sha256").update(sample.path).digest("hex").slice(0, 24);
    const key = `${run.id}/${name}`;
    const file = join(this.folder, run.id, `${name}.json`);
    const kept = await readKept(file, stamp);
    if (kept !== undefined) return { state: "done", cam: kept };
    const failure = this.failures.get(key);
    if (failure !== undefined) {
      this.failures.delete(key);
      return { state: "failed", message: failure };
    }
    const there = this.jobs.get(key);
    if (there !== undefined) there.askedAt = this.now();
    else {
      this.dropUnwanted();
      if (this.jobs.size > mostWaiting || this.closed) return undefined;
      this.jobs.set(key, { key, file, stamp, request: { folder: run.folder, sample }, askedAt: this.now() });
      this.next();
    }
    return { state: "computing", before: [...this.jobs.keys()].indexOf(key) };
  }

  /** Ends the process; what it was at is lost. */
  close(): void {
    this.closed = true;
    this.jobs.clear();
    this.end();
  }

  private next(): void {
    if (this.current !== undefined || this.closed) return;
    this.dropUnwanted();
    const [job] = this.jobs.values();
    clearTimeout(this.idle);
    if (job === undefined) {
      this.idle = setTimeout(() => this.end(), idleFor).unref();
      return;
    }
    this.child ??= this.begin();
    this.current = { number: ++this.number, job };
    this.child.send({ number: this.number, ...job.request } satisfies CamRequest);
  }

  private dropUnwanted(): void {
    const oldest = this.now() - wantedFor;
    for (const [key, job] of this.jobs) if (job.askedAt < oldest && job !== this.current?.job) this.jobs.delete(key);
  }

  private begin(): ChildProcess {
    const child = this.start();
    child.on("message", (reply: CamReply) => {
      if (reply.number !== this.current?.number) return;
      if ("cam" in reply) void this.finish((job) => keep(job, reply.cam));
      else void this.finish(() => Promise.reject(new Error(reply.failure)));
    });
    let failure = "";
    child.on("error", (error) => {
      failure = error.message;
    });
    child.on("close", (code, signal) => {
      if (this.child !== child) return;
      this.child = undefined;
      const reason = failure || `the process that computes it has ended (${signal ?? `code ${code}`})`;
      if (this.current !== undefined) void this.finish(() => Promise.reject(new Error(reason)));
    });
    return child;
  }

  private async finish(work: (job: Job) => Promise<void>): Promise<void> {
    const { job } = this.current!;
    try {
      await work(job);
    } catch (error) {
      this.failures.set(job.key, (error as Error).message);
      // Nobody may ever ask again.
      if (this.failures.size > mostWaiting) this.failures.delete(this.failures.keys().next().value!);
    }
    this.jobs.delete(job.key);
    this.current = undefined;
    this.next();
  }

  private end(): void {
    clearTimeout(this.idle);
    const { child } = this;
    this.child = undefined;
    this.current = undefined;
    if (child?.connected) child.disconnect();
  }
}

function startProcess(): ChildProcess {
  const child = fork(script, [], {
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    env: { ...process.env, OMP_NUM_THREADS: "1" },
  });
  // Whoever trains here comes first.
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  return child;
}

async function stampsOf({ folder }: ExperimentRun, { path, saliency }: Sample): Promise<string> {
  const files = [join(folder, "best.safetensors"), path, ...(saliency === undefined ? [] : [saliency])];
  return (await Promise.all(files.map(stampOf))).join("; ");
}

/** Undefined where there is none, or one of other weights; one that is half written is computed anew. */
async function readKept(file: string, stamp: string): Promise<Cam | undefined> {
  try {
    const kept = JSON.parse(await readFile(file, "utf8")) as { stamp: string; cam: Cam };
    return kept.stamp === stamp ? kept.cam : undefined;
  } catch {
    return undefined;
  }
}

async function keep({ file, stamp }: Job, cam: Cam): Promise<void> {
  await mkdir(join(file, ".."), { recursive: true });
  writeFileAtomic(file, `${JSON.stringify({ stamp, cam })}\n`);
}
