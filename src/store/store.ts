/**
 * The store: tables behind Kysely, in an embedded PGlite database or on a PostgreSQL server. Both are driven by
 * node-postgres, so that statements, values, results and errors are the same on either (types.ts says which values).
 *
 * PGlite has one connection: transactions wait for one another there, and a transaction that calls `store.db` instead of
 * its own handle waits for itself. Long results are read in pages, by key, since a cursor would hold that connection.
 */
import { Kysely, PostgresDialect } from "kysely";
import type pg from "pg";
import { openPGlite } from "./pglite.ts";
import { connectPostgres } from "./postgres.ts";

/** biome-ignore lint/suspicious/noExplicitAny: tables that are not named are of any shape, as Kysely has it */
export interface Store<Tables = any> {
  readonly db: Kysely<Tables>;
  readonly kind: "pglite" | "postgres";
  /**
   * For libraries that bring their own SQL: a statement with values, or several without, whose rows come one after another.
   * A connection on which one fails is not used again, so that no transaction is left open on it.
   */
  // biome-ignore lint/suspicious/noExplicitAny: rows of whatever was asked
  execute(text: string, values?: unknown[]): Promise<{ rows: any[] }>;
  /** Waits for the statements that were given before, and gives the folder back. */
  close(): Promise<void>;
}

/** A folder for PGlite, made where there is none, or the address of a PostgreSQL server's database. */
export type StorePlace = { readonly folder: string } | { readonly url: string };

/**
 * Opens the store and proves that it answers. One process may open a folder at a time; a server takes many.
 * @throws InputError when the folder is another process's, damaged or not a database, or the server cannot be used
 */
// biome-ignore lint/suspicious/noExplicitAny: as in Store
export async function openStore<Tables = any>(place: StorePlace): Promise<Store<Tables>> {
  const kind = "url" in place ? "postgres" : "pglite";
  const { pool, close } = "url" in place ? await connectPostgres(place.url) : await openPGlite(place.folder);
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  let closed: Promise<void> | undefined;
  return {
    db,
    kind,
    async execute(text, values) {
      const result: pg.QueryResult | pg.QueryResult[] = await pool.query(text, values);
      return { rows: [result].flat().flatMap(({ rows }) => rows) };
    },
    close() {
      closed ??= drain(pool).then(close);
      return closed;
    },
  };
}

/** Ends the pool once nobody waits for a connection: it would let those wait for ever. */
async function drain(pool: pg.Pool): Promise<void> {
  while (pool.waitingCount > 0) (await pool.connect()).release();
  await pool.end();
}
