/**
 * PGlite as the socket of a node-postgres client: what the client writes is PostgreSQL's wire protocol, and PGlite
 * answers in it. A query's messages arrive together and are answered in one call.
 */
import { Duplex } from "node:stream";
import type { PGlite } from "@electric-sql/pglite";

export class PGliteStream extends Duplex {
  readonly #database: PGlite;

  constructor(database: PGlite) {
    super();
    this.#database = database;
  }

  /** As of a net.Socket, which is what a client expects: there is nothing to connect, tune or keep alive. */
  connect(): this {
    process.nextTick(() => this.emit("connect"));
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#answer(chunk, done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#answer(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.push(null);
    done();
  }

  override _read(): void {
    // Answers are pushed as they come.
  }

  #answer(messages: Buffer, done: (error?: Error | null) => void): void {
    try {
      const answer = this.#database.execProtocolRawSync(messages);
      if (answer.length > 0) this.push(answer);
      done();
    } catch (error) {
      done(error as Error);
    }
  }
}
