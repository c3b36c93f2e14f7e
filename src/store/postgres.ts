/** A pool of connections to a PostgreSQL server; each way in which the server cannot be used is told in one line. */
import pg from "pg";
import { InputError, inOneLine, systemErrorCode } from "../base/errors.ts";
import { types } from "./types.ts";

const settings: pg.PoolConfig = {
  types,
  application_name: "oversight",
  max: 10,
  keepAlive: true,
  // Milliseconds. A connection, be it new or another request's, is waited for so long;
  connectionTimeoutMillis: 10_000,
  // longer than any statement of ours takes, so that one that hangs frees its locks;
  statement_timeout: 60_000,
  // and so does a transaction whose server process has gone silent.
  idle_in_transaction_session_timeout: 60_000,
};

/**
 * @param url `postgresql://user:password@host:5432/database`, with node-postgres's parameters (`?sslmode=…`)
 * @throws InputError when the address is none, or the server refuses; the password is never told
 */
export async function connectPostgres(url: string): Promise<{ pool: pg.Pool; close(): Promise<void> }> {
  const place = placeOf(url);
  const pool = new pg.Pool({ connectionString: url, ...settings });
  // A server that restarts ends idle connections. The pool drops them, and the next statement gets a new one.
  pool.on("error", () => undefined);
  try {
    (await pool.connect()).release();
  } catch (error) {
    await pool.end();
    throw new InputError(`PostgreSQL at ${place.host}: ${reason(error, place)}`);
  }
  return { pool, close: async () => undefined };
}

interface Place {
  /** `host:port`, or the folder of a socket. */
  host: string;
  user: string;
  database: string;
}

function placeOf(url: string): Place {
  const expected = "expected postgresql://user:password@host:port/database";
  const unusable = (why: string) => new InputError(`the database's address (DATABASE_URL): ${why}; ${expected}`);
  if (!/^postgres(ql)?:\/\//.test(url)) throw unusable("it does not begin with postgresql://");
  const hint = "it cannot be read; in a password, @ is written %40, / %2F, # %23, ? %3F, % %25";
  // What follows a stray / is taken for the database's name, and what precedes it for the host: told, it would be a secret.
  if (/[/?#].*@/.test(url.replace(/^\w+:\/\//, ""))) throw unusable(hint);
  try {
    const { host, port, user, database } = new pg.Client({ connectionString: url });
    return { host: host.startsWith("/") ? host : `${host}:${port}`, user: user ?? "", database: database ?? "" };
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT" || code === "EACCES") throw unusable("a file that it names cannot be read");
    throw unusable(hint);
  }
}

function reason(error: unknown, { user, database }: Place): string {
  const { message } = error as Error;
  const words: Record<string, string> = {
    ECONNREFUSED: "no server answers there; is it running, and is the port right?",
    ENOENT: "there is no socket of a server in this folder",
    ENOTFOUND: "there is no host of this name",
    EAI_AGAIN: "the host's name cannot be looked up now",
    EHOSTUNREACH: "the host cannot be reached",
    ENETUNREACH: "the host cannot be reached",
    "28P01": `the password of user "${user}" is wrong`,
    "28000": `user "${user}" may not log in: ${message}`,
    "3D000": `there is no database "${database}"; make it with createdb`,
    "53300": "the server has no connection left to give",
    "57P03": "the server is starting up or shutting down",
  };
  const code = systemErrorCode(error) ?? "";
  if (code in words) return words[code];
  if (/timeout/.test(message)) return `no answer within ${settings.connectionTimeoutMillis! / 1000} seconds`;
  if (/password must be a string/.test(message)) return `user "${user}" needs a password, and the address has none`;
  return inOneLine(message);
}
