/**
 * Who may come in, and whose turn it is. A few images are worked on at once, the others wait as they came. An image is
 * let into the line only when, by the speed measured, its turn comes within the bound; should the line slow down
 * meanwhile, whoever's turn has not come by then is sent away. So nobody waits longer, whatever the machine does, and
 * the line is bounded, and memory with it.
 */

export interface AdmissionLimits {
  /** Milliseconds that an image may wait for its turn. */
  wait: number;
  /** Bytes of bodies that may be here at once. */
  bytes: number;
}

/** There is no room, or a turn does not come in time. */
export class Busy extends Error {
  override readonly name = "Busy";
  /** Whole seconds after which to ask again. */
  readonly retryAfter: number;

  constructor(retryAfter: number) {
    super("too many images wait");
    this.retryAfter = retryAfter;
  }
}

interface Waiting {
  begin: () => void;
  sendAway: () => void;
  timer: NodeJS.Timeout;
  /** The latest time of its turn. */
  until: number;
}

export class Admission {
  private readonly limits: AdmissionLimits;
  private readonly atOnce: number;
  private readonly line = new Set<Waiting>();
  private working = 0;
  private count = 0;
  private bytes = 0;
  /** From one turn's end to the next, while there is a line. */
  private msPerTurn: number;
  private lastEnd: number | undefined;

  /**
   * @param atOnce images that are worked on at once
   * @param msPerTurn milliseconds from one image's end to the next, to begin with
   */
  constructor(limits: AdmissionLimits, atOnce: number, msPerTurn: number) {
    this.limits = limits;
    this.atOnce = atOnce;
    this.msPerTurn = msPerTurn;
  }

  /** Requests that are here, from their heads to their answers. */
  get waiting(): number {
    return this.count;
  }

  /** Milliseconds until the turn of an image that came now. */
  get expectedWait(): number {
    return this.working < this.atOnce ? 0 : (this.line.size + 1) * this.msPerTurn;
  }

  /**
   * A request's head has come; its body may follow.
   * @returns what gives the place back
   * @throws Busy
   */
  enter(bytes: number): () => void {
    this.requireRoom();
    if (this.count > 0 && this.bytes + bytes > this.limits.bytes) throw this.busy();
    this.count++;
    this.bytes += bytes;
    return once(() => {
      this.count--;
      this.bytes -= bytes;
    });
  }

  /**
   * Waits for the turn of an image that is here.
   * @returns what ends the turn
   * @throws Busy at once, or when the turn has not come within the bound
   */
  async turn(): Promise<() => void> {
    // Others may have come while its body did.
    this.requireRoom();
    if (this.working >= this.atOnce) {
      await new Promise<void>((resolve, reject) => {
        const { wait } = this.limits;
        const waiting: Waiting = {
          begin: resolve,
          sendAway: () => {
            this.leaveLine(waiting);
            reject(this.busy());
          },
          timer: setTimeout(() => waiting.sendAway(), wait),
          until: performance.now() + wait,
        };
        this.line.add(waiting);
      });
    } else this.working++;
    return once(() => this.end());
  }

  private end(): void {
    const now = performance.now();
    // Timers of a busy process are late.
    for (const waiting of this.line) if (waiting.until < now) waiting.sendAway();
    const [next] = this.line;
    if (next === undefined) {
      this.working--;
      this.lastEnd = undefined;
      return;
    }
    if (this.lastEnd !== undefined) this.msPerTurn += 0.05 * (now - this.lastEnd - this.msPerTurn);
    this.lastEnd = now;
    // The place goes over to who has waited longest.
    this.leaveLine(next);
    next.begin();
  }

  private leaveLine(waiting: Waiting): void {
    clearTimeout(waiting.timer);
    this.line.delete(waiting);
  }

  private requireRoom(): void {
    if (this.expectedWait > this.limits.wait) throw this.busy();
  }

  private busy(): Busy {
    return new Busy(Math.max(1, Math.ceil(this.expectedWait / 1000)));
  }
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}
