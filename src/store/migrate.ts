/** Brings the tables of one schema up to date. */
import { type Kysely, type Migration as KyselyMigration, Migrator, sql } from "kysely";
import pg from "pg";
import { InputError } from "../base/errors.ts";
import type { Store } from "./store.ts";

/** One step, in a transaction with all others that are due. Tables are named without the schema. */
// biome-ignore lint/suspicious/noExplicitAny: a migration knows the tables of its time, not today's
export type Migration = (db: Kysely<any>) => Promise<void>;

/**
 * Makes the schema where there is none and runs the migrations that have not run yet, all of them or none. Servers that
 * do so at the same time wait for one another.
 * @param migrations by name; they run in the order of their names, and a new one's name comes after all others
 * @throws InputError when a newer version of the program has been at the database
 */
export async function migrate(
  store: Store,
  { schema, migrations }: { schema: string; migrations: Readonly<Record<string, Migration>> },
): Promise<void> {
  const inSchema = (run: Migration): KyselyMigration => ({ up: (db) => run(db.withSchema(schema)) });
  const known = Object.fromEntries(Object.entries(migrations).map(([name, run]) => [name, inSchema(run)]));
  const migrator = new Migrator({
    db: store.db,
    provider: { getMigrations: async () => known },
    migrationTableSchema: schema,
    nameComparator: (a, b) => (a < b ? -1 : 1),
  });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  if (error instanceof pg.DatabaseError && error.code === "42501") {
    throw new InputError(`the database's user may not make the tables of schema ${schema}: ${error.message}`);
  }
  const newer = /^corrupted migrations/.test((error as Error).message) ? await strangers(store, schema, known) : [];
  if (newer.length > 0) {
    throw new InputError(
      `the database (schema ${schema}) was written by a newer version of Oversight: ` +
        `this one does not know ${newer.join(", ")}; use the newer version`,
    );
  }
  throw error;
}

/** The migrations that have run but are not known. */
async function strangers({ db }: Store, schema: string, known: object): Promise<string[]> {
  const table = sql.id(schema, "kysely_migration");
  const { rows } = await sql<{ name: string }>`select name from ${table} order by name`.execute(db);
  return rows.map(({ name }) => name).filter((name) => !(name in known));
}
