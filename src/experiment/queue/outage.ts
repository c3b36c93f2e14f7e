/** Says once that the database is away and once that it is back: what needs it is tried again and again in between. */
export class Outage {
  private readonly say: (line: string) => void;
  private since: number | undefined;

  constructor(say: (line: string) => void) {
    this.say = say;
  }

  get lasts(): boolean {
    return this.since !== undefined;
  }

  /** Does what needs the database. */
  async during<T>(ask: () => Promise<T>): Promise<T> {
    try {
      const answer = await ask();
      this.over();
      return answer;
    } catch (error) {
      this.begin(error);
      throw error;
    }
  }

  private begin(error: unknown): void {
    if (this.since !== undefined) return;
    this.since = performance.now();
    this.say(`the database does not answer (${reasonOf(error)}); runs go on, and it is asked again until it does`);
  }

  private over(): void {
    if (this.since === undefined) return;
    this.say(`the database answers again, after ${Math.ceil((performance.now() - this.since) / 1000)} s`);
    this.since = undefined;
  }
}

function reasonOf(error: unknown): string {
  // A host of several addresses fails with one error for each.
  const { message } = error instanceof AggregateError ? (error.errors[0] as Error) : (error as Error);
  return message.split("\n")[0];
}
