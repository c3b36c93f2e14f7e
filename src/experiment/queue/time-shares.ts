/** Where a worker's time goes. */

/** Runs' own commands, the database, and copying checkpoints; the rest is waiting. */
export type Activity = "runs" | "queue" | "checkpoints";

export class TimeShares {
  private readonly spent: Record<Activity, number> = { runs: 0, queue: 0, checkpoints: 0 };

  async of<T>(activity: Activity, work: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    try {
      return await work();
    } finally {
      this.spent[activity] += (performance.now() - begun) / 1000;
    }
  }

  /** Seconds so far. What is done beside a run, as heartbeats are, counts in both. */
  get seconds(): Readonly<Record<Activity, number>> {
    return this.spent;
  }
}
