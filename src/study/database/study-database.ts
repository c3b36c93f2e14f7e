/** One study's tables in a store, ready for use: made or brought up to date, and holding the same images as its folder. */
import { type Kysely, type RawBuilder, sql, type Transaction } from "kysely";
import { InputError } from "../../base/errors.ts";
import { migrate, type Store } from "../../store/index.ts";
import type { Study } from "../study-file.ts";
import { studyMigrations } from "./migrations.ts";
import { type ImagesTable, type StudyTables, schemaOf, sha256 } from "./tables.ts";

export class StudyDatabase {
  readonly study: Study;
  /** Within the study's schema. */
  readonly db: Kysely<StudyTables>;
  private readonly schema: string;
  private lastTurn: Promise<unknown> = Promise.resolve();

  private constructor(study: Study, store: Store) {
    this.study = study;
    this.schema = schemaOf(study.protocol.name);
    this.db = (store as Store<StudyTables>).db.withSchema(this.schema);
  }

  /**
   * @throws InputError when the store holds another study of this name, or the images have changed since it began
   */
  static async open(store: Store, study: Study): Promise<StudyDatabase> {
    const database = new StudyDatabase(study, store);
    const { schema } = database;
    await migrate(store, { schema, migrations: studyMigrations });
    await database.locked((transaction) => registerImages(transaction, database));
    return database;
  }

  /** For SQL that is written out. */
  table(name: keyof StudyTables): RawBuilder<unknown> {
    return sql.table(`${this.schema}.${name}`);
  }

  /**
   * One transaction at a time, over all servers of the study: for everything that moves trials from or to the pool. Who
   * waits in this process holds no connection meanwhile, so commits are not held up.
   */
  locked<T>(work: (transaction: Transaction<StudyTables>) => Promise<T>): Promise<T> {
    const turn = this.lastTurn.then(() =>
      this.db.transaction().execute(async (transaction) => {
        await sql`select pg_advisory_xact_lock(hashtextextended(${this.schema}, 0))`.execute(transaction);
        return work(transaction);
      }),
    );
    this.lastTurn = turn.catch(() => {});
    return turn;
  }
}

async function registerImages(transaction: Transaction<StudyTables>, database: StudyDatabase): Promise<void> {
  const { study } = database;
  const given = study.images.map(
    ({ id, name, hash, role, label, isTarget }): ImagesTable => ({
      ...{ id, name },
      fingerprint: sha256(JSON.stringify([hash, role, label, isTarget])),
    }),
  );
  const known = await transaction.selectFrom("images").selectAll().orderBy("id").execute();
  if (known.length > 0) return requireSameImages(known, given, study);
  await sql`
    insert into ${database.table("images")} (id, name, fingerprint)
    select id, name, fingerprint from json_to_recordset(${JSON.stringify(given)}::json)
      as given (id integer, name text, fingerprint text)`.execute(transaction);
}

function requireSameImages(known: readonly ImagesTable[], given: readonly ImagesTable[], { folder }: Study): void {
  const fault = () => {
    for (const [index, image] of known.entries()) {
      const now = given.at(index);
      if (now === undefined) return `image ${image.id} (${image.name}) is gone`;
      if (now.name !== image.name) return `image ${image.id} was ${image.name} and is now ${now.name}`;
      if (now.fingerprint !== image.fingerprint)
        return `image ${image.id} (${image.name}) has another content, label or role`;
    }
    return given.length > known.length
      ? `image ${given[known.length].id} (${given[known.length].name}) is new`
      : undefined;
  };
  const found = fault();
  if (found === undefined) return;
  throw new InputError(
    `${folder}: the images have changed since the study began: ${found}; bring them back, or begin a study with another name`,
  );
}
