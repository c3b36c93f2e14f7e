/** Participants who go on, whatever happens to the server: each request is sent again until it is answered. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Committed, Joined, Session, TrialResult } from "../../src/study/contract/api.ts";
import { resultFor } from "./rig.ts";

export interface Steady {
  /** What was sent for each trial that was acknowledged. */
  acknowledged: Map<string, TrialResult>;
  /** Requests that got no answer. */
  unanswered: number;
  /** Milliseconds of each acknowledged commit. */
  commitMs: number[];
  /** Answers that should not be. */
  faults: string[];
  /** Everybody ends after the request that is under way. */
  stop(): Promise<void>;
}

/**
 * So many at a time, one after another, until they are told to stop; each from an address of its own, behind a proxy.
 * @param urls of the servers; each request goes to another
 */
export function steadyParticipants(urls: readonly string[], count: number, thinkMs: number): Steady {
  let stopped = false;
  let requests = 0;
  let participants = 0;
  const state: Omit<Steady, "stop"> = { acknowledged: new Map(), unanswered: 0, commitMs: [], faults: [] };

  async function ask<T>(address: string, path: string, token?: string, body?: object): Promise<T> {
    const headers: Record<string, string> = { "x-forwarded-for": address };
    if (token !== undefined) headers.authorization = `Bearer ${token}`;
    if (body !== undefined) headers["content-type"] = "application/json";
    for (;;) {
      const url = new URL(path, urls[requests++ % urls.length]);
      try {
        const init = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
        const response = await fetch(url, { ...init, signal: AbortSignal.timeout(20_000) });
        const answer = await response.json();
        if (response.ok) return answer as T;
        state.faults.push(`${path.replace(/\d+/, "…")}: ${response.status} ${JSON.stringify(answer)}`);
        throw new Stopped();
      } catch (error) {
        if (error instanceof Stopped) throw error;
        state.unanswered++;
        if (stopped) throw new Stopped();
        await sleep(20);
      }
    }
  }

  async function takePart(): Promise<void> {
    const number = participants++;
    const address = `198.18.${number >> 8}.${number & 255}`;
    const { token } = await ask<Joined>(address, "/api/join", undefined, {});
    let session = await ask<Session>(address, "/api/consent", token, { version: "1" });
    while (session.state === "trials" && !stopped) {
      await sleep(thinkMs * (0.5 + Math.random()));
      const trial = session.trial!.id;
      const result = { ...resultFor(session), responseMs: 1000 + Math.random() };
      const sent = performance.now();
      const committed = await ask<Committed>(address, `/api/trials/${trial}`, token, result);
      state.commitMs.push(performance.now() - sent);
      if (state.acknowledged.has(trial)) state.faults.push(`trial ${trial} was to be done twice`);
      state.acknowledged.set(trial, result);
      session = committed.session;
    }
    if (session.state !== "complete" && !stopped) state.faults.push(`a participant ended as ${session.state}`);
  }

  const running = Array.from({ length: count }, async () => {
    while (!stopped) {
      await takePart().catch((error: unknown) => {
        if (!(error instanceof Stopped)) state.faults.push(String(error));
      });
    }
  });
  return Object.assign(state, {
    async stop() {
      stopped = true;
      await Promise.all(running);
    },
  });
}

class Stopped extends Error {}
