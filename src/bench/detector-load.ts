/** Many clients of a service at once, each asking anew as soon as it is answered. */
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";

export interface LoadPlan {
  address: string;
  /** Files that are sent in turn. */
  images: readonly string[];
  clients: number;
  seconds: number;
  /** The service's processes, whose memory is watched. */
  pids: readonly number[];
}

export interface Load {
  clients: number;
  seconds: number;
  /** 200s a second. */
  answersPerSecond: number;
  /** Milliseconds, of the 200s. */
  p50: number;
  p99: number;
  refused: number;
  /** Answers of another status, and requests without an answer: there should be none. */
  other: number;
  unanswered: number;
  /** Resident memory of all processes together, at the quarters of the time. */
  megabytes: number[];
}

export async function loadService({ address, images, clients, seconds, pids }: LoadPlan): Promise<Load> {
  const bodies = images.map((path) => readFileSync(path));
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const times: number[] = [];
  const count = { refused: 0, other: 0, unanswered: 0 };
  const begun = performance.now();
  const end = begun + seconds * 1000;
  const megabytes: number[] = [];
  const watch = setInterval(() => megabytes.push(residentMegabytes(pids)), (seconds * 1000) / 4.05);
  let turn = 0;
  async function client(): Promise<void> {
    while (performance.now() < end) {
      const asked = performance.now();
      const { status, retryAfter } = await ask(`${address}/v1/score`, bodies[turn++ % bodies.length], agent);
      if (status === 200) times.push(performance.now() - asked);
      else if (status === 429) {
        count.refused++;
        // As a client that can read would, up to the end.
        const pause = Math.min(1000 * retryAfter, Math.max(0, end - performance.now()));
        await new Promise((resolve) => setTimeout(resolve, pause));
      } else if (status === undefined) count.unanswered++;
      else count.other++;
    }
  }
  await Promise.all(Array.from({ length: clients }, client));
  clearInterval(watch);
  agent.destroy();
  const took = (performance.now() - begun) / 1000;
  times.sort((a, b) => a - b);
  const at = (share: number) => Math.round(times[Math.min(times.length - 1, Math.floor(share * times.length))]);
  const answersPerSecond = Number((times.length / took).toPrecision(3));
  return { clients, seconds, answersPerSecond, p50: at(0.5), p99: at(0.99), ...count, megabytes };
}

function ask(address: string, body: Buffer, agent: Agent): Promise<{ status: number | undefined; retryAfter: number }> {
  return new Promise((resolve) => {
    const headers = { "content-type": "image/jpeg", "content-length": body.byteLength };
    const sent = request(address, { method: "POST", agent, headers }, (response) => {
      response.resume();
      response.on("end", () =>
        resolve({ status: response.statusCode, retryAfter: Number(response.headers["retry-after"] ?? 1) }),
      );
      response.on("error", () => resolve({ status: undefined, retryAfter: 1 }));
    });
    sent.on("error", () => resolve({ status: undefined, retryAfter: 1 }));
    sent.end(body);
  });
}

/** From /proc; 0 where there is none. */
function residentMegabytes(pids: readonly number[]): number {
  const kilobytes = pids.map((pid) => {
    try {
      return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
    } catch {
      return 0;
    }
  });
  return Math.round(kilobytes.reduce((a, b) => a + b, 0) / 1024);
}
