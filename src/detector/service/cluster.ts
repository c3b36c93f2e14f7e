/** The service's processes: as many as asked for, a new one for each that dies, all stopped together. */
import cluster, { type Worker } from "node:cluster";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { AggregatorRegistry } from "prom-client";
import { InputError, systemErrorCode } from "../../base/errors.ts";
import { type FromWorker, settingsVariable, type ToWorker, type WorkerSettings } from "./messages.ts";

export interface RunningService {
  /** Where it listens. */
  port: number;
  /** What is under way is answered first, within the bound for answers; then all processes have ended. */
  stop(): Promise<void>;
}

export interface ClusterOptions extends WorkerSettings {
  processes: number;
  /** Takes what happens to processes, in words. */
  say: (line: string) => void;
}

/** The compiled worker; the same from src/ and from dist/. */
const script = fileURLToPath(new URL("../../../dist/detector/service/worker.js", import.meta.url));
/** Milliseconds that processes have to stop by themselves; theirs to answer is less. */
const stopWithin = 40_000;
/** Milliseconds before a process that could not begin is tried again: doubled each time, up to the last. */
const retryAfter = [1_000, 30_000] as const;

/**
 * Resolves when all processes listen.
 * @throws InputError when the address cannot be listened on, or a worker cannot begin: no such detector, …
 */
export async function startService({ processes, say, ...settings }: ClusterOptions): Promise<RunningService> {
  const port = await requirePort(settings.host, settings.port);
  cluster.setupPrimary({ exec: script, args: [] });
  const environment = { [settingsVariable]: JSON.stringify({ ...settings, port } satisfies WorkerSettings) };
  const workers = new Set<Worker>();
  const gatherer = new AggregatorRegistry();
  let stopping = false;
  let delay: number = retryAfter[0];

  function begin(): Promise<void> {
    const worker = cluster.fork(environment);
    workers.add(worker);
    return new Promise((resolve, reject) => {
      let failure = "it ended before it listened";
      let listening = false;
      worker.on("listening", () => {
        listening = true;
        delay = retryAfter[0];
        resolve();
      });
      worker.on("message", (message: FromWorker) => {
        if (message.oversight === "failed") failure = message.message;
        else if (message.oversight === "metrics") answerMetrics(worker, message.id);
      });
      worker.on("exit", (code, signal) => {
        workers.delete(worker);
        if (!listening) reject(new InputError(failure));
        else if (!stopping) {
          say(`a process has ended (${signal ?? `code ${code}`}); another takes its place`);
          replace();
        }
      });
    });
  }

  function replace(): void {
    begin().catch((error: Error) => {
      if (stopping) return;
      say(`the new process could not begin: ${error.message}`);
      setTimeout(() => stopping || replace(), delay).unref();
      delay = Math.min(2 * delay, retryAfter[1]);
    });
  }

  async function answerMetrics(worker: Worker, id: number): Promise<void> {
    const text = await gatherer.clusterMetrics().catch(() => undefined);
    if (worker.isConnected()) worker.send({ oversight: "metrics", id, text } satisfies ToWorker);
  }

  async function stop(): Promise<void> {
    stopping = true;
    const ended = [...workers].map((worker) => {
      if (worker.isConnected()) worker.send({ oversight: "stop" } satisfies ToWorker);
      return new Promise((resolve) => worker.once("exit", resolve));
    });
    const late = setTimeout(() => {
      for (const worker of workers) worker.process.kill("SIGKILL");
    }, stopWithin);
    await Promise.all(ended);
    clearTimeout(late);
  }

  try {
    // One first: what it cannot do, the others cannot either, and say so once.
    await begin();
    await Promise.all(Array.from({ length: processes - 1 }, begin));
    return { port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The port, or one that is free for 0: a process that is begun later must find the same. */
function requirePort(host: string, port: number): Promise<number> {
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once("error", (error) => reject(explain(error, host, port)));
    probe.listen({ host, port }, () => {
      const address = probe.address();
      const found = typeof address === "object" && address !== null ? address.port : port;
      probe.close(() => resolve(found));
    });
  });
}

function explain(error: Error, host: string, port: number): Error {
  const reasons: Record<string, string> = {
    EADDRINUSE: "another program listens there; choose another --port",
    EACCES: "permission denied; ports from 1024 on need no rights",
    EADDRNOTAVAIL: "this machine has no such address; choose another --host",
    ENOTFOUND: "there is no such host; choose another --host",
  };
  const reason = reasons[systemErrorCode(error) ?? ""];
  return reason === undefined ? error : new InputError(`cannot listen on ${host}, port ${port}: ${reason}`);
}
