/**
 * Simulated participants who take part in a study over HTTP, as browsers do: for load, for tests, and so that a lab can
 * rehearse its analysis. Some leave in the middle, reload the page, or send a trial twice, and the server must cope.
 */
import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { quantileSorted } from "simple-statistics";
import { randomStream } from "../../base/random.ts";
import { type ClientOptions, type RetryReason, StudyClient } from "./client.ts";
import { type Habits, takePart } from "./participant.ts";
import type { Truth } from "./truth.ts";

export interface SimulationOptions extends Partial<Habits> {
  /** Where the server is, e.g. `http://127.0.0.1:8080`. */
  url: string;
  /** What is to be seen on the images, which the server tells nobody. */
  truth: Truth;
  participants: number;
  /** Participants at a time; all at once without it. */
  concurrency?: number | undefined;
  /** Seconds over which they arrive, evenly; all in one moment without it. */
  arriveWithin?: number | undefined;
  seed?: number | undefined;
  /** An address of its own for each participant as X-Forwarded-For, for a server that trusts its proxy. */
  behindProxy?: boolean | undefined;
  /** Milliseconds for which a request is tried again; default two minutes. */
  patienceMs?: number | undefined;
  /** Ends the simulation early; the summary tells what was done until then. */
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: SimulationProgress) => void) | undefined;
  /** Called with the id of every trial that the server has confirmed. */
  onCommitted?: ((trial: string) => void) | undefined;
}

export interface SimulationProgress {
  /** Participants who are done, in whatever way. */
  done: number;
  participants: number;
  trials: number;
}

/** How participants ended; `dropped-out` have left as their habits are, `failed` met what should not be. */
export const outcomes = [
  "complete",
  "dropped-out",
  "full",
  "ineligible",
  "expired",
  "withdrawn",
  "stopped",
  "failed",
] as const;
export type Outcome = (typeof outcomes)[number];

export interface SimulationSummary {
  participants: Record<Outcome, number>;
  /** Trials that the server has confirmed, each counted once. */
  trials: number;
  refreshes: number;
  /** Trials sent again after they were confirmed. */
  resent: number;
  /** Requests sent again, by reason. */
  retries: Record<RetryReason, number>;
  seconds: number;
  /** Milliseconds from sending a trial to its confirmation, tries again left out; null without trials. */
  commitMs: { p50: number; p95: number; p99: number; greatest: number } | null;
  /** What went wrong, each once. */
  failures: string[];
}

const defaults = { skill: 0.5, careless: 0.05, dropOut: 0.1, refresh: 0.05, resend: 0.05, pace: 0 } as const;

/**
 * @throws InputError when the server cannot be reached at all or shows another study; what happens to a participant
 * later is in the summary
 */
export async function simulateStudy(options: SimulationOptions): Promise<SimulationSummary> {
  const { url, truth, participants, signal, onProgress, onCommitted } = options;
  const seed = options.seed ?? 1;
  const habits: Habits = { ...defaults, ...definedOnly(options) };
  const tally = new Tally();
  const connection: ClientOptions = {
    url,
    patienceMs: options.patienceMs ?? 120_000,
    signal,
    onRetry: (reason) => tally.retries[reason]++,
  };
  const info = await new StudyClient({ ...connection, patienceMs: Math.min(3_000, connection.patienceMs) }).study();
  truth.requireSameStudy(info, url);

  // Each request under way listens to it.
  if (signal !== undefined) setMaxListeners(0, signal);

  const begun = performance.now();
  let next = 0;
  let done = 0;
  const arrival = (index: number) => begun + (index / participants) * (options.arriveWithin ?? 0) * 1000;
  const report = () => onProgress?.({ done, participants, trials: tally.commits.length });
  const worker = async () => {
    while (next < participants && signal?.aborted !== true) {
      const index = next++;
      const client = new StudyClient(connection, options.behindProxy === true ? addressOf(index) : undefined);
      const random = randomStream(seed, "participant", index);
      try {
        await sleep(Math.max(0, arrival(index) - performance.now()), undefined, { signal });
        const outcome = await takePart({
          ...{ client, info, truth, habits, random, signal },
          externalId: `simulated-${seed}-${index}`,
          seed: random.integer(2 ** 31),
          onCommitted: (trial, milliseconds) => {
            tally.commits.push(milliseconds);
            onCommitted?.(trial);
            report();
          },
          onRefresh: () => tally.refreshes++,
          onResend: () => tally.resent++,
        });
        tally.participants[outcome]++;
      } catch (error) {
        if (signal?.aborted) tally.participants.stopped++;
        else tally.fail(error);
      }
      done++;
      report();
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.concurrency ?? participants, participants) }, worker));
  return tally.summary((performance.now() - begun) / 1000);
}

class Tally {
  readonly participants = Object.fromEntries(outcomes.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  readonly retries: Record<RetryReason, number> = { network: 0, busy: 0, server: 0 };
  /** Milliseconds of each. */
  readonly commits: number[] = [];
  refreshes = 0;
  resent = 0;
  private readonly failures = new Set<string>();

  fail(error: unknown): void {
    this.participants.failed++;
    // Ids differ from one participant to the next; the fault does not.
    this.failures.add(
      (error instanceof Error ? error.message : String(error)).replaceAll(/\/(trials|images)\/\S+/g, "/$1/…"),
    );
  }

  summary(seconds: number): SimulationSummary {
    const sorted = this.commits.toSorted((a, b) => a - b);
    const quantile = (share: number) => quantileSorted(sorted, share);
    const { participants, retries, refreshes, resent } = this;
    return {
      ...{ participants, retries, refreshes, resent, seconds },
      trials: sorted.length,
      commitMs:
        sorted.length === 0
          ? null
          : { p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99), greatest: sorted[sorted.length - 1] },
      failures: [...this.failures],
    };
  }
}

/** An address of the block that is set aside for benchmarks (RFC 2544). */
function addressOf(index: number): string {
  return `198.${18 + ((index >> 16) & 1)}.${(index >> 8) & 255}.${index & 255}`;
}

function definedOnly<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}
