/** The board for all who watch it: looked at every second while somebody does, each told of what has changed. */
import { PassThrough, type Readable } from "node:stream";
import type { Board } from "./board.ts";

/** Milliseconds from one look's end to the next. */
const interval = 1000;
/** Looks after which whoever has heard nothing gets a sign of life, by which both sides know that the line stands. */
const quietLooks = 15;
const mostWatchers = 50;
/** Bytes that may wait for a watcher; one that takes nothing is let go, and comes again. */
const mostWaiting = 8 * 1024 * 1024;

export class Live {
  private readonly board: Board;
  private readonly watchers = new Set<PassThrough>();
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private quiet = 0;

  constructor(board: Board) {
    this.board = board;
  }

  get count(): number {
    return this.watchers.size;
  }

  /** A look now, or the one that is under way. */
  refresh(): Promise<void> {
    this.looking ??= this.look().finally(() => {
      this.looking = undefined;
    });
    return this.looking;
  }

  /** A stream of server-sent events until either side ends it; undefined where too many watch. */
  async watch(): Promise<Readable | undefined> {
    if (this.watchers.size >= mostWatchers) return undefined;
    await this.refresh();
    const stream = new PassThrough();
    this.watchers.add(stream);
    const forget = () => {
      this.watchers.delete(stream);
      if (this.watchers.size === 0) this.pause();
    };
    stream.on("close", forget);
    stream.on("error", forget);
    // How soon to come again after the line broke.
    stream.write("retry: 2000\n\n");
    stream.write(eventOf("overview", this.board.overview()));
    this.timer ??= setTimeout(() => this.again(), interval).unref();
    return stream;
  }

  /** Lets all go. */
  close(): void {
    for (const stream of this.watchers) stream.end();
    this.watchers.clear();
    this.pause();
  }

  private async again(): Promise<void> {
    await this.refresh();
    if (this.watchers.size > 0) this.timer = setTimeout(() => this.again(), interval).unref();
  }

  private pause(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private async look(): Promise<void> {
    const { replanned, changed } = await this.board.look();
    if (replanned) this.tell(eventOf("overview", this.board.overview()));
    else if (changed.length > 0) this.tell(eventOf("runs", changed));
    else if (++this.quiet >= quietLooks) this.tell(": nothing new\n\n");
  }

  private tell(text: string): void {
    this.quiet = 0;
    for (const stream of this.watchers) {
      if (stream.writableLength + stream.readableLength > mostWaiting) stream.destroy();
      else stream.write(text);
    }
  }
}

const eventOf = (name: string, data: unknown) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
