/** Work that takes much of the machine is done one piece after another, so that it never takes all of it. */
export class OneByOne {
  /** Pieces under way or waiting. */
  waiting = 0;
  private last: Promise<unknown> = Promise.resolve();

  /** Does `work` after all that was given before. */
  run<T>(work: () => Promise<T>): Promise<T> {
    this.waiting++;
    const mine = this.last.then(work).finally(() => this.waiting--);
    this.last = mine.catch(() => {});
    return mine;
  }
}
