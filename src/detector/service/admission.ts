/**
 * Who may come in. A request is let in only when what is before it will, by the speed measured, be judged within the
 * bound: so nobody waits longer, the line is bounded, and memory with it. Pure but for what it is told.
 */

export interface AdmissionLimits {
  /** Milliseconds that an image may wait for its turn. */
  wait: number;
  /** Bytes of bodies that may be here at once. */
  bytes: number;
}

export class Admission {
  private readonly limits: AdmissionLimits;
  private readonly threads: number;
  private msPerImage: number;
  private count = 0;
  private bytes = 0;

  /** @param msPerImage of one thread, to begin with */
  constructor(limits: AdmissionLimits, threads: number, msPerImage: number) {
    this.limits = limits;
    this.threads = threads;
    this.msPerImage = msPerImage;
  }

  /** Requests that are here. */
  get waiting(): number {
    return this.count;
  }

  /** Milliseconds that an image which came now would wait for its turn. */
  get expectedWait(): number {
    return (Math.max(0, this.count - this.threads + 1) * this.msPerImage) / this.threads;
  }

  /** @returns what gives the place back, or the whole seconds after which to ask again */
  enter(bytes: number): { leave: () => void } | { retryAfter: number } {
    // Two for each thread are always let in: one that is judged while the next is read.
    const lineIsFull = this.count >= 2 * this.threads && this.expectedWait > this.limits.wait;
    if (lineIsFull || (this.count > 0 && this.bytes + bytes > this.limits.bytes)) {
      return { retryAfter: Math.max(1, Math.ceil(this.expectedWait / 1000)) };
    }
    this.count++;
    this.bytes += bytes;
    let here = true;
    return {
      leave: () => {
        if (!here) return;
        here = false;
        this.count--;
        this.bytes -= bytes;
      },
    };
  }

  /**
   * @param ms from when an image's bytes were here to its judgement
   * @param before images that were here already, and not yet judged
   */
  learn(ms: number, before: number): void {
    const own = ms / Math.max(1, (before + 1) / this.threads);
    this.msPerImage += 0.1 * (own - this.msPerImage);
  }
}
