/**
 * Sending until it has arrived. What the network swallows, and what the server cannot take just now (429, 5xx), is sent
 * again, at growing intervals and at once when the browser says it is online. Any other answer is the answer.
 */

/** The server said no. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;
  /** A `RefusalCode`; undefined when the answer is not of this server's making. */
  readonly code: string | undefined;
  /** Milliseconds the server asks to wait. */
  readonly retryAfterMs: number;

  constructor(status: number, code: string | undefined, message: string, retryAfterMs = 0) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The server was not reached, or its answer did not arrive whole. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

export type Trouble = "offline" | "busy";

export interface Delivery {
  /** Waits so long, or until there is a reason to try at once. */
  wait(milliseconds: number): Promise<void>;
  /** A number in [0, 1): so that many browsers do not come back in one wave. */
  random(): number;
  /** Told when it does not go through, and with undefined when it does again. */
  onTrouble(trouble: Trouble | undefined): void;
}

export const pauses = { first: 1_000, greatest: 30_000 } as const;

/** Milliseconds before the attempt after `failures` failed ones: doubled each time, between half and all of it. */
export function pauseAfter(failures: number, random: number): number {
  const most = Math.min(pauses.greatest, pauses.first * 2 ** (failures - 1));
  return Math.round((most / 2) * (1 + random));
}

/**
 * Calls `send` until it neither fails to reach the server nor is asked to come later.
 * @throws Refused when the server said no
 */
export async function deliver<T>(send: () => Promise<T>, delivery: Delivery): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      const answer = await send();
      if (failures > 1) delivery.onTrouble(undefined);
      return answer;
    } catch (error) {
      const trouble = troubleOf(error);
      if (trouble === undefined) {
        if (failures > 1) delivery.onTrouble(undefined);
        throw error;
      }
      delivery.onTrouble(trouble);
      const asked = error instanceof Refused ? error.retryAfterMs : 0;
      await delivery.wait(Math.max(asked, pauseAfter(failures, delivery.random())));
    }
  }
}

function troubleOf(error: unknown): Trouble | undefined {
  if (error instanceof Unreachable) return "offline";
  if (error instanceof Refused && (error.status === 429 || error.status >= 500)) return "busy";
  return undefined;
}
