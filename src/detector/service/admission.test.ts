import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { randomStream } from "../../base/random.ts";
import { Admission, Busy } from "./admission.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const pass = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

test("lets in as many as will have their turn within the bound", async () => {
  const admission = new Admission({ wait: 1_000, bytes: 1_000 }, 4, 100);
  const turns = Array.from({ length: 4 }, () => admission.turn());
  expect(admission.expectedWait).toBe(100);
  const line = Array.from({ length: 10 }, () => admission.turn().catch((error: Busy) => error));
  expect(admission.expectedWait).toBe(1_100);
  await expect(admission.turn()).rejects.toThrow(Busy);
  expect(() => admission.enter(1)).toThrow(expect.objectContaining({ retryAfter: 2 }));
  for (const turn of turns) (await turn)();
  expect(() => admission.enter(1)).not.toThrow();
  await vi.advanceTimersByTimeAsync(1_000);
  const refused = (await Promise.all(line.slice(4))).filter((outcome) => outcome instanceof Busy);
  expect(refused).toHaveLength(6);
});

/** Requests come every `every` ms, more than can be worked on, whose work takes what `ms` says at their turn. */
async function load(admission: Admission, { every, count, ms }: { every: number; count: number; ms: () => number }) {
  const outcomes: { waited: number; answered: boolean }[] = [];
  const request = async () => {
    const came = performance.now();
    let answered = false;
    try {
      const leave = admission.enter(10);
      const end = await admission.turn().finally(leave);
      answered = true;
      outcomes.push({ waited: performance.now() - came, answered });
      await pass(ms());
      end();
    } catch (error) {
      expect(error).toBeInstanceOf(Busy);
      outcomes.push({ waited: performance.now() - came, answered });
    }
  };
  const all: Promise<void>[] = [];
  for (let at = 0; at < count; at++) {
    all.push(request());
    await vi.advanceTimersByTimeAsync(every);
  }
  await vi.advanceTimersByTimeAsync(60_000);
  await Promise.all(all);
  return outcomes;
}

test("nobody waits longer than the bound, though the work slows down tenfold in its midst", async () => {
  const admission = new Admission({ wait: 2_000, bytes: 1e9 }, 4, 25);
  const random = randomStream(5, "admission");
  const begun = performance.now();
  const slow = () => (performance.now() - begun > 5_000 ? 1_000 : 100);
  const outcomes = await load(admission, { every: 5, count: 4_000, ms: () => slow() * (0.5 + random.uniform()) });
  expect(outcomes).toHaveLength(4_000);
  expect(Math.max(...outcomes.map(({ waited }) => waited))).toBeLessThanOrEqual(2_000);
  const answered = outcomes.filter(({ answered }) => answered);
  // 40 a second for 5 seconds, 4 a second for 15, and what was in the line.
  expect(answered.length).toBeGreaterThan(240);
  expect(admission.waiting).toBe(0);
  expect(admission.expectedWait).toBe(0);
});

test("who is overdue when a place is free is sent away, though the timer has not told", async () => {
  const admission = new Admission({ wait: 1_000, bytes: 1e9 }, 1, 10);
  const end = await admission.turn();
  const late = admission.turn().catch((error: Busy) => error);
  const now = performance.now();
  const clock = vi.spyOn(performance, "now").mockReturnValue(now + 1_001);
  const inTime = admission.turn();
  end();
  clock.mockRestore();
  expect(await late).toBeInstanceOf(Busy);
  (await inTime)();
  expect(admission.expectedWait).toBe(0);
});

test("learns the speed: once it is known, few wait in vain", async () => {
  const admission = new Admission({ wait: 2_000, bytes: 1e9 }, 4, 1);
  // 20 a second, while the first guess was a thousand.
  const outcomes = await load(admission, { every: 10, count: 6_000, ms: () => 200 });
  const inVain = outcomes.slice(3_000).filter(({ waited, answered }) => !answered && waited > 0);
  expect(inVain.length).toBeLessThan(100);
});

test("takes as much as memory is for, and what is larger than all of it alone", () => {
  const admission = new Admission({ wait: 1_000, bytes: 1_000 }, 2, 100);
  const leave = admission.enter(600);
  expect(() => admission.enter(600)).toThrow(expect.objectContaining({ retryAfter: 1 }));
  leave();
  leave();
  expect(admission.waiting).toBe(0);
  expect(() => admission.enter(5_000)).not.toThrow();
});
